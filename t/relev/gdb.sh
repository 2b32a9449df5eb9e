#!/usr/bin/env bash
# Issue 19 B5, B6: each gdb command of relev(7), as written there, for a service
# under load with two loops in two threads; also with a stripped library. And a
# service that is dumped at random instructions: it goes on.
#
# Environment: DUMPS, how many; `make check` makes a few.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
dumps=${DUMPS:-20}
tmp=$(mktemp -d) || exit 1
service=
finish()
{
    [ -z "$service" ] || kill -9 "$service" 2>/dev/null
    [ -z "$service" ] || rm -f "/tmp/relev-$service-"*.dump
    rm -rf "$tmp"
}
trap finish EXIT

[ -e "$build/libev.so" ] || { echo "skipped: no libev.so"; exit 77; }
command -v gdb >/dev/null || { echo "skipped: no gdb"; exit 77; }

mkdir "$tmp/lib" "$tmp/stripped"
cp "$build/libev.so" "$tmp/lib/libev.so.4"
strip -o "$tmp/stripped/libev.so.4" "$build/libev.so" || exit 1
"${CC:-cc}" -Wall -Wextra -Werror -pthread -I"$build" -I"$top" \
    "$top/t/relev/gdb/service.c" "$build/libev.so" -o "$tmp/service" || exit 1

start() # LIBRARIES
{
    rm -f "$tmp/out"
    LD_LIBRARY_PATH="$tmp/$1" "$tmp/service" >"$tmp/out" 2>"$tmp/err" &
    service=$!
    until [ -s "$tmp/out" ]; do
        kill -0 "$service" || exit 1
        sleep .02
    done
    read -r main other callback <"$tmp/out"
    # It works before and after.
    timeout 60 gdb -p "$service" -batch -ex 'print 1' >"$tmp/log" 2>&1 &&
        grep -q '^\$1 = 1' "$tmp/log" ||
        { echo "skipped: gdb cannot attach"; exit 77; }
}

# It counts, ends at SIGTERM, and its loop is whole.
goes_on()
{
    kill -TERM "$service" && wait "$service" || return
    rm -f "/tmp/relev-$service-"*.dump
    service=
}

# The commands of the page that have this text, as a script for bash.
recipe() # TEXT...
{
    awk -v want="$1" '
        /^\.Bd/ { block = ""; next }
        /^\.Ed/ { if (index(block, want)) printf "%s", block; block = "" }
        { line = $0; sub(/^\.Ql /, "", line); block = block line "\n" }
        /^\.Ql gdb/ && index($0, want) { printf "%s\n", line }
    ' "$top/man/relev.7" | sed 's/\\e/\\/g' |
        sed "s/PID/$service/g; s/0x55c98363d2a0/$other/; s/ADDRESS/$callback/"
}

run() # TEXT
{
    rm -f "/tmp/relev-$service-"*.dump
    recipe "$1" >"$tmp/script"
    [ -s "$tmp/script" ] || { echo "# no such command: $1"; return 1; }
    timeout 300 bash "$tmp/script" >"$tmp/log" 2>&1 || has '^no error$'
}

# Status 77: on some processors (with AMX) gdb 13 often cannot write registers,
# whatever the program is. Then it cannot call a function.
has()
{
    grep -qE "$1" "$tmp/log" && return
    ! grep -q "^Couldn't write extended state status" "$tmp/log" || return 77
    echo "# not in the output: $1"
    head -n 20 "$tmp/log" | sed 's/^/# /'
    return 1
}

default_loop()
{
    run 'relev_dump_file((void *)ev_default_loop_ptr' &&
        has "^loop $main \(default\): .*, depth 1$" &&
        has '^references: (80|81) ' &&
        has '^ev_run goes on because of: (39|40) ev_io, (39|40) ev_timer'
}

standard_error()
{
    run 'relev_dump((void *)ev_default_loop_ptr, 2' && has '^\$1 = 8[01]$' &&
        grep -q "^loop $main (default): " "$tmp/err"
}

address_of_the_loop()
{
    run 'relev_dump_file((void *)0x55c98363d2a0' && has "^#.*ev_run.*$other" &&
        grep -q '^references: 1 ' "/tmp/relev-$service-$other.dump"
}

registers()
{
    [ "$(uname -m)" = x86_64 ] || { echo "# x86-64 only"; return 0; }
    run 'for r in' && has "^loop $main " && has "^loop $other:"
}

stack() { run "'thread apply all bt'" && has '^#.*ev_run'; }

name_of_a_callback() { run 'info symbol' && has '^on_ready in section'; }

random_instructions()
{
    RANDOM=1
    {
        echo 'set language c'
        echo 'set scheduler-locking on'
        echo 'set $failed = 0'
        for ((i = 0; i < dumps; i++)); do
            echo "stepi $((RANDOM % 300 + 1))"
            echo 'set $failed += (int)relev_dump_file((void *)' \
                'ev_default_loop_ptr, 0, 1) < 75'
        done
        echo 'print $failed'
    } >"$tmp/gdb"
    timeout 3000 gdb -p "$service" -batch -x "$tmp/gdb" >"$tmp/log" 2>&1
    has '^\$[0-9]+ = 0$'
}

count=0 failed=0
check()
{
    local status
    count=$((count + 1))
    "${@:2}"
    status=$?
    case $status in
    0) echo "ok $count - $1" ;;
    77) echo "ok $count - $1 # SKIP gdb cannot write registers here" ;;
    *) echo "not ok $count - $1" && failed=1 ;;
    esac
}

start lib
check "a program with a default loop" default_loop
check "a dump on the standard error" standard_error
check "the address of a loop" address_of_the_loop
check "the stacks" stack
check "the name of a callback" name_of_a_callback
check "it goes on" goes_on
start stripped
check "a stripped library: the default loop" default_loop
check "a stripped library: all registers" registers
check "it goes on" goes_on
start lib
check "$dumps dumps at random instructions" random_instructions
check "it goes on" goes_on
echo "1..$count"
exit $failed
