#!/usr/bin/env bash
# The library and its tests on other platforms: with musl, with 32 bits and
# either size of time_t, and under qemu on processors with a weaker memory
# order and on one with the other byte order. Each is configured and built as a
# user would, in a directory of its own. The test programs use the small cmocka
# in this directory. What a platform does not support is listed in `except`.
#
# Usage: check.sh [PLATFORM]...
# Environment: TOP; BUILD, where to work in t/sh/platforms; JOBS, how many
# platforms at once; PROGRAMS, such as "io/io run/run", or "all", instead of one
# of each kind.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd -P)}
work=${BUILD:-$PWD}/t/sh/platforms
here=$top/t/nets/platforms
unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS CFLAGS CXXFLAGS LDFLAGS

programs="memory/allocator async/async async/threads backend/backends
    child/child embed/embed fork/fork fork/wakeup idle/idle io/io io/kernel
    io/many loop/loop mistakes/fds once/once pending/pending
    periodic/periodic run/run signal/signal stat/stat stat/fields
    run/suspend threads/threads timer/timer compat/event_io"
# Of processors that are much like others.
fewer="async/threads child/child fork/fork io/io memory/allocator
    periodic/periodic run/run signal/signal stat/fields timer/timer"
case ${PROGRAMS-} in
'') ;;
all) programs=$(cd "$top/t" && ls */*.c | sed 's,\.c$,,') fewer=$programs ;;
*) programs=$PROGRAMS fewer=$PROGRAMS ;;
esac

# The compilers of a platform, its name for configure, further flags for the
# tests, and the command that runs a program there.
platform()
{
    host=x86_64-linux-gnu flags=() run=()
    local qemu=$1 options=
    case $1 in
    musl) # the kernel's headers are not musl's
        cc=musl-gcc cxx=$here/musl-g++
        flags=(-idirafter /usr/include
            -idirafter /usr/include/x86_64-linux-gnu)
        ;;
    i386) cc="gcc -m32" cxx="g++ -m32" host=i686-linux-gnu ;;
    time64)
        cc="gcc -m32 -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64"
        cxx="g++ ${cc#* }" host=i686-linux-gnu
        flags=(-include "$here/time64.h")
        ;;
    *)
        host=$1-linux-gnu programs=$fewer
        case $1 in
        aarch64 | s390x) programs=$most ;;
        armhf) host=arm-linux-gnueabihf qemu=arm options="-march=armv7-a"
            # qemu passes it numbers of 64 bits for files and directories
            options+=" -D_FILE_OFFSET_BITS=64" ;;
        powerpc64le) qemu=ppc64le ;;
        esac
        cc="clang --target=$host $options" cxx="clang++ --target=$host $options"
        run=("qemu-$qemu" -L "/usr/$host")
        # In qemu 7.2 on x86 a load of these processors can overtake a store
        # even if both are sequentially consistent: not so on one processor.
        [ "$1" = s390x ] || run=(taskset -c 0 "${run[@]}")
        ;;
    esac
}

present()
{
    local probe
    probe=$(mktemp) || return
    echo '#include <atomic>' >"$probe"
    $cxx -x c++ -std=c++17 -c "$probe" -o /dev/null &&
        echo 'int main(void) { return 0; }' >"$probe" &&
        $cc -x c "$probe" -o "$probe.out" && ${run[@]+"${run[@]}"} "$probe.out"
    local status=$?
    rm -f "$probe" "$probe.out"
    return $status
} >/dev/null 2>&1

excepted() # PLATFORM PROGRAM: prints what not to do, and why
{
    awk -v where="$1" -v what="$2" -v emulator="${run[*]+qemu}" '
        ($1 == where || $1 == emulator) && $2 == what {
            sub(/^[^ ]+ +[^ ]+ +/, ""); print }' "$here/except"
}

build() # GOAL...
{
    make -sk -f "$top/Makefile" CC="$cc" \
        CFLAGS="-w -I$here ${flags[*]-}" test_libs="-lpthread -lm" "$@"
}

# Prints results, without their numbers.
try_program() # PLATFORM PROGRAM
{
    local not_to reason report=t/tap/$2.tap sum
    unset BACKENDS
    read -r not_to reason < <(excepted "$@")
    [ "$not_to" != select ] || export BACKENDS=6 # EVBACKEND_POLL and _EPOLL
    if [ "$not_to" = build ]; then
        echo "ok $1: $2 # SKIP $reason"
    elif [ ! -x "t/ours/$2" ]; then
        echo "not ok $1: $2 is built"
        grep -A 6 "/t/$2\\.c:" build.log | head -n 20 | sed 's/^/# /'
    elif [ "$not_to" = run ]; then
        echo "ok $1: $2 is built # SKIP $reason"
    else
        "$top/t/harness/report" "$report" ${run[@]+"${run[@]}"} \
            "t/ours/$2" >/dev/null 2>&1
        sum=$("$top/t/harness/report" --sum "$report" | tail -n 1)
        case $sum in
        "0 passed, 0 failed"*) sum="nothing was tested" ;;
        *" 0 failed"*) echo "ok $1: $2 ($sum)"; return ;;
        esac
        echo "not ok $1: $2 ($sum)"
        grep -B 3 '^not ok' "$report" | grep -v '^ok' | head -n 20 |
            sed 's/^/# /'
    fi
}

try_platform()
{
    local program goals=() most=$programs
    platform "$1"
    if ! present; then
        echo "ok $1 # SKIP cannot be had here"
        return
    fi
    for program in $programs; do
        [[ $(excepted "$1" "$program") = build* ]] ||
            goals+=("t/ours/$program")
    done
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1" && cd "$work/$1" || return
    # clang 14 crashes when it compiles the debug library for riscv64.
    if ! "$top/configure" --build=x86_64-linux-gnu --host="$host" CXX="$cxx" \
        CXXFLAGS=-O2 "--enable-debug-library=$([ "$1" = riscv64 ] && echo no ||
            echo yes)" >build.log 2>&1 || ! build >>build.log 2>&1; then
        echo "not ok $1: the library"
        grep -E 'error|warning' build.log | head -n 20 | sed 's/^/# /'
        return
    fi
    echo "ok $1: the library"
    build "${goals[@]}" >build.log 2>&1
    for program in $programs; do try_program "$1" "$program"; done
    "$top/t/harness/report" --sum t/tap/*/*.tap | tail -n 1 |
        sed "s/^/# $1: /"
}

platforms=("$@")
[ $# != 0 ] || platforms=(aarch64 s390x musl i386 time64
    armhf powerpc64le riscv64)
mkdir -p "$work"
for i in "${!platforms[@]}"; do
    [ "$i" -lt "${JOBS:-2}" ] || wait -n
    (try_platform "${platforms[i]}") >"$work/${platforms[i]}.log" 2>&1 &
done
wait
for i in "${!platforms[@]}"; do cat "$work/${platforms[i]}.log"; done |
    awk '/^(not )?ok / { sub(/ok/, "ok " ++count " -"); bad += /^not/ }
        { print }
        END { print "1.." count; exit !count || bad }'
