#!/usr/bin/env bash
# R3.13: what operations cost when there is much of something, counted by
# callgrind for n, 2n and 4n (growth.py), and compared with libev. Prints TAP,
# a test for each scenario.
#
# Usage: check.sh                  the short form, for every check
#        check.sh full             more of everything
#        check.sh SCENARIO...      those whose names begin so; figures
# Environment: BUILD, the build directory, where make built the drivers.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd -P)
build=$(cd "${BUILD:-$PWD}" && pwd -P)
drivers=$build/t/sh/growth

skip()
{
    echo "1..0 # SKIP $1"
    exit 77
}

command -v valgrind >/dev/null || skip "no valgrind"
command -v python3 >/dev/null || skip "no python3"
[ -x "$drivers/ours" ] && [ -x "$drivers/reference" ] ||
    skip "no drivers (make growth)"

# Assertions read everything, everywhere.
grep -q '^ASSERTIONS = -DNDEBUG' "$build/config.mk" || skip "a debug build"

n=260 options=()
case ${1-} in
full) n=1000 && shift ;;
?*) options+=(--show) ;;
esac

# Of libev we know what it costs as Debian compiles it.
flags=${CXXFLAGS-$(sed -n 's/^CXXFLAGS = //p' "$build/config.mk")}
case $flags in
*-O[23]*) ;;
*) options+=(--alone) ;;
esac

# What needs most has two descriptors for each of 4n.
most=$(ulimit -Hn)
case $most in
*[!0-9]*) ;;
*) [ $(((most - 200) / 9)) -ge $n ] || n=$(((most - 200) / 9)) ;;
esac
[ "$n" -ge 100 ] || skip "few descriptors: ulimit -Hn"

exec python3 -B "$here/growth.py" -n "$n" ${options[@]+"${options[@]}"} \
    "$drivers/ours" "$drivers/reference" "$@"
