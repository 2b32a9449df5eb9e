#!/usr/bin/env bash
# Issue 20, must show: the five example programs under load, with ASan, and
# those with threads also with TSan: every request that was sent is answered,
# also when SIGTERM comes, and nothing that was answered is lost. SECONDS_EACH
# (1) is the time of each load; PROGRAMS and SANITIZERS choose some of them.
# Packages: g++ python3.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

command -v python3 >/dev/null || { echo "# skipped: no python3"; exit 77; }
for sanitizer in ${SANITIZERS:-address thread}; do
    flags=(-std=c++20 -O0 -g1 "-fsanitize=$sanitizer" -pthread -I"$build"
        -I"$top")
    g++ "${flags[@]}" -x c++ -c "$top/ev.c" -o "$tmp/ev.o" ||
        exit 1
    programs="redis crawl jobs"
    [ "$sanitizer" = thread ] || programs+=" proxy supervisor"
    for name in ${PROGRAMS:-$programs}; do
        count=$((count + 1)) result=ok
        g++ "${flags[@]}" "$top/examples/coro_$name.cpp" "$tmp/ev.o" \
            -o "$tmp/coro_$name" >"$tmp/log" 2>&1 &&
            python3 -B "$top/t/coro/programs/$name.py" "$tmp/coro_$name" \
                "${SECONDS_EACH:-1}" >"$tmp/log" 2>&1 ||
            result="not ok" failed=$((failed + 1))
        echo "$result $count - $name, $sanitizer: $(tail -n 1 "$tmp/log")"
        [ "$result" = ok ] || tail -n 30 "$tmp/log" | sed 's/^/# /'
    done
done
echo "1..$count"
exit $((failed > 0))
