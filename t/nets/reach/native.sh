#!/bin/sh
# The main tests in C on this system, whichever it is: a program of the list
# `programs` that compiles with the small cmocka is run on the static library,
# with select and poll. Neither bash nor cmocka is needed.
#
# Usage: t/nets/reach/native.sh          in the build directory, after make

set -u
here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../../.." && pwd -P)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0 skipped=0

for name in $(cat "$here/programs"); do
    if ! ${CC:-cc} -std=gnu11 -O0 -g -w -I. -I"$top" -I"$top/t/harness" \
        -I"$top/t/nets/platforms" "$top/t/$name.c" libev.a -o "$tmp/program" \
        -lpthread -lm >"$tmp/log" 2>&1; then
        echo "skipped: $name does not compile"
        sed -n 's/^/    /; /error/p; /undefined/p' "$tmp/log" | head -n 3
        skipped=$((skipped + 1))
        continue
    fi
    "$tmp/program" >"$tmp/log" 2>&1
    if grep -q '^not ok .*\[\(select\|poll\)\]' "$tmp/log" ||
        ! grep -q '^ok .*\[\(select\|poll\)\]' "$tmp/log"; then
        echo "failed: $name"
        grep -A 3 '^not ok .*\[\(select\|poll\)\]' "$tmp/log" | sed 's/^/    /'
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
