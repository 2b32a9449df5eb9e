#!/usr/bin/env bash
# Issue 20, low: with optimization a chain of 300,000 tasks that await each
# other needs 256 KiB of stack, by both compilers: those that are ready, and
# those that wait.
# Packages: g++ clang.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

cat >"$tmp/deep.cc" <<'X'
#include <cstdio>
#include <cstring>

#include "relev.hpp"

using namespace std::chrono_literals;

relev::task<int> deep(int levels, bool waits)
{
    if (levels) co_return 1 + co_await deep(levels - 1, waits);
    if (waits) co_await relev::sleep_for(1ms);
    co_return 0;
}

relev::task<int> in_time(bool waits)
{
    co_return co_await relev::with_timeout(1000s, deep(300000, waits));
}

// The chain is canceled in its depth.
relev::task<int> late()
{
    auto left =
        co_await relev::nothrow(relev::with_timeout(0s, deep(3000, true)));
    co_return left.error() == std::errc::timed_out ? 300000 : 0;
}

int main(int, char** arguments)
{
    relev::loop l;
    bool waits = !std::strcmp(arguments[1], "waits");
    bool ends = !std::strcmp(arguments[1], "late");
    std::printf("%d\n", l.run(ends ? late() : in_time(waits)));
}
X

for compiler in g++ clang++; do
    command -v $compiler >/dev/null || continue
    $compiler -std=c++20 -O2 -I"$top" "$tmp/deep.cc" -o "$tmp/deep" \
        "$build/libev.a" -lpthread >"$tmp/log" 2>&1
    for what in ready waits late; do
        count=$((count + 1)) result=ok
        (ulimit -s 256 && "$tmp/deep" $what) >>"$tmp/log" 2>&1 &&
            [ "$(tail -n 1 "$tmp/log")" = 300000 ] ||
            result="not ok" failed=$((failed + 1))
        echo "$result $count - $compiler: $what"
        [ "$result" = ok ] || tail -n 10 "$tmp/log" | sed 's/^/# /'
    done
done
[ $count != 0 ] || { echo "# skipped: no compiler"; exit 77; }
echo "1..$count"
exit $((failed > 0))
