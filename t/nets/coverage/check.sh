#!/usr/bin/env bash
# Test coverage, as `make coverage` measures it: it is high enough, and there is
# a reason for everything that is not reached.
#
# Environment: BUILD, the build directory; CXX; MAKE. Only GCC can do it.

set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
unset MAKEFLAGS MFLAGS
"${CXX:-g++}" -fprofile-abs-path -E -x c++ - </dev/null >/dev/null 2>&1 &&
    command -v gcov >/dev/null || exit 77
cd "${BUILD:-.}" && exec "${MAKE:-make}" -s -f "$top/Makefile" coverage
