#!/usr/bin/env bash
# Real programs and the examples under the debug library, by their own tests:
# each passes as it does without, and nothing is reported of it.
# Packages: those of t/consumers and t/examples.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
library=$build/relev-debug/libev.so.4
[ -e "$library" ] || exit 77

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
ln -s "$library" "$tmp/libev.so.4"
ln -s libev.so.4 "$tmp/libev.so"  # to link the examples with

count=0 failed=0

# The memory check is a program under valgrind, which the library does not need.
for script in "$top"/t/consumers/*.sh "$top/t/examples/examples.sh"; do
    name=$(basename "$script" .sh)
    [ "$name" != memcheck ] || continue
    BUILD=$build LIBEV_DIR=$tmp RELEV_DEBUG=only-log,slow=20,log=$tmp/log \
        timeout 300 "$script" >"$tmp/out" 2>&1
    status=$?
    count=$((count + 1))
    if [ $status = 77 ]; then
        echo "ok $count # SKIP $name: $(tail -n 1 "$tmp/out")"
    elif [ $status = 0 ] && [ ! -s "$tmp/log" ]; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        { tail -n 8 "$tmp/out" && cat "$tmp/log"; } 2>&1 | sed 's/^/# /'
        failed=$((failed + 1))
    fi
    rm -f "$tmp/log"
done
echo "1..$count"
exit $((failed > 0))
