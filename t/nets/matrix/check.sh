#!/usr/bin/env bash
# Compiles ev.c in many configurations, links each with the smoke test, a C
# program, by plain cc, and runs that. No compiler may warn.
#
# Usage: check.sh [WORD]    only configurations whose line has the word
#        check.sh --list    lists them
# Environment: JOBS (how many at once), GXX, CLANGXX, GCC, CLANG.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../../.." && pwd -P)
smoke=$top/t/nets/matrix/smoke.c
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

GXX=${GXX:-g++} CLANGXX=${CLANGXX:-clang++}
GCC=${GCC:-gcc} CLANG=${CLANG:-clang}
. "$top/t/nets/matrix/effects.bash"
uses="SELECT POLL EPOLL KQUEUE INOTIFY EVENTFD SIGNALFD TIMERFD MONOTONIC
    REALTIME NANOSLEEP"
meaningless="USE_4HEAP HEAP_CACHE_AT USE_FLOOR AVOID_STDIO USE_LINUXAIO
    USE_IOURING USE_PORT USE_DEVPOLL USE_WSASOCKET
    SELECT_IS_WINSOCKET FD_TO_WIN32_HANDLE WIN32_HANDLE_TO_FD WIN32_CLOSE_FD"

# Configurations, one a line: the compiler, then its flags. A flag `config=X`
# asks for the header that settings() writes under that name.
configurations()
{
    local c std n kind use debug="-DRELEV_DEBUG=1 -DEV_RELEV_ENABLE=1"
    for c in gcc clang; do
        for std in c++17 gnu++17 c++20 gnu++20 c++2b gnu++2b; do
            echo "$c -std=$std -DEV_RELEV_ENABLE=1"
        done
        for n in -O1 -O3 "-O2 -DNDEBUG"; do echo "$c $n"; done
        for n in -O2 -Os "-O2 -fno-exceptions"; do
            echo "$c $n -DEV_RELEV_ENABLE=1"
        done
        for n in 0 0x7c 0x7f; do
            echo "$c -DEV_MULTIPLICITY=0 -DEV_FEATURES=$n"
            echo "$c -DEV_FEATURES=$n -DEV_USE_MONOTONIC=0"
        done
        echo "$c -O2 -std=c++17 -DSMOKE_INCLUDE -DEV_API_STATIC"
        echo "$c -O2 -std=c++20 -DSMOKE_INCLUDE -DEV_MULTIPLICITY=0"
        echo "$c -O2 -DEV_VERIFY=3"
    done
    for n in 0x00 0x01 0x02 0x04 0x08 0x10 0x20 0x40; do
        echo "gcc -DEV_FEATURES=$n"
        echo "clang -DEV_FEATURES=$((0x7f & ~n))"
    done
    for kind in $kinds; do
        echo "gcc -DEV_${kind}_ENABLE=0"
        echo "clang -DEV_FEATURES=0 -DEV_MULTIPLICITY=1 -DEV_${kind}_ENABLE=1"
        echo "gcc $debug -DEV_${kind}_ENABLE=0"
    done
    for use in $uses; do echo "gcc -DEV_USE_$use=0"; done
    echo "clang $(printf -- '-DEV_USE_%s=0 ' ${uses/EPOLL/})"
    echo "clang $(printf -- '-DEV_USE_%s=0 ' ${uses/SELECT/})"
    echo "clang $debug"
    echo "clang $debug -DEV_FEATURES=0 -DEV_MULTIPLICITY=1"
    echo "gcc $debug $(printf -- '-DEV_%s_ENABLE=0 ' $kinds)"
    special
    for n in "" "-O2 -DEV_MULTIPLICITY=0" "-Os -DEV_RELEV_ENABLE=1" \
        config=times; do
        ! have_32_bits || echo "gcc -m32 $n"
    done
}

