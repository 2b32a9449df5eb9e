#!/usr/bin/env bash
# The tests of ev++.h, which make builds as C++20, in older C++ and with each
# compiler there is.
#
# Environment: TOP, BUILD (with libev.so or libev.a); CXX_COMPILERS, a list.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
library=$build/libev.so
[ -e "$library" ] || library=$build/libev.a
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

runs()
{
    "$1" "-std=$2" -O2 -Wall -Wextra -I "$top" \
        -I "$top/t/harness" "$3" -o "$tmp/test" \
        "$library" "-Wl,-rpath,$build" -lcmocka -lpthread -lm &&
        CMOCKA_MESSAGE_OUTPUT=STDOUT "$tmp/test"
}

for compiler in ${CXX_COMPILERS:-g++ clang++}; do
    command -v "$compiler" >/dev/null || continue
    for standard in c++11 c++17; do
        for source in "$top"/t/compat/evpp*.cc; do
            count=$((count + 1))
            what="$(basename "$source") $compiler $standard"
            if runs "$compiler" "$standard" "$source" >"$tmp/log" 2>&1; then
                echo "ok $count - $what"
            else
                echo "not ok $count - $what"
                grep -vE 'OK|RUN' "$tmp/log" | tail -n 20 | sed 's/^/# /'
                failed=1
            fi
        done
    done
done
[ "$count" != 0 ] || { echo "1..0 # SKIP no compiler"; exit 77; }
echo "1..$count"
exit "$failed"
