# Prints every function of more than `limit` lines, counted from the first line
# of its signature, and, unless the file is an edge, every preprocessor
# conditional in a function. The sources are formatted: the body of a function,
# and nothing else, begins with a brace on a line of its own. All files take a
# tenth of a second; clang-tidy, which compiles, takes three for one test of
# relev.hpp.

FNR == 1 { body = 0; first = 1 }

!body && /^ *\{$/ {
    body = 1
    end = $0
    sub(/\{/, "};?", end)
    end = "^" end "$"
    next
}

body && $0 ~ end {
    lines = FNR - first + 1
    if (lines > limit)
        printf "%s:%d: a function of %d lines\n", FILENAME, first, lines
    body = 0
    first = FNR + 1
    next
}

body && !edge(FILENAME) && /^ *# *(if|ifdef|ifndef|else|elif|endif)/ {
    printf "%s:%d: a conditional in a function\n", FILENAME, FNR
}

!body && (/^$/ || /[;{}]$/ || /^ *(#|\/\/|\/\*|\*|public:|private:)/) {
    first = FNR + 1
}

function edge(file)
{
    return file ~ /^(ev\.h|core\/config\.hh|core\/c_api\.(hh|cc))$/ ||
        file ~ /^(backends\/all\.cc)$/ || file ~ /^(t|examples)\//
}