special()
{
    for n in 0 1 2 3; do echo "gcc -DEV_VERIFY=$n"; done
    cat <<'END'
clang -DEV_USE_CLOCK_SYSCALL=1
gcc -DEV_USE_USDT=1 -DEV_RELEV_ENABLE=1
clang -O2 -DEV_USE_USDT=1 -DEV_RELEV_ENABLE=1
gcc -DEV_MINPRI=0 -DEV_MAXPRI=0
clang -DEV_MINPRI=-5 -DEV_MAXPRI=7
clang -DEV_MULTIPLICITY=0 -DEV_MINPRI=0 -DEV_MAXPRI=0
gcc -DEV_PID_HASHSIZE=1 -DEV_INOTIFY_HASHSIZE=1
clang -DEV_PID_HASHSIZE=64 -DEV_INOTIFY_HASHSIZE=64
gcc -DEV_NSIG=32
gcc -DEV_USE_PIPE2=0 -DEV_USE_EVENTFD=0
clang -DEV_USE_PPOLL=0
gcc -DEV_SELECT_USE_FD_SET=1
clang -DEV_SELECT_USE_FD_SET=1 -DEV_USE_POLL=0 -DEV_USE_EPOLL=0
gcc -O2 -DEV_NO_SMP=1
clang -O2 -DEV_NO_THREADS=1
gcc -DEV_COMPAT3=0
gcc -DEV_PREPARE_ENABLE=0 -DEV_EMBED_ENABLE=0
clang -DEV_SIGNAL_ENABLE=0 -DEV_CHILD_ENABLE=0
gcc -DEV_LIBEVENT_ENABLE=0
clang -DEV_LIBEVENT_ENABLE=1
gcc -DEV_WALK_ENABLE=1
gcc -DEV_RELEV_ENABLE=0
clang -DEV_WALK_ENABLE=1 -DEV_RELEV_ENABLE=1
gcc -DEV_FEATURES=0 -DEV_MULTIPLICITY=1 -DEV_RELEV_ENABLE=1
clang -O2 -std=c++17 -DSMOKE_INCLUDE -DEV_API_STATIC -DEV_RELEV_ENABLE=1
gcc -DEV_USE_MONOTONIC=0 -DEV_USE_REALTIME=0
gcc -DEV_USE_STDEXCEPT=0
clang -DEV_USE_STDEXCEPT=1
gcc config=common
clang config=common -DEV_MULTIPLICITY=0
gcc config=callback -DSMOKE_CALLBACK
clang config=callback -DSMOKE_CALLBACK -DEV_MULTIPLICITY=0
gcc config=probed
clang config=header
gcc config=event -DEV_LIBEVENT_ENABLE=1
clang config=hidden
gcc config=priority
clang config=priority -DEV_MULTIPLICITY=0
gcc config=times
clang config=times
END
    # shellcheck disable=SC2086
    echo "gcc config=none $(printf -- '-DEV_%s=1 ' $meaningless)"
}

have_32_bits()
{
    echo '#include <atomic>' >"$tmp/probe.cc"
    echo 'int main(void) { return 0; }' >"$tmp/probe.c"
    $GXX -m32 -c "$tmp/probe.cc" -o "$tmp/probe.o" 2>/dev/null &&
        $GCC -m32 "$tmp/probe.c" -o "$tmp/probe" 2>/dev/null &&
        "$tmp/probe" 2>/dev/null
}

# A marker that a header leaves in the object of ev.c.
marked()
{
    echo '#if defined __cplusplus && !defined SMOKE_MARKED'
    echo '#define SMOKE_MARKED'
    echo "extern \"C\" { extern const int $1; const int $1 = 1; }"
    echo '#endif'
}

