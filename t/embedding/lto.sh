#!/usr/bin/env bash
# R3.12: ev.c compiled with -flto, as an embedder's makefile does it, links
# into programs by every usual way: each compiler with each linker, a C and a
# C++ driver, with exceptions on and off, as an object, an archive, static,
# static-pie and shared, at every level of optimization, the program with and
# without -flto. With the C driver nothing of the C++ runtime is linked; with
# the C++ one, what a callback throws passes through ev_run.
#
# Usage: t/embedding/lto.sh [WORD]    only the lines that have the word
# Environment: JOBS (how many at once).

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd -P)
use=$top/t/embedding/parts
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

kinds="object archive static static-pie shared"
levels=(-O0 -O1 -O2 -O3 -Os)

# One line each: compiler, linker, driver, exceptions, kind, level, and how the
# program is compiled. Levels go round, so that they meet all the others.
combinations()
{
    local cxx ld driver exceptions kind n=0
    for cxx in g++ clang++; do for ld in bfd gold lld; do
        for driver in cc c++; do
            for exceptions in -fexceptions -fno-exceptions; do
                for kind in $kinds; do
                    # Each kind with the C driver; the C++ one differs in what
                    # it links, and -fno-exceptions in what the program may do.
                    case $driver$exceptions in
                    cc-fexceptions) ;;
                    c++-fexceptions) [[ $kind =~ (object|shared|pie) ]] ;;
                    cc-fno*) [ "$kind" = shared ] ;;
                    *) [ "$kind" = object ] ;;
                    esac || continue
                    echo $cxx $ld $driver $exceptions "$kind" \
                        "${levels[(n + n / 5) % 5]}" \
                        "$( ((n % 3)) && echo -flto || echo -fno-lto)"
                    n=$((n + 1))
                done
            done
        done
    done; done
}

present() # COMMAND...
{
    command -v "$@" >/dev/null && [ "$(command -v "$@" | wc -l)" = $# ]
}

compiled() # CXX FLAG...: ev.o
{
    "$1" "${@:2}" -Wall -Wextra -DEV_STANDALONE=1 -c "$top/ev.cpp" -o ev.o
}

# The library in the form wanted; prints what the linker is given.
library() # KIND
{
    case $1 in
    archive) $ar rcs libev.a ev.o && echo libev.a ;;
    shared)
        $link -shared -Wl,-z,defs ev.o -o libev.so &&
            echo ./libev.so -Wl,-rpath,.
        ;;
    static*) echo "-$1 ev.o" ;;
    *) echo ev.o ;;
    esac
}

needs_no_cxx() # FILE...
{
    ! readelf -d "$@" 2>/dev/null | grep NEEDED | grep -E 'stdc|libgcc|c\+\+'
}

# The program, which throws if the compiler was not told that nothing does: it
# believes that across files, where -flto shows it both.
program() # DRIVER EXCEPTIONS LTO
{
    case $1 in
    cc) echo "$cc $use/program.c" ;;
    *) [ "$2 $3" = "-fno-exceptions -flto" ] &&
        echo "$cxx -x c++ $use/program.c" || echo "$cxx $use/thrown.cc" ;;
    esac
}

try() # CXX LINKER DRIVER EXCEPTIONS KIND LEVEL LTO
{
    local cxx=$1 kind=$5 pic=-fPIE cc=gcc ar=gcc-ar lto=(-flto) jobs=auto
    local link library
    [ "$cxx" = g++ ] || cc=clang ar=llvm-ar-14 jobs=full
    [ "$kind" != shared ] || pic=-fPIC
    # Only GNU's linkers read gcc's -flto; another needs the code as well.
    [ "$cxx $2" != "g++ lld" ] || lto+=(-ffat-lto-objects)
    link="$6 -flto=$jobs -fuse-ld=$2"
    [ "$3" = cc ] && link="$cc $link" || link="$cxx $link"
    compiled "$cxx" "$4" "$6" $pic "${lto[@]}" &&
        library=$(library "$kind") || return
    [ "$7" = -flto ] || lto=(-fno-lto)
    $(program "$3" "$4" "$7") "$6" -fPIE "${lto[@]}" -DEV_STANDALONE=1 \
        -I"$top" -c -o program.o &&
        $link program.o $library -o program && ./program || return
    [ "$3" != cc ] || needs_no_cxx program $(ls libev.so 2>/dev/null)
}

job() # N LINE
{
    local n=$1 line=$2 dir=$tmp/$1 tools
    read -r -a tools <<<"$line"
    mkdir "$dir" && cd "$dir" || return
    if ! present "${tools[0]}" "ld.${tools[1]}"; then
        echo "ok $n - $line # SKIP no ${tools[0]} or ld.${tools[1]}"
    elif [[ $line == *" gold "*static-pie* ]]; then
        echo "ok $n - $line # SKIP not made by this linker"
    elif try "${tools[@]}" >log 2>&1 && [ ! -s log ]; then
        echo "ok $n - $line"
    else
        echo "not ok $n - $line"
        head -n 8 log | cut -c 1-200 | sed 's/^/# /'
    fi >"$tmp/$n.tap"
    printf '%s\n' "$(<"$tmp/$n.tap")"
    rm -rf "$dir"
}

mapfile -t lines < <(combinations | grep -F -e "${1-}")
[ "${#lines[@]}" -gt 0 ] || exit 1
echo "1..${#lines[@]}"
for n in "${!lines[@]}"; do
    [ "$n" -lt "${JOBS:-2}" ] || wait -n
    (job $((n + 1)) "${lines[n]}") &
done
wait
! grep -q '^not ok' "$tmp"/*.tap
