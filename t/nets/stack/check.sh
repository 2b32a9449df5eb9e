#!/usr/bin/env bash
# R4.7: 16 KiB of stack are enough for every function. Measures how much each
# one uses (stack.c), beside libev; then does everything in a thread that has
# 16 KiB. Prints TAP.
#
# Usage: check.sh             the table has what uses more than 1 KiB
#        check.sh show        the table has all
# Environment: BUILD, the build directory, where make built the drivers.

set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../../.." && pwd -P)
build=$(cd "${BUILD:-$PWD}" && pwd -P)
drivers=$build/t/sh/stack
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# The reserve: for the program's callback, and a signal that arrives then.
stack=16384 reserve=4096

skip()
{
    echo "1..0 # SKIP $1"
    exit 77
}

[ -x "$drivers/ours" ] && [ -x "$drivers/reference" ] ||
    skip "no drivers (make t/sh/stack.tap)"
grep -q '^ASSERTIONS = -DNDEBUG' "$build/config.mk" || skip "a debug build"
case ${CXXFLAGS-$(sed -n 's/^CXXFLAGS = //p' "$build/config.mk")} in
*-O[123s]*) ;;
*) skip "not optimized" ;;
esac

# run LIBRARY BACKEND [small]: one driver. What the loader puts on the stack is
# no function of the library.
run()
{
    mkdir -p "$tmp/files" && rm -f "$tmp/files"/* && cd "$tmp/files" &&
        timeout 300 env "${3:-LD_BIND_NOW=1}" "$drivers/$1" "$2" ${3:+small}
}

number=0
test_line() # STATUS NAME
{
    number=$((number + 1))
    if [ "$1" = 0 ]; then echo "ok $number - $2"
    else echo "not ok $number - $2"; fi
}

for backend in select poll epoll; do
    for library in ours reference; do
        (run $library $backend) >"$tmp/$library.$backend" 2>"$tmp/errors" &&
            continue
        test_line 1 "test_stack_${library}_on_${backend}_is_measured"
        sed 's/^/# /' "$tmp/errors"
    done
done

# FUNCTION SITUATION, ours and libev's: the most of all backends.
awk '
    FILENAME ~ /ours/ { if (!($1 " " $2 in ours)) order[++count] = $1 " " $2 }
    { name = $1 " " $2 }
    FILENAME ~ /ours/ && $3 > ours[name] { ours[name] = $3 }
    FILENAME ~ /reference/ && $3 > libev[name] { libev[name] = $3 }
    END {
        for (i = 1; i <= count; ++i)
            print order[i], ours[order[i]],
                order[i] in libev ? libev[order[i]] : "-"
    }' "$tmp"/ours.* "$tmp"/reference.* >"$tmp/table"

thread=$(awk '$1 == "(thread)" { print $3 }' "$tmp/table")
most=$((stack - reserve - ${thread:-0}))
while read -r function situation ours libev; do
    [ "$function" != "(thread)" ] || continue
    [ "$ours" -le $most ]
    test_line $? "test_stack_${function}_${situation}_leaves_a_reserve"
    [ "$ours" -le $most ] || echo "# $ours bytes, libev $libev, at most $most"
done <"$tmp/table"

# Every exported function is measured.
"$drivers/ours" --list | sort -u >"$tmp/measured"
sort "$top"/{Symbols.{ev,event},packaging/Symbols.relev} |
    comm -23 - "$tmp/measured" >"$tmp/missing"
[ ! -s "$tmp/missing" ]
test_line $? "test_stack_all_functions_are_measured"
sed 's/^/# /' "$tmp/missing"

# With lazy binding, as most programs.
for backend in select poll epoll; do
    (run ours $backend LD_BIND_NOW=) >"$tmp/out" 2>&1
    status=$?
    [ $status != 77 ] || continue
    test_line $status "test_stack_16_kib_on_${backend}_are_enough"
    [ $status = 0 ] || sed 's/^/# /' "$tmp/out"
done

echo "# bytes of stack, of $stack; libev; function, situation"
least=1024
[ "${1-}" != show ] || least=0
sort -k3 -rn "$tmp/table" | awk -v least=$least \
    '$3 >= least { printf "# %6d %6s  %s, %s\n", $3, $4, $1, $2 }'
echo "1..$number"
