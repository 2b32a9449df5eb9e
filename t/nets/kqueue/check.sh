#!/usr/bin/env bash
# The kqueue backend, on a stand-in for kqueue over epoll (stand_in.c): its own
# tests, in each way in which systems differ, the white-box tests of backends,
# every test program of t/ that is in C, and samples of t/nets/leave, faults,
# diff and wild. The reference has no kqueue: it runs on poll or epoll.
#
# Usage: check.sh [PROGRAM]...   such as timer/again
# Environment: TOP; BUILD, the build directory; JOBS; CC, CXX; REF, the
# reference; SEEDS, how many doses of random programs (1); EXTRA, further flags
# for the library, such as "-O1 -UNDEBUG -DEV_VERIFY=3".

set -u
export LC_ALL=C
export top=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd -P)}
export build=${BUILD:-$PWD}
export work=$build/t/sh/kqueue
here=$top/t/nets/kqueue
jobs=${JOBS:-4} SEEDS=${SEEDS:-1}
CC=${CC:-cc} CXX=${CXX:-c++}
REF=${REF:-$($CC -print-file-name=libev.so.4)}
unset MAKEFLAGS MFLAGS MAKELEVEL LIBEV_FLAGS
[ -e "$build/libev.sym" ] || exit 77

left=$(sed -nE 's/^programs\+?="(.*)"$/\1/p' "$top/t/nets/leave/check.sh")
left+=" 100 101"
names=("$@")
[ $# != 0 ] || mapfile -t names < <(cd "$top/t" && ls */*.c | sed 's,\.c$,,')
rm -rf "$work"
mkdir -p "$work"

warnings="-Wall -Wextra -Werror"
with=(-DEV_USE_KQUEUE=1 -isystem "$here/include" -I"$build" -I"$top")
white="-std=c++20 -fno-exceptions -fno-rtti -O0 -g1 -Wno-unused-function"

build_stand_in()
{
    $CC -std=gnu11 -O2 -g -fPIC -shared $warnings -I"$here/include" \
        "$here/stand_in.c" -o "$work/libkqueue.so" -lpthread
}

# As in the makefile, but for the stand-in.
build_library() # DIRECTORY [FLAG]...
{
    local dir=$1
    shift
    mkdir -p "$dir"
    # shellcheck disable=SC2086
    $CXX -std=c++20 -O2 -g -fPIC -fvisibility=hidden -fno-rtti -DNDEBUG \
        -fno-threadsafe-statics -fasynchronous-unwind-tables $warnings \
        -Wpedantic -Wconversion -Wshadow ${EXTRA-} "$@" "${with[@]}" \
        -x c++ -c "$top/ev.c" -o "$dir/ev.o" &&
        $CXX -shared -nodefaultlibs -Wl,-soname,libev.so.4 \
            -Wl,--version-script,"$build/libev.sym" -Wl,-z,defs \
            -o "$dir/libev.so.4" "$dir/ev.o" "$work/libkqueue.so" -lc \
            "$($CXX -print-libgcc-file-name)"
}

# With the types of NetBSD: only compiled.
build_netbsd()
{
    mkdir -p "$work/netbsd/sys"
    sed -E 's/EVFILT_READ .*/EVFILT_READ 0U/; s/EVFILT_WRITE .*/EVFILT_WRITE 1U/
        s/short filter|unsigned short flags/uint32_t &/; s/t .*short /t /
        s/void\* udata/intptr_t udata/; s/int (nchanges|nevents)/size_t \1/
        s/#include <stdint.h>/#include <stddef.h>\n&/' \
        "$here/include/sys/event.h" \
        >"$work/netbsd/sys/event.h" || return
    ! grep short "$work/netbsd/sys/event.h" || return
    local compiler
    for compiler in "$CXX" clang++; do
        command -v "$compiler" >/dev/null || continue
        # shellcheck disable=SC2086
        $compiler -std=c++20 $warnings -Wconversion -DEV_USE_KQUEUE=1 \
            -isystem "$work/netbsd" "${with[@]}" -fsyntax-only -x c++ \
            "$top/ev.c" || return
    done
}

build_facts() # NAME
{
    $CC -std=gnu11 -O1 -g $warnings -I"$build" -I"$top" \
        -I"$top/t/harness" "$here/$1.c" -o "$work/$1" \
        "$work/libev.so.4" -Wl,-rpath,"$work" -Wl,-rpath-link,"$work" \
        -lcmocka -lpthread -lm
}

build_white() # NAME
{
    # shellcheck disable=SC2086
    $CXX $white $warnings "${with[@]}" -I"$top/t/harness" \
        "$top/t/core/$1.cc" -o "$work/$1" "$work/libkqueue.so" \
        -Wl,-rpath,"$work" -lcmocka -lpthread -lm
}

# The library and the program with ThreadSanitizer.
build_forget()
{
    # shellcheck disable=SC2086
    $CXX $white $warnings "${with[@]}" -O1 -fsanitize=thread -Wno-tsan \
        -x c++ -c "$top/ev.c" -o "$work/forget.o" &&
        $CC -std=gnu11 -O1 -g $warnings -fsanitize=thread -I"$build" \
            -I"$top" -I"$top/t/harness" "$here/forget.c" "$work/forget.o" \
            "$work/libkqueue.so" -Wl,-rpath,"$work" -o "$work/forget" \
            -lcmocka -lpthread -lm
}

# A program of t/nets, with our library or the reference.
build_net() # PROGRAM LIBRARY [FLAG | SOURCE]...
{
    local program=$work/$1 library=$2 where=()
    shift 2
    [ "$library" = "$REF" ] ||
        where=("-Wl,-rpath,$work" "-Wl,-rpath-link,$work")
    mkdir -p "$(dirname "$program")"
    # shellcheck disable=SC2086
    (cd "$top/t/nets/faults" && $CC -std=gnu11 -O1 -g $warnings -I"$build" \
        -I"$top" -I"$top/t/harness" "$@" -o "$program" "$library" \
        "${where[@]}" -lcmocka -lpthread -lm)
}

build_nets()
{
    local name faults=(inject.c plan.c)
    build_net leave "$work/libev.so.4" "${faults[@]}" \
        "$top"/t/nets/leave/*.c || return
    faults+=(faults.c "$top"/t/nets/faults/scene*.c)
    build_net faults "$work/libev.so.4" "${faults[@]}" || return
    for name in diff wild; do
        build_net $name/ours "$work/libev.so.4" ../$name/driver.c || return
        [ ! -e "$REF" ] || build_net $name/reference "$REF" -DREFERENCE=1 \
            ../$name/driver.c || return
    done
}

# One line, and what was seen if it has failed.
try() # NAME WORD COMMAND...
{
    local report=$work/${1//\//_}.tap word=$2 sum
    set -- "$1" "${@:3}"
    cd "$build" && TEST_TIMEOUT=300 KQUEUE=$word BACKENDS=8 LEAVE_DOSE=60 \
        LD_LIBRARY_PATH=$work LD_PRELOAD=$work/libkqueue.so \
        "$top/t/harness/report" "$report" "${@:2}" >/dev/null 2>&1
    sum=$("$top/t/harness/report" --sum "$report" | tail -n 1)
    case $sum in
    *" 0 failed"*) echo "ok $1 ($sum)" ;;
    *)
        echo "not ok $1 ($sum)"
        grep -A 3 -E '^not ok|: round|error while loading' "$report" |
            grep -v SKIP | head -n 9 | sed 's/^/# /'
        ;;
    esac >"$report.line"
}
export -f try

{
    for name in "${names[@]}"; do printf 't/ours/%s ' "$name"; done |
        (cd "$build" && xargs make -sk -j2 -f "$top/Makefile" all)
} >"$work/built.log" 2>&1
{
    build_stand_in && build_library "$work" && build_netbsd &&
        build_library "$work/pipe" -DEV_USE_EVENTFD=0 -DEV_USE_TIMERFD=0 \
            -DEV_USE_PIPE2=0 &&
        build_facts facts && build_facts facts_left &&
        build_facts facts_refused && build_white backend &&
        build_white backend_wait && build_nets && build_forget
} >"$work/build.log" 2>&1 || {
    echo "not ok 1 - the library is built"
    head -n 20 "$work/build.log" | cut -c 1-200 | sed 's/^/# /'
    echo 1..1
    exit 1
}

# The dose is for half a minute. A scene mostly waits.
random_tasks()
{
    local part python="env -u LD_LIBRARY_PATH python3 -B"
    for part in 1 2 3 4; do
        mkdir -p "$work/faults.$part"
        echo "faults/$part ebadf env FAULTS_DEEP=1 FAULTS_PART=$part/4" \
            "TMPDIR=$work/faults.$part $work/faults kqueue"
    done
    [ -e "$REF" ] || return
    echo "diff - $python $top/t/nets/diff/diff.py --seeds $((1000 * SEEDS))" \
        "$work/diff/ours $work/diff/reference"
    # Its programs make errors, which ev_verify would report.
    [[ ${EXTRA-} = *EV_VERIFY* ]] ||
        echo "wild accept $python $top/t/nets/wild/wild.py" \
            "--seeds $((300 * SEEDS)) $work/wild"
}

tasks()
{
    local word name
    if [ ${#names[@]} -gt 1 ]; then
        for word in freebsd ebadf accept einval receipt; do
            echo "facts_$word $word $work/facts"
            echo "facts_left_$word $word $work/facts_left"
            echo "facts_refused_$word $word $work/facts_refused"
        done
        echo "forget - env TSAN_OPTIONS=halt_on_error=1 $work/forget"
        echo "white/backend - $work/backend"
        echo "white/backend_wait - $work/backend_wait"
        for name in $left; do
            mkdir -p "$work/leave.$name"
            echo "leave/$name - env -C $work/leave.$name" \
                "$work/leave kqueue $name"
        done
        random_tasks
    fi
    for name in "${names[@]}"; do
        echo "$name - t/ours/$name"
        # Woken by a pipe, as on other systems.
        case $name in
        fork/exhausted) ;; # needs an eventfd
        async/* | child/* | embed/* | fork/* | io/* | signal/* | threads/*)
            echo "pipe/$name - env LD_LIBRARY_PATH=$work/pipe:$work" \
                "t/ours/$name"
            ;;
        esac
    done
}

tasks | xargs -P "$jobs" -L 1 bash -c 'try "$@"' try
tasks | while read -r name _; do
    cat "$work/${name//\//_}.tap.line" || echo "not ok $name was run"
done | awk 'BEGIN { print "ok 1 - the library is built"; count = 1 }
    /^(not )?ok / { sub(/ok/, "ok " ++count " -"); bad += /^not/ }
    { print }
    END { print "1.." count; exit !count || bad }'
