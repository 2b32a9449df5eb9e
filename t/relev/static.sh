#!/usr/bin/env bash
# A static program, which has no dladdr, links and runs; libev.so.4 needs
# only the C library for it.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

[ -e "$build/libev.a" ] || { echo "skipped: no libev.a"; exit 77; }
cat >"$tmp/program.c" <<'END'
#include "relev.h"
void on_time(struct ev_loop* loop, ev_timer* w, int revents);
void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}
int main(void)
{
    ev_timer t;
    ev_timer_init(&t, on_time, 5., 0.);
    ev_timer_start(EV_DEFAULT, &t);
    return relev_dump(EV_DEFAULT, 1) != 1;
}
END

# The line of the timer, with an address if there is no name.
runs()
{
    local line
    line=$("$tmp/program" | grep ^ev_timer)
    echo "# $line"
    grep -qE "^ev_timer 0x[0-9a-f]+: due in [45]\.[0-9]+ s, callback $1" \
        <<<"$line"
}

count=0 failed=0
check()
{
    count=$((count + 1))
    if "${@:2}"; then echo "ok $count - $1"; return; fi
    echo "not ok $count - $1"
    failed=1
}

static_program()
{
    "${CC:-cc}" -static -I"$top" "$tmp/program.c" "$build/libev.a" \
        -o "$tmp/program" && runs '0x[0-9a-f]+$'
}

program_with_names()
{
    "${CC:-cc}" -rdynamic -I"$top" "$tmp/program.c" \
        "$build/libev.a" -o "$tmp/program" && runs 'on_time in program$'
}

program_without_names()
{
    "${CC:-cc}" -I"$top" "$tmp/program.c" "$build/libev.a" \
        -o "$tmp/program" && runs 'program\+0x[0-9a-f]+$'
}

check "a static program" static_program
check "a program that exports its functions" program_with_names
check "a program that does not" program_without_names
echo "1..$count"
exit $failed
