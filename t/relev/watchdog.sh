#!/usr/bin/env bash
# 1.4: examples/watchdog.c prints the stack of the thread that hangs, while it
# hangs, and afterwards how long that took.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

[ -e "$build/libev.a" ] || { echo "skipped: no libev.a"; exit 77; }
echo '#include <execinfo.h>' | ${CC:-cc} -E - >/dev/null 2>&1 ||
    { echo "skipped: no backtrace"; exit 77; }

${CC:-cc} -Wall -Wextra -Werror -rdynamic -pthread -I"$build" -I"$top" \
    "$top/examples/watchdog.c" "$build/libev.a" -o "$tmp/watchdog" || exit 1
timeout 60 "$tmp/watchdog" 0.1 2>"$tmp/out" || { cat "$tmp/out"; exit 1; }
cat "$tmp/out"
awk '/^watchdog: callback .* hangs for/ { hangs = NR }
     hangs && !took && /hang_here/ { stack = NR }
     stack && /^watchdog: callback .* took/ { took = NR }
     END { exit !took }' "$tmp/out"
