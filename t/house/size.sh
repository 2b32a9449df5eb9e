#!/usr/bin/env bash
# How much code there is: in the default build, and in the smallest one of
# ev_embedding(7). The figures are for the compiler of bench/instructions.txt;
# with another one this is skipped.

set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1
. t/man/tap.bash
default=82600  # bytes; 3 % more are accepted, for small changes
classic=43810  # without relev.h
smallest=13766

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
g++ --version 2>/dev/null | sed -n 1p >"$tmp/compiler"
[ "$(uname -m)" = x86_64 ] && grep -q "^# compiler: $(cat "$tmp/compiler") " \
    bench/instructions.txt || {
    echo "1..0 # SKIP the figures are for another compiler"
    exit 77
}

# The sections of code of an object that is compiled with these flags.
code() # FLAG...
{
    g++ "$@" -DNDEBUG -DEV_STANDALONE=1 -I. -x c++ -c ev.c -o "$tmp/ev.o" &&
        size -A "$tmp/ev.o" | awk '/^\.text/ { sum += $2 } END { print sum }'
}

fits() # MOST FLAG...
{
    local most=$(($1 * 103 / 100)) bytes
    bytes=$(code "${@:2}") || return
    [ "$bytes" -le "$most" ] || echo "$bytes bytes of code, $most may be"
}

{
    fits $default -O2 -std=c++20 -fPIC -fvisibility=hidden -fno-rtti \
        -fno-threadsafe-statics -fno-align-jumps -fno-align-labels \
        -DEV_LIBEVENT_ENABLE=1 -DEV_RELEV_ENABLE=1 >"$tmp/found" 2>&1
    result "size: the default build" "$tmp/found"
    fits $classic -O2 -std=c++20 -fPIC -fvisibility=hidden -fno-rtti \
        -fno-threadsafe-statics -fno-align-jumps -fno-align-labels \
        -DEV_LIBEVENT_ENABLE=1 -DEV_RELEV_ENABLE=0 >"$tmp/found" 2>&1
    result "size: libev's functions only" "$tmp/found"
    fits $smallest -Os -DEV_FEATURES=0 -DEV_USE_EPOLL=1 -DEV_USE_SELECT=0 \
        >"$tmp/found" 2>&1
    result "size: io, timers and epoll only" "$tmp/found"
} | number
