# Functions for the tests of the README, whose blocks are run as they are
# written: for bash, after common.bash. They need $top and $tmp.

# block PATTERN: the block that has such a line, indented or between fences.
block()
{
    awk -v pattern="$1" '
        function finish()
        {
            if (found) printf "%s", text
            text = found = blank = ""
        }
        function take(line)
        {
            text = text blank line "\n"
            if (line ~ pattern) found = 1
            blank = ""
        }
        /^```/ { finish(); fenced = !fenced; next }
        fenced { take($0); next }
        /^    / { take(substr($0, 5)); next }
        /^$/ && text { blank = "\n"; next }
        { finish() }
        END { finish() }' "$top/README.md"
}

# program LANGUAGE: the text of the program in it.
program()
{
    sed -n "/^\`\`\`${1//+/[+]}\$/,/^\`\`\`\$/p" "$top/README.md" |
        sed '/^```/d'
}

# done_as_written PATTERN: in the clone, each line of the block has to succeed.
done_as_written()
{
    block "$1" >"$tmp/block" && [ -s "$tmp/block" ] && cat "$tmp/block" &&
        cd "$tmp/clone" && bash -e "$tmp/block"
}

# copies [cc|c++]...: the programs, by the commands of the README, copy a line.
copies()
{
    local dir name command
    dir=$(mktemp -d "$tmp/copy.XXXXXX") && cd "$dir" || return
    program c >copy.c && program c++ >copy.cpp || return
    [ $# != 0 ] || set -- cc c++
    for name; do
        command=$(tr '\n' ' ' <"$top/README.md" |
            grep -oE "\`${name//+/[+]}( -std=[^ ]*)? -o copy [^\`]*\`" |
            tr -d '`')
        rm -f copy
        echo "$command" && [ -n "$command" ] && $command &&
            ldd copy | grep libev.so.4 &&
            [ "$(echo hello | ./copy)" = hello ] || return
    done
}
