#!/usr/bin/env bash
# The coverage by the tests, as `make coverage` measures it: enough is reached,
# and for everything else a reason is given.
#
# Environment: BUILD, the build directory; CXX; MAKE. Only GCC can do it.

set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
unset MAKEFLAGS MFLAGS
"${CXX:-g++}" -fprofile-abs-path -E -x c++ - </dev/null >/dev/null 2>&1 &&
    command -v gcov >/dev/null || exit 77
cd "${BUILD:-.}" && exec "${MAKE:-make}" -s -f "$top/Makefile" coverage
