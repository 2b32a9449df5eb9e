#!/usr/bin/env bash
# Programs exchange their library. All test programs (C, C++, the libevent
# emulation) that are built with the reference's headers and library run on
# ours. A few that are built for ours run on the reference; t/ref has all of
# them, compiled with our headers. The declarations of ev++.h are compared, as
# abi.sh does for C.
#
# Usage: t/compat/exchange.sh [PROGRAM]...   by names as t/compat/evpp.cc
# Environment: TOP; BUILD, with libev.so; CC, CXX; REF_EV_H, REF_EVENT_H and
# REF, the reference's headers and library.

set -u
export LC_ALL=C CMOCKA_MESSAGE_OUTPUT=TAP
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
CC=${CC:-cc} CXX=${CXX:-c++}
ref=${REF:-$("$CC" -print-file-name=libev.so.4)}
ref_ev=${REF_EV_H:-/usr/include/ev.h}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

# shellcheck source=t/compat/reference.bash
. "$top/t/compat/reference.bash"

if [ ! -e "$ref_ev" ] || [ ! -e "$ref" ] || [ ! -e "$build/libev.so.4" ]; then
    echo "1..0 # SKIP needs libev.so.4, and the reference with its headers"
    exit 77
fi

mkdir "$tmp/theirs" "$tmp/ours"
ln -s "$ref_ev" "${ref_ev%/*}/ev++.h" "$tmp/theirs"
ref_event=$(reference_event_h "$tmp/fetched") &&
    ln -s "$ref_event" "$tmp/theirs/event.h"
ln -s "$top"/{ev,ev++,event}.h "$tmp/ours"

# Tests name the pointer, which the reference's header has in functions only.
echo 'extern struct ev_loop* ev_default_loop_ptr;' >"$tmp/pointer.h"

ok() { count=$((count + 1)); echo "ok $count - $*"; }

not_ok()
{
    count=$((count + 1)) failed=$((failed + 1))
    echo "not ok $count - $1"
    grep -v '^ok ' "$tmp/log" | sed 's/^/# /' | head -n 30
}

# compile HEADERS LIBRARY SOURCE [OPTION]...: into $tmp/program. It must not
# read a header of the other side.
compile()
{
    local headers=$tmp/$1 cc=("$CC" -std=gnu11)
    [ "${3##*.}" = c ] || cc=("$CXX" -std=c++17)
    "${cc[@]}" -O0 -w -MMD -MF "$tmp/read" -I "$headers" \
        -I "$top/t/harness" "${@:4}" \
        "$3" -o "$tmp/program" "$2" -lcmocka -lpthread -lm || return
    grep -q "$headers/ev" "$tmp/read" || return
    ! tr ' ' '\n' <"$tmp/read" | grep -E '/(ev|ev\+\+|event)\.h$' |
        grep -v "^$headers/"
}

# The loader must load that file as libev.so.4.
loads()
{
    ldd "$tmp/program" | awk '$1 == "libev.so.4" { print $3 }' |
        xargs -r realpath | grep -qxF "$(realpath "$1")"
}

# theirs_on_ours PROGRAM
theirs_on_ours()
{
    compile theirs "$ref" "$top/$1" -include "$tmp/pointer.h" \
        -DTHEIR_EVPP &&
        LD_LIBRARY_PATH=$build loads "$build/libev.so.4" &&
        LD_LIBRARY_PATH=$build timeout 60 "$tmp/program" </dev/null
}

ours_on_theirs()
{
    compile ours "$build/libev.so" "$top/$1" -DREFERENCE=1 &&
        LD_LIBRARY_PATH=${ref%/*} loads "$ref" &&
        LD_LIBRARY_PATH=${ref%/*} timeout 60 "$tmp/program" </dev/null
}

try()
{
    if "${@:2}" >"$tmp/log" 2>&1; then ok "$1"; else not_ok "$1"; fi
}

classes_are_the_same()
{
    local side
    for side in theirs ours; do
        "$CXX" -std=c++17 -w -I "$tmp/$side" -x c++ \
            "$top/t/compat/abi_classes.h" -o "$tmp/dump" -L"$build" -lev &&
            LD_LIBRARY_PATH=$build "$tmp/dump" >"$tmp/$side.classes" || return
    done
    [ "$(wc -l <"$tmp/ours.classes")" -gt 100 ] &&
        diff "$tmp/theirs.classes" "$tmp/ours.classes"
}

programs=("$@")
if [ $# = 0 ]; then
    mapfile -t programs < <(cd "$top" && ls t/*/*.c t/compat/*.cc |
        grep -v '^t/relev/')
    try "ev++.h: classes and prototypes" classes_are_the_same
fi

for program in "${programs[@]}"; do
    if [[ $program = */event_*.c && ! -e $tmp/theirs/event.h ]]; then
        ok "$program, built for the reference, on ours # SKIP no event.h"
    else
        try "$program, built for the reference, on ours" \
            theirs_on_ours "$program"
    fi
done
for program in t/timer/timer.c t/io/io.c t/signal/signal.c t/compat/evpp.cc \
    t/compat/event_io.c
do
    [ $# = 0 ] || [[ " $* " = *" $program "* ]] || continue
    try "$program, built for ours, on the reference" ours_on_theirs "$program"
done
echo "1..$count"
exit $((failed > 0))
