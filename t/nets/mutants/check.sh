#!/usr/bin/env bash
# Mutation tests: puts bugs into the library, and checks that a test fails for
# each (see t/nets/mutants/run.py). Prints TAP.
#
#   check.sh           a few mutants, which the differential test kills
#   check.sh --all     all of them; the programs of t/ours must be built
#   check.sh NAME...
#
# Environment: BUILD, the build directory; CXX, CC; SEEDS for each mutant.

set -u
top=$(cd "$(dirname "$0")/../../.." && pwd)
build=${BUILD:-$PWD}
reference=${REF:-$(${CC:-cc} -print-file-name=libev.so.4)}

if ! command -v python3 >/dev/null || [ ! -e "$reference" ] ||
    [ ! -e "$build/libev.so" ]; then
    echo "1..0 # SKIP needs python3, libev.so and the reference"
    exit 77
fi
[ $# != 0 ] || set -- --sample
ulimit -c 0
ulimit -v 8000000 # a mutant may want all memory
exec python3 -B "$top/t/nets/mutants/run.py" "$top" "$build" "$@"
