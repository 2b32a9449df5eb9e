#!/usr/bin/env bash
# The operations of relev.hpp need as many instructions as the table says, plus
# or minus 3 %. The table is for one compiler.
# Packages: g++ valgrind.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
table=$top/bench/coro/instructions.txt
export CXX=${CXX:-g++}
compiler=$($CXX --version | sed -n 1p)

command -v valgrind >/dev/null || { echo "# skipped: no valgrind"; exit 77; }
grep -qF "# compiler: $compiler" "$table" ||
    { echo "# skipped: no table for $compiler"; exit 77; }
"$top/bench/coro/count.sh" | awk '
    NR == FNR { if (!/^#/) wanted[$1] = $2; next }
    {
        off = $2 - wanted[$1]
        bad = off * 100 > wanted[$1] * 3 || off * 100 < -wanted[$1] * 3
        printf "%s %d - %s: %d instructions, %d in the table\n",
            bad ? "not ok" : "ok", FNR, $1, $2, wanted[$1]
        failed += bad
    }
    END { print "1.." FNR; exit failed > 0 || FNR == 0 }' "$table" -
