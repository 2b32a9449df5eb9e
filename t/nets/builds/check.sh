#!/usr/bin/env bash
# R3.12: the library built with other options than the default ones, each with
# the test programs of t/. If only the library differs, the programs are those
# of t/ours, which find it by LD_LIBRARY_PATH. White-box tests are compiled with
# the options of the library.
#
# With assertions each program is run; in the other builds one of each subject,
# and those of the loop.
#
# Usage: check.sh [BUILD]...
# Environment: TOP; BUILD, the directory in which the library was built; JOBS;
# PROGRAMS, only these in each build, such as "timer/timer white/core/heap";
# PROGRAMS=all, every program in each build.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
export top=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd -P)}
export build=${BUILD:-$PWD}
export work=$build/t/sh/builds
unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS CFLAGS CXXFLAGS LDFLAGS CC CXX

all=(debug lto O0 O3 Os clang static-pie long-double clang-long-double)
jobs=${JOBS:-2}
c=$(cd "$top/t" && ls */*.c | sed 's,\.c$,,')
cc=$(cd "$top/t" && ls compat/*.cc | sed 's,\.cc$,-cc,')
white=$(cd "$top/t" && ls core/*.cc | sed 's,^,white/,; s,\.cc$,,')
every="$c $cc $white"

# The programs of a build: see above.
programs_of() # BUILD
{
    case ${PROGRAMS:-$1} in
    all | debug) echo "$every" ;;
    "$1") tr ' ' '\n' <<<"$every" |
        awk -F/ '$1 == $2 || /^(loop|run|white)\// || /-cc$/' ;;
    *) echo "$PROGRAMS" ;;
    esac
}

# The compiler and its options for the library; those for the programs, which
# white-box tests add to the library's; and which programs are compiled again.
settings()
{
    cxx=g++ flags=-O2 own= program= lib=libev.so ar=ar link=
    assertions=-DNDEBUG
    libs="-lcmocka -lpthread -lm"
    case $1 in
    debug) assertions= flags='-O1 -DEV_VERIFY=3' ;;
    O0 | O3 | Os) flags=-$1 ;;
    clang) cxx=clang++ ;;
    lto) # with the archive, so that the compiler sees both
        program=-flto=auto flags="-O2 $program"
        ar=gcc-ar own=$cc lib=libev.a
        ;;
    static-pie)
        own="$c $cc" program="-fPIE -I$top/t/nets/platforms"
        link=-static-pie lib=libev.a libs="-lpthread -lm"
        ;;
    *long-double)
        program="-DEV_TSTAMP_T='long double'" flags="-O2 $program"
        [ "$1" != clang-long-double ] && own="$c $cc" || cxx=clang++
        ;;
    esac
}

# Prints the reason why a program is left out of a build.
excepted() # BUILD PROGRAM
{
    case $1/$2 in
    debug/memory/back) echo "too slow if the library verifies itself" ;;
    esac
    [ "$1" != static-pie ] || ! nm "$(place O2 "$2")" 2>/dev/null |
        grep -q ' U dlsym' || echo "takes functions of libc by dlsym"
}
export -f excepted

in_build() # GOAL...
{
    local white_flags='-std=c++20 $(test_flags) -Wno-unused-function'
    make -sk -j"$jobs" -f "$top/Makefile" CXX="$cxx" CXXFLAGS="$flags" \
        ASSERTIONS="$assertions" AR="$ar" lib="$lib" link="$link" \
        test_libs="$libs" DEBUG_LIBRARY=no \
        CFLAGS="-w -g0 -O0 $program" \
        compat_flags="-std=c++20 \$(test_flags) -w -g0 -O0 $program $link" \
        white_flags="$white_flags -w $flags $program $link" "$@"
}

compile() # BUILD
{
    local cxx flags own program lib ar link libs assertions
    local name programs goals=()
    programs=$(programs_of "$1")
    settings "$1"
    command -v "$cxx" >/dev/null || return 0
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1" && cd "$work/$1" || return
    for name in config.h config.mk libev.pc libev-config.cmake \
        libev-config-version.cmake; do
        cp "$build/$name" . || return
    done
    for name in $programs; do
        case " $(echo $own) " in *" $name "*) goals+=("t/ours/$name") ;; esac
        [[ $name != white/* ]] || goals+=("t/$name")
    done
    in_build all && touch built || return
    in_build "${goals[@]}"
} >"$work/$1.log" 2>&1

# The path of a program of a build; O2 is the build of `make all`.
place() # BUILD PROGRAM
{
    local from
    case $1/$2 in
    O2/white/*) echo "$build/t/$2"; return ;;
    */white/*) echo "$work/$1/t/$2"; return ;;
    lto/*-cc | static-pie/*) from=$work/$1 ;;
    *long-double/*) from=$work/long-double ;;
    *) from=$build ;;
    esac
    echo "$from/t/ours/$2"
}
export -f place

# One line, and what was seen if it has failed.
try() # BUILD PROGRAM
{
    local dir=$work/$1 report=t/tap/$2.tap reason sum path
    path=$(place "$@")
    reason=$(excepted "$@")
    cd "$dir" && exec >"$dir/$(echo "$2" | tr / _).line" 2>&1 || return
    if [ "$reason" ]; then
        echo "ok $1: $2 # SKIP $reason"
    elif [ ! -x "$path" ]; then
        echo "not ok $1: $2 is built"
        grep -m 5 -E "/t/${2#white/}\\.|error|undefined" ../"$1.log" |
            cut -c 1-200 | sed 's/^/# /'
    else
        [ "$1" != debug ] || export VERIFIED=1
        TEST_TIMEOUT=300 LD_LIBRARY_PATH=$dir \
            "$top/t/harness/report" "$report" "$path" >/dev/null 2>&1
        sum=$("$top/t/harness/report" --sum "$report" | tail -n 1)
        case "$1 $sum" in
        *" 0 passed, 0 failed, 0 "*) sum="nothing was tested" ;;
        debug*) ;; # all of its tests may be CORRUPTS
        *" 0 passed, 0 failed"*) sum="nothing was tested" ;;
        esac
        case $sum in
        *" 0 failed"*) echo "ok $1: $2 ($sum)"; return ;;
        esac
        echo "not ok $1: $2 ($sum)"
        grep -B 3 '^not ok' "$report" | grep -v '^ok' | head -n 20 |
            sed 's/^/# /'
    fi
}
export -f try

results() # BUILD
{
    local name programs cxx flags own program lib ar link libs assertions
    programs=$(programs_of "$1")
    settings "$1"
    if ! command -v "$cxx" >/dev/null; then
        echo "ok $1 # SKIP no $cxx"
    elif [ ! -e "$work/$1/built" ]; then
        echo "not ok $1: the library"
        grep -E 'error|warning|undefined' "$work/$1.log" | head -n 9 |
            cut -c 1-200 | sed 's/^/# /'
    else
        echo "ok $1: the library"
        for name in $programs; do
            cat "$work/$1/$(echo "$name" | tr / _).line" ||
                echo "not ok $1: $name was run"
        done
        "$top/t/harness/report" --sum "$work/$1"/t/tap/*/*.tap \
            "$work/$1"/t/tap/*/*/*.tap | tail -n 1 | sed "s/^/# $1: /"
    fi
}

builds=("$@")
[ $# != 0 ] || builds=("${all[@]}")
mkdir -p "$work"
(cd "$build" && make -sk -j"$jobs" -f "$top/Makefile" all \
    $(printf 't/ours/%s ' $c $cc) $(printf 't/%s ' $white)) \
    >"$work/ours.log" 2>&1
for name in "${builds[@]}"; do compile "$name"; done
[[ ${builds[*]} != clang-long-double ]] || compile long-double
for name in "${builds[@]}"; do
    [ ! -e "$work/$name/built" ] || printf "$name %s\n" \
        $(programs_of "$name")
done | xargs -P $((jobs * 2)) -L 1 bash -c 'try "$@"' try
for name in "${builds[@]}"; do results "$name"; done |
    awk '/^(not )?ok / { sub(/ok/, "ok " ++count " -"); bad += /^not/ }
        { print }
        END { print "1.." count; exit !count || bad }'
