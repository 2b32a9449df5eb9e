#!/usr/bin/env bash
# Compares our library with the reference on random programs (see diff.py).
#
#   check.sh               $SEEDS programs (1000) from $FIRST on (0), on
#                               select, poll and epoll. Prints TAP.
#   check.sh FILE          one program of operations (see driver.c)
#   check.sh --build DIR   builds DIR/ours and DIR/reference only; ours
#                               uses a libev.so.4 in DIR if there is one
#
# Environment: BUILD, the directory with our library; CC; REF, the reference.

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
build=${BUILD:-$PWD}
CC=${CC:-cc}
REF=${REF:-$($CC -print-file-name=libev.so.4)}

build_drivers()
{
    local flags=(-std=gnu11 -O1 -g -Wall -Wextra -I"$build" -I"$top"
        -I"$top/t/harness" "$here/driver.c")
    mkdir -p "$1" &&
        $CC "${flags[@]}" -o "$1/ours" "$build/libev.so" \
            -Wl,-rpath,"\$ORIGIN:$build" -lcmocka -lm &&
        $CC -DREFERENCE=1 "${flags[@]}" -o "$1/reference" "$REF" -lcmocka -lm
}

if ! command -v python3 >/dev/null || [ ! -e "$REF" ] ||
    [ ! -e "$build/libev.so" ]; then
    echo "1..0 # SKIP needs python3, libev.so and the reference"
    exit 77
fi

if [ "${1-}" = --build ]; then
    build_drivers "$2"
    exit
fi

drivers=$build/t/sh/diff
build_drivers "$drivers" || exit 1
what=(--seeds "${SEEDS:-1000}" --first "${FIRST:-0}")
[ $# = 0 ] || what=(--program "$1")
exec python3 -B "$here/diff.py" "${what[@]}" "$drivers/ours" \
    "$drivers/reference"
