#!/usr/bin/env bash
# relev_trace(7): the tracepoints of a library configured with --enable-usdt.
# Their ELF notes; what they cost while nobody looks; and, where the kernel lets
# this user run bpftrace, both scripts in tools/trace, and the commands of perf,
# with a program that runs.

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd -P)
build=${BUILD:-$PWD}
CC=${CC:-cc}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL

echo '#include <sys/sdt.h>' | $CC -E - >/dev/null 2>&1 || {
    echo "skipped: no sys/sdt.h (systemtap-sdt-dev)"
    exit 77
}

library_is_built()
{
    sed '/EV_USE_USDT/d' "$build/config.h" >"$tmp/config.h" &&
        echo '#define EV_USE_USDT 1' >>"$tmp/config.h" &&
        ${CXX:-g++} -std=gnu++17 -O2 -fPIC -fvisibility=hidden -fno-rtti \
            -fno-threadsafe-statics -DNDEBUG -I"$tmp" -I"$top" -x c++ \
            -c "$top/ev.c" -o "$tmp/ev.o" &&
        $CC -shared -Wl,-soname,libev.so.4 \
            -Wl,--version-script,"$build/libev.sym" "$tmp/ev.o" \
            -o "$tmp/libev.so.4" &&
        $CC -std=gnu11 -O1 -rdynamic -I"$top" "$top/t/trace/traced/program.c" \
            "$tmp/libev.so.4" -Wl,-rpath,"$tmp" -o "$tmp/program"
}

# Each with a semaphore, and with as many arguments as the page says.
notes_are_there()
{
    readelf -n "$tmp/libev.so.4" | awk '
        /Provider:/ { provider = $2 }
        /Name:/ { name = $2 }
        /Semaphore:/ { semaphore = $NF }
        /Arguments:/ {
            print provider, name, NF - 1, semaphore ~ /[1-9a-f]/
        }' | sort | diff - <(printf 'relev %s 1\n' 'callback__begin 6' \
            'callback__end 2' 'poll__begin 2' 'poll__end 2')
}

# A load of the semaphore and a branch: the rest is in functions of its own.
ev_invoke_tests_a_word_for_each_point()
{
    local code
    code=$(objdump -d --no-show-raw-insn "$tmp/libev.so.4" |
        sed -n '/<ev_invoke>:/,/^$/p')
    for point in begin end; do
        grep -A 2 "_callback__${point}_semaphore" <<<"$code" |
            grep -qE '\b(j|cb|b|tb)[a-z.]*\b' || return
        [ "$(grep -c "_callback__${point}_semaphore" <<<"$code")" = 1 ] ||
            return
    done
}

no_tracepoints_without_it()
{
    [ -e "$build/libev.so" ] || return 77
    grep -q 'EV_USE_USDT 1' "$build/config.h" && return 77
    ! readelf -n "$build/libev.so" | grep stapsdt
}

symbols_are_the_same()
{
    nm -D --defined-only "$tmp/libev.so.4" | sed 's/.* //; s/@.*//' | sort |
        grep -v RELEV_1 | diff - \
            <(cd "$top" && sort Symbols.{ev,event} packaging/Symbols.relev)
}

# traced SCRIPT PATTERN...: what it says of the program has all of these. A busy
# machine may need more time.
traced()
{
    local program seconds script=$1 pattern missing
    shift
    for seconds in 3 10 40; do
        "$tmp/program" &
        program=$!
        timeout -s INT $seconds bpftrace -p $program \
            "$top/tools/trace/$script" >"$tmp/out" 2>&1
        kill $program
        missing=0
        for pattern; do grep -qE "$pattern" "$tmp/out" || missing=1; done
        [ $missing = 1 ] || return 0
    done
    cat "$tmp/out"
    return 1
}

kernel_lets_us()
{
    command -v bpftrace >/dev/null &&
        timeout 120 bpftrace -e 'BEGIN { exit(); }' >/dev/null 2>&1
}

callbacks_have_latencies()
{
    kernel_lets_us || return 77
    traced callbacks.bt '^@longest\[on_time\]: [0-9]+' \
        '^@microseconds\[on_read\]'
}

wakers_are_named()
{
    kernel_lets_us || return 77
    traced wakeups.bt '^@first\[on_time, 256, -1\]: [0-9]+' \
        '^@first\[on_read, 1, [0-9]+\]: [0-9]+' '^@wait_microseconds'
}

# The commands of perf, as the page has them. The kernel has one list of events,
# so only one test at a time may use them.
perf_records()
{
    local add probe record lock seconds status=1
    command -v perf >/dev/null && kernel_lets_us || return 77
    { read -r add && read -r probe && read -r record; } < <(
        sed -n '/^perf /p' "$top/man/relev_trace.7")
    exec {lock}<"$(command -v perf)" && flock $lock || return
    export HOME=$tmp
    cd "$tmp" || return
    perf probe -d 'sdt_relev:*' >deleted 2>&1
    bash -c "${add/\/usr*libev.so.4/$tmp/libev.so.4}" || return
    perf list sdt 2>&1 | tee events
    grep -q sdt_relev:callback__begin events || return
    bash -c "$probe" >out 2>&1 ||
        { cat out; perf probe -l >out 2>&1 || return 77; return 1; }
    for seconds in 3 10 40; do
        ./program &
        timeout -s INT $seconds bash -c "exec ${record/PID/$!}"
        kill $!
        perf script >out 2>&1
        cat out
        grep -q 'sdt_relev:callback__begin' out && status=0 && break
    done
    perf probe -d 'sdt_relev:*' >deleted 2>&1
    return $status
}

count=0 failed=0
for name in library_is_built notes_are_there symbols_are_the_same \
    ev_invoke_tests_a_word_for_each_point no_tracepoints_without_it \
    callbacks_have_latencies wakers_are_named perf_records; do
    count=$((count + 1))
    $name >"$tmp/said" 2>&1
    status=$?
    case $status in
    0) echo "ok $count - $name" ;;
    77) echo "ok $count - $name # SKIP" ;;
    *)
        echo "not ok $count - $name"
        sed 's/^/# /' "$tmp/said"
        failed=1
        ;;
    esac
done
echo "1..$count"
exit $failed
