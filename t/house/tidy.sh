#!/usr/bin/env bash
# Checks the rules of CONTRIBUTING.md. Each rule prints the places where it is
# violated, as FILE:LINE, and nothing if it holds.
#
# Usage: tidy.sh [RULE]...   Environment: BUILD, the directory of the library.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
build=${BUILD:-$PWD}
cd "$(dirname "$0")/../.." || exit 1

mapfile -t files < <(tools/files)
mapfile -t sources < <(tools/sources)
mapfile -t house < <(tools/sources \
    | grep -E '^(core|backends|watchers|relev|compat)/.*\.(cc|hh)$')
mapfile -t limited < <(printf '%s\n' "${files[@]}" \
    | grep -E '\.(c|cc|cpp|h|hh|hpp|sh|awk|py|bash|mk|ac|in)$' \
    | grep -vE '^(ev|ev\+\+|relev)\.h$'; echo Makefile)

format()
{
    clang-format --version 2>/dev/null | grep -q 'version 14\.' || return 77
    clang-format --dry-run "${sources[@]}" 2>&1 | sed -n \
        's/:[0-9]*: warning: code should be .*/: not formatted (make fmt)/p'
}

lines_fit()
{
    awk 'length($0) > 80 {
        printf "%s:%d: %d columns\n", FILENAME, FNR, length($0)
    } / $/ {
        printf "%s:%d: a blank at the end\n", FILENAME, FNR
    }' "${limited[@]}" ev.h ev++.h relev.h
}

files_fit()
{
    wc -l "${limited[@]}" |
        awk '$2 != "total" && $1 > 300 { print $2 ":1: " $1 " lines" }'
}

functions_fit()
{
    local own
    mapfile -t own < <(printf '%s\n' "${sources[@]}" |
        grep -vE '^(ev|ev\+\+|relev)\.h$')
    awk -v limit=60 -f t/house/functions.awk "${own[@]}"
}

core_has_no_function_like_macro()
{
    grep -nE '^ *# *define +[A-Za-z_0-9]+\(' "${house[@]}" ev.c |
        sed 's/$/: a macro with arguments/'
}

scripts_can_be_run()
{
    local file first
    tools/files | while read -r file; do
        IFS= read -r first <"$file" || continue
        [[ $first != '#!'* || -x $file ]] || echo "$file:1: not executable"
    done 2>/dev/null
}

# Only the border depends on EV_MULTIPLICITY.
multiplicity_stays_at_the_border()
{
    grep -n 'EV_MULTIPLICITY' "${house[@]}" |
        grep -vE '^(core/(config\.hh|c_api\.)|compat/)'
}

includes_lead_down()
{
    awk -f t/house/includes.awk "${house[@]}" ev.c ev.cpp event.c
}

asserts_are_many()
{
    local lines count
    lines=$(cat "${house[@]}" | wc -l)
    count=$(cat "${house[@]}" | grep -cE '(assert|verify_that)\(')
    [ $((count * 1000)) -ge $((lines * 10)) ] ||
        echo "core:1: only $count assertions in $lines lines"
}

nothing_is_left_to_do()
{
    grep -nIwE 'FIX''ME|TO''DO|XX''X|HA''CK' "${files[@]}"
}

# t/house/words.txt as one pattern, or its second part.
forbidden_words()
{
    sed -n "${1:-1}"',$p' t/house/words.txt | grep -v '^#' | paste -sd '|' |
        sed 's/.*/(^|[^a-z])(&)([^a-z]|$)/'
}

# The list has two parts, for what users read and for all files.
no_word_is_forbidden()
{
    local checked
    printf '%s\n' "${files[@]}" |
        grep -vE '^t/(house/words.txt|nets/wild/corpus)|^CONTRIBUTING.md$' |
        xargs grep -niIE "$(forbidden_words '/^# [.]/')" |
        sed 's/$/ (t\/house\/words.txt)/'
    mapfile -t checked < <(printf '%s\n' "${house[@]}" "${files[@]}" | grep -E \
        '^(core|backends|watchers|relev|relevpp|compat|examples|tools)/|'\
'^man/[^/]*\.[137]$|^(ev|event|relev)[^/]*$|^(CHANGES|README|SECURITY)' |
        sort -u)
    grep -niE "$(forbidden_words)" "${checked[@]}" |
        grep -v ':\.\\" @figure ' | # names a row of a table
        sed 's/$/ (t\/house\/words.txt)/'
}

# The commits that are based on the one that added the list.
no_subject_has_a_forbidden_word()
{
    local first
    [ -e .git ] && command -v git >/dev/null || return 77
    first=$(git -c safe.directory='*' log --diff-filter=A -1 --format=%H -- \
        t/house/words.txt) && [ -n "$first" ] || return 77
    git -c safe.directory='*' log --no-merges --ancestry-path \
        --format='%h: %s' "$first..HEAD" | grep -iE "$(forbidden_words)"
}

# American, as in libev's manual and in POSIX. Two names are of others.
one_spelling()
{
    grep -nIiE 'initialis|cancell(ed|ing)|behaviour|colour|neighbour|optimis' \
        "${files[@]}" | grep -v '^t/house/tidy\.sh:' |
        grep -vE 'trio\.Cancelled|\.cancelled\(\)' # asio's
}

