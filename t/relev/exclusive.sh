#!/usr/bin/env bash
# How many of 8 processes that wait for one listener wake up for a connection
# (bench/exclusive/herd.c): all; one with RELEV_EXCLUSIVE, and one with
# SO_REUSEPORT. They are counted, and wait before each connection, so this does
# not depend on speed.
#
# Environment: BUILD, the build directory, with libev.so; TOP; CC.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=$(cd "${BUILD:-$top}" && pwd -P)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
connections=100
number=0 failed=0

[ -e "$build/libev.so" ] || { echo "1..0 # SKIP no libev.so"; exit 77; }
ln -s "$(realpath "$build/libev.so")" "$tmp/libev.so.4" || exit 1
"${CC:-cc}" -std=gnu11 -O1 -Wall -Wextra -I"$build" -I"$top" \
    "$top/bench/exclusive/herd.c" -o "$tmp/herd" "$tmp/libev.so.4" \
    -Wl,-rpath,"$tmp" || exit 1

check() # MODE LEAST MOST: wake-ups for 10 connections
{
    number=$((number + 1))
    timeout 120 "$tmp/herd" "$1" $connections >"$tmp/$1"
    local status=$? verdict="not ok"
    if [ $status = 77 ]; then
        echo "ok $number - $1 # SKIP the kernel has no EPOLLEXCLUSIVE"
        return
    fi
    awk -v n=$connections -v least="$2" -v most="$3" '
        { good = $3 == n && 10 * $5 >= n * least && 10 * $5 <= n * most }
        END { exit !good }' "$tmp/$1" && verdict=ok
    [ "$verdict" = ok ] || failed=1
    echo "$verdict $number - $1: wake-ups for a connection"
    sed 's/^/# /' "$tmp/$1"
}

check usual 60 100
check exclusive 9 15
check reuseport 9 15
echo "1..$number"
exit $failed
