#!/usr/bin/env bash
# packaging/abi.json, what bindings need to know of ev.h and relev.h: it is what
# gdb reads in the debug information of both headers, and what the compiler
# says of sizes and offsets.
#
# Usage: json.sh [--write]   Environment: TOP, CC. Needs gcc, gdb and python3.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
CC=${CC:-cc}
json=$top/packaging/abi.json
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$top/t/man/tap.bash"

skip() { echo "1..0 # SKIP $1"; exit 77; }
command -v gdb >/dev/null && command -v python3 >/dev/null ||
    skip "needs gdb and python3"
"$CC" --version | grep -qi 'free software' &&
    echo 'int a[__x86_64__ && sizeof(long) == 8 ? 1 : -1];' |
    "$CC" -fsyntax-only -x c - 2>/dev/null || skip "needs gcc and x86-64"

# The names in the headers, of enumerators and of these macros. EV__IOFDSET is
# one that a binding needs.
CONSTANTS="EV_VERSION_MAJOR EV_VERSION_MINOR EV_MINPRI EV_MAXPRI
RELEV_EXCLUSIVE RELEV_NOREAP RELEV_BUCKETS $(grep -ohE \
    '^ +R?E(V|LEV)[A-Z0-9]*_[A-Z0-9_]+ =|^ +RELEV_[A-Z_0-9]+,?$' \
    "$top/ev.h" "$top/relev.h" | grep -oE '\w+')"
STRUCTS=$(grep -ohE '^(typedef )?struct (EV_MAY_ALIAS_ )?(ev|relev)_\w+ \{' \
    "$top/ev.h" "$top/relev.h" | sed 's/ {//; s/.* //')
FUNCTIONS=$(nm -D --defined-only "${BUILD:-$top}/libev.so" |
    sed -n 's/^[0-9a-f]* T \(\(ev\|relev\)_[^@]*\).*/\1/p' | sort)
export CONSTANTS STRUCTS FUNCTIONS

described() # by gdb
{
    {
        echo '#include "relev.h"'
        for name in $CONSTANTS; do echo "const int c_$name = $name;"; done
        for name in $FUNCTIONS; do
            echo "__typeof__($name)* f_$name = $name;"
        done
    } >"$tmp/unit.c"
    "$CC" -std=gnu11 -g -fno-eliminate-unused-debug-types -DEV_WALK_ENABLE=1 \
        -I"$top" -c "$tmp/unit.c" -o "$tmp/unit.o" &&
        gdb -nx -batch -x "$top/t/compat/describe.py" "$tmp/unit.o"
}

# What the file says, as assertions in C.
asserted()
{
    python3 - "$1" <<'X'
import json
import sys

abi = json.load(open(sys.argv[1], encoding="utf-8"))
print('#include "relev.h"\n#define SAME(a, b) _Static_assert((a) == (b), #a)')
for name, value in abi["constants"].items():
    print("SAME((int)%s, (int)%dLL);" % (name, value))
for name, struct in abi["structs"].items():
    print("SAME(sizeof(struct %s), %d);" % (name, struct["size"]))
    for member in struct["members"]:
        print("SAME(__builtin_offsetof(struct %s, %s), %d);"
              % (name, member["name"], member["offset"]))
X
}

# The compiler agrees with FILE.
compiled() # FILE
{
    asserted "$1" >"$tmp/asserted.c" &&
        "$CC" -std=gnu11 -I"$top" -fsyntax-only "$tmp/asserted.c"
}

if [ "${1-}" = --write ]; then
    described >"$tmp/new" && cp "$tmp/new" "$json"
    exit
fi

{
    described >"$tmp/now" 2>"$tmp/log" &&
        diff -u "$json" "$tmp/now" >>"$tmp/log"
    result "abi.json is what the headers say (json.sh --write)" "$tmp/log"
    compiled "$json" >"$tmp/log" 2>&1
    result "the compiler says the same of values, sizes and offsets" "$tmp/log"
    grep -c 'SAME' "$tmp/asserted.c" | awk '$1 < 250 { print "only", $1 }' \
        >"$tmp/log"
    result "it says so of all" "$tmp/log"
    : >"$tmp/log"
    sed 's/"offset": 40/"offset": 44/' "$json" >"$tmp/moved"
    ! compiled "$tmp/moved" >/dev/null 2>&1 || echo "not detected" >"$tmp/log"
    result "a member that moved is detected" "$tmp/log"
} | number