# A test compares with what would be waited otherwise, which is at least ten
# seconds, or counts; a limit against hanging is a minute.
no_test_depends_on_speed()
{
    local tests scripts
    mapfile -t tests < <(printf '%s\n' "${files[@]}" |
        grep -E '^t/.*\.(c|cc|h|hh|cpp|py)$')
    mapfile -t scripts < <(printf '%s\n' "${files[@]}" |
        grep -E '^t/.*\.(sh|bash|mk)$')
    local now='(ev_time|monotonic|mono_now|true_seconds|soak_now|lock::now)\(\)'
    local few='[0-9]?(\.[0-9]*)?(m?s)?\)' minute='([1-5][0-9]|[1-9])'
    grep -nE "$now - [a-z_]+ <=? *$few|$now <=? [a-z_]+ \+ $few" "${tests[@]}"
    grep -nE "\balarm\($minute\)|(\blimit|patience) = $minute[.,; ]" \
        "${tests[@]}"
    grep -nE "\btimeout( -[a-z]+ [A-Z0-9]+)* $minute |[ \"]-timeout=$minute |\
\bread( -[a-z]+)* -t [1-9] " "${scripts[@]}"
}

# Every item of the specification is named by a test that proves it.
every_item_has_a_test()
{
    local part n last
    for part in R1:90 R2:96 R3:15 R4:14; do
        last=${part#*:}
        for ((n = 1; n <= last; ++n)); do echo "${part%:*}.$n"; done
    done | grep -vxFf <(printf '%s\n' "${files[@]}" | grep '^t/' |
        xargs grep -ohE 'R[1234]\.[0-9]+') | sed 's/^/t:1: no test names /'
}

wanted_symbols()
{
    cat Symbols.ev Symbols.event packaging/Symbols.relev |
        if grep -qs 'EV_LIBEVENT_ENABLE 0' "$build/config.h"; then
            grep -v '^event_'
        else
            cat
        fi | sort
}

exports_are_those_of_the_lists()
{
    [ -f "$build/libev.so" ] || return 77
    nm -D --defined-only "$build/libev.so" | awk '{ print $3 }' |
        sed 's/@.*//' | sort |
        grep -v '^RELEV_1$' | diff <(wanted_symbols) - |
        sed -n 's/^>/libev.so: exported, in no list of Symbols.*:/p
            s/^</libev.so: not exported, but in Symbols.*:/p'
}

# The archive may define other symbols only with a prefix of its own.
archive_defines_nothing_else()
{
    [ -f "$build/libev.a" ] || return 77
    nm -g --defined-only "$build/libev.a" | awk 'NF == 3 { print $3 }' | sort |
        diff <(wanted_symbols) - | grep '^>' | grep -v '^> ev_c_' |
        sed 's/^>/libev.a: defined, in no list of Symbols.*:/'
}

nothing_of_the_cxx_runtime_is_needed()
{
    [ -f "$build/libev.a" ] || return 77
    nm -u "$build/libev.a" | awk '/ U (_Z|__cxa|__gxx|_Unwind)/ {
        print "libev.a: needs " $NF
    }'
}

only_libc_is_needed()
{
    [ -f "$build/libev.so" ] || return 77
    readelf -d "$build/libev.so" | awk '
        /NEEDED/ && !/\[(libc|libm|ld-linux[^]]*)\.so/ { print "libev.so:" $0 }
        /SONAME/ { soname = $NF }
        /SYMBOLIC|TEXTREL/ { print "libev.so:" $0 }
        END { if (soname != "[libev.so.4]") print "libev.so: " soname }'
    readelf -Wl "$build/libev.so" | awk '/GNU_STACK/ && /E/ && / RWE / {
        print "libev.so: an executable stack"
    }'
}

# Needed for exceptions that callbacks throw through the library.
unwind_tables_are_kept()
{
    [ -f "$build/libev.so" ] || return 77
    readelf -WS "$build/libev.so" | grep -q ' \.eh_frame ' ||
        echo "libev.so: no unwind tables"
}

rules=(format lines_fit files_fit functions_fit scripts_can_be_run
    includes_lead_down
    core_has_no_function_like_macro multiplicity_stays_at_the_border
    asserts_are_many nothing_is_left_to_do no_test_depends_on_speed
    no_word_is_forbidden no_subject_has_a_forbidden_word one_spelling
    every_item_has_a_test exports_are_those_of_the_lists
    archive_defines_nothing_else nothing_of_the_cxx_runtime_is_needed
    only_libc_is_needed unwind_tables_are_kept)
[ $# = 0 ] || rules=("$@")

count=0 failed=0
for rule in "${rules[@]}"; do
    found=$($rule 2>&1)
    status=$?
    count=$((count + 1))
    if [ -n "$found" ]; then
        echo "not ok $count - $rule"
        printf '%s\n' "$found" | sed 's/^/# /'
        failed=$((failed + 1))
    elif [ $status = 77 ]; then
        echo "ok $count - $rule # SKIP"
    else
        echo "ok $count - $rule"
    fi
done
echo "1..$count"
exit $((failed > 0))
