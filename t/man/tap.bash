# Functions for tests that print TAP. To be sourced.

# Numbers the results that come in, one a line, and keeps what is said of them.
number()
{
    awk '/^(not )?ok - / { sub(/ok -/, "ok " ++n " -") }
        /^not ok/ { failed = 1 }
        { print; fflush() }
        END { print "1.." n; exit failed }'
}

# result NAME FILE: fine if there is nothing in the file.
result()
{
    if [ -s "$2" ]; then
        echo "not ok - $1"
        sed 's/^/# /' "$2"
    else
        echo "ok - $1"
    fi
}
