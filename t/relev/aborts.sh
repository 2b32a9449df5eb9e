#!/usr/bin/env bash
# A program whose syserr callback aborts survives every mistake once it has an
# error callback: the programs of t/mistakes, with both set.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

cd "$build" || exit 1
for source in "$top"/t/mistakes/*.c "$top"/t/signal/{mistakes,anew}.c \
    "$top/t/stat/anew.c"
do
    name=${source#"$top/t/"} name=${name%.c}
    [ "$name" != mistakes/left ] || continue # it leaves the syserr callback
    count=$((count + 1))
    if ! "${MAKE:-make}" -s "t/ours/$name" >"$tmp/log" 2>&1; then
        echo "not ok $count - $name is built"
    elif HARNESS_ERRORS=1 "t/ours/$name" </dev/null >"$tmp/log" 2>&1; then
        echo "ok $count - $name"
        continue
    else
        echo "not ok $count - $name"
    fi
    failed=$((failed + 1))
    tail -n 20 "$tmp/log" | sed 's/^/# /'
done
echo "1..$count"
exit $((failed > 0))
