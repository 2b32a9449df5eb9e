#!/usr/bin/env bash
# Runs wild programs (see wild.py) on our library, on a debug build of it, with
# sanitizers, and on the reference.
#
#   check.sh         $SEEDS programs (3000) from $FIRST on (0), on select, poll
#                    and epoll. Prints TAP.
#   check.sh FILE    one program of operations (see driver.c)
#
# Environment: BUILD, the directory with our library; CC; CXX; REF, the
# reference.

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
build=${BUILD:-$PWD}
CC=${CC:-cc}
CXX=${CXX:-c++}
REF=${REF:-$($CC -print-file-name=libev.so.4)}
out=$build/t/sh/wild
sanitize=(-fsanitize=address,undefined -fno-sanitize-recover=all)

if ! command -v python3 >/dev/null || [ ! -e "$REF" ] ||
    [ ! -e "$build/libev.so.4" ]; then
    echo "1..0 # SKIP needs python3, libev.so.4 and the reference"
    exit 77
fi

driver() # NAME ARGUMENT...
{
    local name=$1
    shift
    $CC -std=gnu11 -O1 -g -Wall -Wextra -I"$build" -I"$top" \
        -I"$top/t/harness" "$here/driver.c" "$@" -o "$out/$name" -lcmocka -lm
}

# The library as an object, built otherwise.
object() # NAME ARGUMENT...
{
    local name=$1
    shift
    $CXX -std=gnu++17 -O1 -g -fno-exceptions -fno-rtti \
        -fno-threadsafe-statics -I"$build" -I"$top" "$@" \
        -x c++ -c "$top/ev.c" -o "$out/$name.o"
}

mkdir -p "$out" || exit 1
(object debug -DEV_VERIFY=3 && driver debug "$out/debug.o") &
debug=$!
object san -DNDEBUG "${sanitize[@]}" &&
    driver san "${sanitize[@]}" "$out/san.o" &&
    driver ours "$build/libev.so.4" -Wl,-rpath,"$build" &&
    driver reference -DREFERENCE=1 "$REF" || exit 1
wait $debug || exit 1

what=(--seeds "${SEEDS:-3000}" --first "${FIRST:-0}")
[ $# = 0 ] || what=(--program "$1")
exec python3 -B "$here/wild.py" "${what[@]}" "$out"
