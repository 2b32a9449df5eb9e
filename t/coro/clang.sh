#!/usr/bin/env bash
# Issue 20: the tests of what could be lost, compiled by clang with ASan and
# UBSan. The others are compiled by g++, and only checked by clang (compile.sh).
# Packages: clang libcmocka-dev.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

command -v clang++ >/dev/null || { echo "# skipped: no clang++"; exit 77; }
for name in nursery teardown time stop_threads blocking_threads; do
    count=$((count + 1)) result=ok
    clang++ -std=c++20 -O1 -fsanitize=address,undefined -fno-sanitize=function \
        -I"$top" -I"$top/t/harness" "$top/t/coro/$name.cc" \
        -o "$tmp/test" "$build/libev.a" -lcmocka -lpthread \
        >"$tmp/log" 2>&1 && "$tmp/test" >"$tmp/log" 2>&1 ||
        result="not ok" failed=$((failed + 1))
    echo "$result $count - $name"
    [ "$result" = ok ] || tail -n 10 "$tmp/log" | sed 's/^/# /'
done
echo "1..$count"
exit $((failed > 0))
