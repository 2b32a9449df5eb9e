#!/usr/bin/env bash
# The promise of ev_portability(7) on relev.h: what programs have built in, the
# members of its structures, its values and its functions, stays as the list
# relev_abi.txt says. New ones are added there (relev_abi.sh --write), members
# at the end.
#
# Usage: relev_abi.sh [--write]   Environment: TOP, CC. Needs gcc and gdb.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
CC=${CC:-cc}
list=$top/t/compat/relev_abi.txt
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
. "$top/t/man/tap.bash"

"$CC" --version | grep -qi 'free software' && command -v gdb >/dev/null &&
    echo 'int a[sizeof(long) == 8 ? 1 : -1];' |
    "$CC" -fsyntax-only -x c - 2>/dev/null || {
    echo "1..0 # SKIP needs gcc, gdb and 64 bits"
    exit 77
}

structures() { grep -oE '^struct relev_[a-z]+' "$1"; }

# MEMBER lines of each structure: its type, where it is, and how large.
members()
{
    local structure
    while read -r structure; do
        gdb -nx -batch -ex "ptype /o $structure" "$tmp/unit.o" |
            sed -nE "s,^/\* *([0-9]+) *\| *([0-9]+) *\*/ +(.*);$,\
$structure: at \1: \3 (\2 bytes),p"
    done < <(structures "$1")
}

# The names of its values.
names()
{
    grep -oE '\<RELEV_[A-Z_0-9]+ =|^ +RELEV_[A-Z_0-9]+,?$' "$1" |
        grep -oE '\w+' | sort -u
}

functions()
{
    sed -nE 's,^/\* [^ ]*/relev\.h:[^*]*\*/ extern (.*);.*,\1,p' "$tmp/aux" |
        sort -u
}

# What the header is, in lines.
described()
{
    {
        echo '#include "relev.h"'
        echo '#include <stdio.h>'
        structures "$1" | sed 's/struct \(.*\)/struct \1 a_\1;/'
        echo 'int main(void) {'
        names "$1" | sed 's/.*/printf("& = %lld\\n", (long long)&);/'
        echo '}'
    } >"$tmp/unit.c"
    "$CC" -std=gnu11 -g -aux-info "$tmp/aux" -I"${1%/*}" -I"$top" \
        -c "$tmp/unit.c" -o "$tmp/unit.o" &&
        "$CC" "$tmp/unit.o" -o "$tmp/unit" &&
        members "$1" && "$tmp/unit" && functions
}

# What the list has and the header has not: a program was compiled with it.
broken() { comm -23 <(grep -v '^#' "$list" | sort) <(sort "$1"); }

if [ "${1-}" = --write ]; then
    described "$top/relev.h" >"$tmp/now" || exit
    { sed '/^#/!d' "$list"; cat "$tmp/now"; } >"$tmp/new"
    cp "$tmp/new" "$list"
    exit
fi

# found NAME EDIT: the list is not met by a header that was changed.
found()
{
    mkdir -p "$tmp/include"
    sed -E "$2" "$top/relev.h" >"$tmp/include/relev.h"
    cmp -s "$top/relev.h" "$tmp/include/relev.h" && return
    described "$tmp/include/relev.h" >"$tmp/other" 2>/dev/null
    [ -n "$(broken "$tmp/other")" ] || echo "not detected"
}

{
    described "$top/relev.h" >"$tmp/now" 2>"$tmp/log"
    [ "$(grep -c '^struct' "$tmp/now")" -gt 40 ] &&
        [ "$(grep -c '(' "$tmp/now")" -gt 50 ] || echo "too little" >>"$tmp/log"
    result "relev.h can be described" "$tmp/log"
    broken "$tmp/now" >"$tmp/log"
    result "relev.h keeps its members, values and functions" "$tmp/log"
    comm -13 <(grep -v '^#' "$list" | sort) <(sort "$tmp/now") |
        sed 's/$/  (relev_abi.sh --write adds it)/' >"$tmp/log"
    result "relev_abi.txt is complete" "$tmp/log"
    version=$(sed -n 's/^AC_INIT.*\[\(.*\)\])/\1/p' "$top/configure.ac")
    # shellcheck disable=SC2046,SC2086 # three numbers
    grep -q "RELEV_VERSION $(printf '0x%02x%02x%02x' $(tr . ' ' \
        <<<"$version"))$" "$top/relev.h" || echo "not $version" >"$tmp/log"
    result "the header has the version of configure.ac" "$tmp/log"
    found member 's/^( *)int errnum;.*/\1int more, errnum;/' >"$tmp/log"
    result "a member that moved is detected" "$tmp/log"
    found value 's/(RELEV_FEATURE_DUMP = )0x02/\10x20/' >"$tmp/log"
    result "a value that changed is detected" "$tmp/log"
    found function 's/relev_features\(void\)/relev_features(int what)/' \
        >"$tmp/log"
    result "a function with another parameter is detected" "$tmp/log"
} | number
