# Functions for tests that print TAP. To be sourced.

# Numbers the results in its input, one a line, and copies their comments.
number()
{
    awk '/^(not )?ok - / { sub(/ok -/, "ok " ++n " -") }
        /^not ok/ { failed = 1 }
        { print; fflush() }
        END { print "1.." n; exit failed }'
}

# result NAME FILE: passed if the file is empty.
result()
{
    if [ -s "$2" ]; then
        echo "not ok - $1"
        sed 's/^/# /' "$2"
    else
        echo "ok - $1"
    fi
}
