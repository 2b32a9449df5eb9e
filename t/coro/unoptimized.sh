#!/usr/bin/env bash
# The tests of tasks in builds without tail calls: -O0, and -O0 with ASan, by
# both compilers. A million ready awaits must not need more stack.
# Packages: g++ clang libcmocka-dev.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

for compiler in g++ clang++; do
    command -v $compiler >/dev/null || continue
    for flags in -O0 "-O0 -fsanitize=address"; do
        count=$((count + 1)) result=ok
        # shellcheck disable=SC2086
        $compiler -std=c++20 $flags -I"$top" -I"$top/t/harness" \
            "$top/t/coro/task.cc" -o "$tmp/task" "$build/libev.a" -lcmocka \
            -lpthread >"$tmp/log" 2>&1 && "$tmp/task" >"$tmp/log" 2>&1 ||
            result="not ok" failed=$((failed + 1))
        echo "$result $count - $compiler $flags"
        [ "$result" = ok ] || tail -n 10 "$tmp/log" | sed 's/^/# /'
    done
done
[ $count != 0 ] || { echo "# skipped: no compiler"; exit 77; }
echo "1..$count"
exit $((failed > 0))