# The header for config=$1, and the flags that make ev.h and ev.c read it.
settings()
{
    local header=$2/$1.h
    case $1 in
    common)
        echo '#define SMOKE_COMMON'
        echo '#define EV_COMMON long tag; void *data; char rest[3];'
        ;;
    callback)
        echo '#define EV_CB_DECLARE(type) void (*cb)(int, struct type *);'
        echo '#define EV_CB_INVOKE(w, revents) (w)->cb((revents), (w))'
        echo '#define ev_set_cb(w, f) (++smoke_callbacks, (w)->cb = (f))'
        echo 'extern int smoke_callbacks;'
        ;;
    priority)
        echo '#define SMOKE_PRIORITY'
        echo '#define EV_DECL_PRIORITY signed char priority; char rest[7];'
        ;;
    times)
        echo '#define SMOKE_TIMES'
        echo '#define EV_TSTAMP_T long double'
        echo '#define EV_ATOMIC_T long volatile'
        ;;
    hidden)
        echo '#define EV_API_DECL \'
        echo 'extern __attribute__((__visibility__("hidden")))'
        ;;
    event)
        echo "#include \"$top/event.h\""
        marked smoke_event_header
        ;;
    probed)
        echo '#define HAVE_SYS_EPOLL_H 1'
        echo '#define HAVE_EPOLL_CTL 1'
        echo '#define HAVE_POLL_H 1'
        echo '#define HAVE_POLL 1'
        ;;
    header)
        echo '#include "ev.h"'
        marked smoke_ev_header
        ;;
    esac >"$header"
    case $1 in
    probed) echo "-DEV_CONFIG_H=<$header>" ;;
    header) echo "-DEV_H=<$header> -DEV_STANDALONE" ;;
    event) echo "-DEV_EVENT_H=<$header> -DEV_STANDALONE" ;;
    none) echo -DEV_STANDALONE ;;
    *) echo "-include $header -DEV_STANDALONE" ;;
    esac
}

# Compiles, links and runs one configuration in a directory of its own.
try()
{
    local dir=$1 cc=$GCC cxx=$GXX flags=() arch=() flag
    local include="" std=(-std=gnu11) standalone=-DEV_STANDALONE
    shift
    [ "$1" != clang ] || cc=$CLANG cxx=$CLANGXX
    shift
    for flag; do
        case $flag in
        config=*)
            standalone=
            read -r -a arch <<<"$(settings "${flag#*=}" "$dir")"
            flags+=("${arch[@]}")
            ;;
        -std=*) std+=("$flag") ;;
        -DSMOKE_INCLUDE) include=yes flags+=("$flag") ;;
        *) flags+=("$flag") ;;
        esac
    done
    flags+=($standalone -Wall -Wextra "-I$top")
    local cxxstd=("${std[@]:1}") unused=-Wno-unused-parameter
    $cc "${std[0]}" "${flags[@]}" -c "$top/t/nets/matrix/spies.c" \
        -o "$dir/spies.o" || return
    if [ "$include" ]; then
        $cxx "${cxxstd[@]}" "${flags[@]}" $unused -x c++ "$smoke" \
            -x none "$dir/spies.o" -o "$dir/smoke"
    else
        $cxx "${cxxstd[@]}" "${flags[@]}" -x c++ -c "$top/ev.c" \
            -o "$dir/ev.o" &&
            $cc "${std[0]}" "${flags[@]}" $unused "$smoke" -x none \
                "$dir/spies.o" "$dir/ev.o" -o "$dir/smoke" -lm
    fi && timeout 120 "$dir/smoke" && effects "$@"
}

# One line of TAP; after a failure, the output of the compiler or the program.
job()
{
    local n=$1 line=$2 dir=$tmp/$1
    mkdir "$dir"
    # shellcheck disable=SC2086
    if try "$dir" $line >"$dir/log" 2>&1 && [ ! -s "$dir/log" ]; then
        echo "ok $n - $line"
    else
        echo "not ok $n - $line"
        head -n 8 "$dir/log" | sed 's/^/# /'
    fi >"$tmp/$n.tap"
    printf "%s\n" "$(<"$tmp/$n.tap")"  # not by cat: copies can overlap
    rm -rf "$dir"
}

if [ "${1-}" = --list ]; then
    configurations
    exit
fi
mapfile -t lines < <(configurations | grep -F -e "${1-}")
[ "${#lines[@]}" -gt 0 ] || exit 1
echo "1..${#lines[@]}"
for n in "${!lines[@]}"; do
    [ "$n" -lt "${JOBS:-2}" ] || wait -n
    job $((n + 1)) "${lines[n]}" &
done
wait
! grep -q '^not ok' "$tmp"/*.tap
