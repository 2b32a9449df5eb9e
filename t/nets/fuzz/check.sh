#!/usr/bin/env bash
# A short run of the fuzz targets, t/nets/fuzz/: all seeds, then some thousand
# changes to them, the same in each run. `make fuzz SECONDS=600` searches.
#
# It keeps all processors busy by itself.

set -u
cd "${BUILD:-$PWD}" || exit 1
top=$(cd "$(dirname "$0")/../../.." && pwd -P)
unset MAKEFLAGS MAKELEVEL MFLAGS

echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
    clang -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null || exit 77
${MAKE:-make} -f "$top/Makefile" -s -j2 fuzz-build || exit 1
exec env RUNS="${FUZZ_RUNS:-3000}" \
    "$top/t/nets/fuzz/run.sh" "$PWD/t/fuzzed" loop event http
