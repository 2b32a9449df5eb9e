#!/usr/bin/env bash
# Instructions of the operations of relev.hpp, or with --asio or --uv of asio's
# coroutines or libuv's callbacks, by callgrind: the difference of runs with
# 1000 and 2000 operations.
#
# Usage: count.sh [--asio|--uv] [ROW]...   Environment: BUILD, TOP, CXX.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

source=relev
rows=(raw-wake raw-io raw-echo on-io on-echo descriptor readable ping-pong echo
    ready-task with-timeout timeout-fires timeout-quiet when-any spawn channel
    net-echo)
libs=("$build/libev.a" -lpthread)
case ${1-} in
--asio)
    source=asio libs=(-lpthread)
    rows=(descriptor ping-pong echo ready-task with-timeout when-any spawn
        net-echo)
    shift ;;
--uv)
    source=uv libs=(-luv)
    rows=(raw-io ping-pong raw-echo)
    shift ;;
esac
[ $# = 0 ] || rows=("$@")

counted()
{
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$tmp/rows" "$@" \
        2>&1 | awk '/Collected/ { print $4 }'
}

"${CXX:-g++}" -std=c++20 -O2 -DNDEBUG -I"$top" "$top/bench/coro/$source.cc" \
    -o "$tmp/rows" "${libs[@]}" || exit 1
for row in "${rows[@]}"; do
    printf '%-16s %6d\n' "$row" \
        $((($(counted "$row" 2000) - $(counted "$row" 1000)) / 1000))
done
