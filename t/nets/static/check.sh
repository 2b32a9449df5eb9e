#!/usr/bin/env bash
# The compilers, clang-tidy and cppcheck report nothing about the library. The
# checks that are off, with reasons, are in .clang-tidy and cppcheck.supp. Each
# tool must find a planted error first, to show that it works.
#
# GCC's own analyzer (-fanalyzer) is not used: in GCC 12 it supports only C, and
# reports the memory of an Array as leaked.
#
# Environment: BUILD, with config.h.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
build=${BUILD:-$PWD}
cd "$(dirname "$0")/../../.." || exit 1
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
include=(-I"$build" -I.)

compiler()
{
    $1 -std="$2" "$3" -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror \
        -fPIC -fno-rtti -fno-threadsafe-statics \
        "${include[@]}" -x c++ -c "$4" -o "$tmp/$1-$2$3.o"
}

# Its analyzer follows the functions of the main file only: so file by file.
tidied()
{
    printf '%s\n' "$@" | xargs -n 1 -P 2 bash -c '
        clang-tidy -quiet --config-file=.clang-tidy "$@" -- -x c++ \
            -std=c++20 -fno-exceptions -fno-rtti -I"$0" -I. \
            -isystem t/nets/kqueue/include' "$build" \
        2>/dev/null
}

library_tidied() { tidied {core,backends,watchers,relev,compat}/*.cc; }

# The macros of a C++ compiler on Linux, which it does not know.
cppchecked()
{
    cppcheck -q --enable=warning,style,performance,portability \
        --error-exitcode=1 --std=c++20 --language=c++ -D__cplusplus=202002L \
        -D__linux__=1 -D__GNUC__=12 -D__x86_64__=1 "${include[@]}" \
        --suppressions-list=t/nets/static/cppcheck.supp "$1"
}

count=0 failed=0
check()
{
    local want=$1 name=$2
    shift 2
    count=$((count + 1))
    if ! command -v "$name" >/dev/null; then
        echo "ok $count - $* # SKIP no $name"
        return
    fi
    "$@" >"$tmp/$count" 2>&1
    if [ $(($? != 0)) = "$want" ]; then
        echo "ok $count - $*"
    else
        echo "not ok $count - $*"
        head -n 40 "$tmp/$count" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

planted=t/nets/static/planted.cc
for cxx in g++ clang++; do
    check 1 $cxx compiler $cxx gnu++17 -O2 $planted
    for std in gnu++17 c++20; do
        for level in -O0 -O2; do
            check 0 $cxx compiler $cxx $std $level ev.c
        done
    done
done
check 1 clang-tidy tidied $planted
check 0 clang-tidy library_tidied
check 1 cppcheck cppchecked $planted
check 0 cppcheck cppchecked ev.c
echo "1..$count"
exit $((failed > 0))
