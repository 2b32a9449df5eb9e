#!/usr/bin/env bash
# The library exports the reference's symbols, unversioned, and those of relev.h
# in the version node RELEV_1, and no other; it has the reference's soname, and
# needs only the C library and libm.
#
# Usage: t/compat/symbols.sh [BUILD]   Environment: BUILD, CC.

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd -P)
build=${1:-${BUILD:-$PWD}}
CC=${CC:-cc}
reference=$("$CC" -print-file-name=libev.so.4)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0

report()
{
    count=$((count + 1))
    if [ -s "$tmp/log" ]; then
        echo "not ok $count - $1"
        sed 's/^/# /' "$tmp/log"
        failed=1
    else
        echo "ok $count - $1"
    fi
}

skip() { count=$((count + 1)); echo "ok $count - $1 # SKIP $2"; }

# Names and kinds (function or datum), of those a program can link with.
exported()
{
    nm -D --defined-only "$1" | grep -v RELEV_1 |
        awk '{ print $NF, $2 == "T" ? "T" : "data" }' | sort
}

exports_are_the_reference_s()
{
    exported "$build/libev.so.4" >"$tmp/ours"
    exported "$reference" >"$tmp/theirs"
    ! without_emulation || sed -i '/^event_/d' "$tmp/theirs"
    [ -s "$tmp/theirs" ] || echo "the reference exports nothing"
    diff "$tmp/theirs" "$tmp/ours"
}

without_emulation() { grep -qs '^LIBEVENT *:\?= *no' "$build/config.mk"; }

# The lists of Symbols.* name what is exported, sorted.
lists_name_the_exports()
{
    cat "$top/Symbols.ev" "$top/Symbols.event" >"$tmp/lists"
    sort -c "$tmp/lists" 2>&1
    sort -c "$top/packaging/Symbols.relev" 2>&1
    ! without_emulation || sed -i '/^event_/d' "$tmp/lists"
    exported "$build/libev.so.4" | sed 's/ .*//' | diff "$tmp/lists" -
    grep -v '^ev_' "$top/Symbols.ev"
    grep -v '^event_' "$top/Symbols.event"
    grep -vE '^(relev_|ev_walk$)' "$top/packaging/Symbols.relev"
}

# Names of the symbols with a version, as the loader sees them.
versioned()
{
    readelf -W --dyn-syms "$1" |
        awk '$7 != "UND" && $8 ~ /@/ { print $8 }' | sort
}

names_of_libev_have_no_version()
{
    local name
    for name in $(cat "$top/Symbols.ev" "$top/Symbols.event"); do
        versioned "$build/libev.so.4" | grep "^$name@"
    done
    readelf -W --dyn-syms "$build/libev.so.4" | grep -q ' ev_run$' ||
        echo "no ev_run without a version"
}

names_of_relev_are_in_their_node()
{
    sed 's/$/@@RELEV_1/' "$top/packaging/Symbols.relev" |
        diff - <(versioned "$build/libev.so.4")
    sed -n 's/^ *\(ev_walk\|relev_.*\);$/\1/p' "$build/libev.sym" |
        diff "$top/packaging/Symbols.relev" -
    [ "$(readelf -W --version-info "$build/libev.so.4" |
        sed -n '/definition/,/needs/s/.*Name: //p' | paste -sd ' ')" = \
        "libev.so.4 RELEV_1" ] || echo "other versions are defined"
}

# The program says which symbol version it needs, and nothing else of relev.
program_needs()
{
    echo "$2" >"$tmp/program.c"
    "$CC" -I"$top" "$tmp/program.c" "$build/libev.so.4" \
        -o "$tmp/program" || return
    readelf -W --version-info "$tmp/program" | grep -o 'RELEV_[0-9]*' |
        sort -u | diff <(printf "$1") -
}

program_of_libev_needs_no_version()
{
    program_needs '' '#include "ev.h"
        int main(void) { return !ev_default_loop(0); }' || return
    LD_LIBRARY_PATH=$build "$tmp/program" || echo "fails on our library"
    LD_LIBRARY_PATH=${reference%/*} "$tmp/program" ||
        echo "fails on the reference"
}

program_of_relev_needs_its_node()
{
    program_needs 'RELEV_1\n' '#include "relev.h"
        int main(void) { return relev_version() != RELEV_VERSION; }' || return
    LD_LIBRARY_PATH=$build "$tmp/program" || echo "fails on our library"
}

loader_names_what_is_missing()
{
    LD_LIBRARY_PATH=${reference%/*} "$tmp/program" >"$tmp/said" 2>&1 &&
        echo "it runs on the reference"
    grep -q 'relev_version.*RELEV_1' "$tmp/said" || cat "$tmp/said"
}

# A program has a copy of it by a relocation; our code must look there, too.
datum_can_be_copied()
{
    local is
    is=$(readelf -W --dyn-syms "$build/libev.so.4" |
        awk '$8 == "ev_default_loop_ptr" { print $4, $5, $6 }')
    [ "$is" = "OBJECT GLOBAL DEFAULT" ] || echo "it is: $is"
    readelf -Wd "$build/libev.so.4" | grep -w SYMBOLIC
}

soname_is_libev_so_4()
{
    readelf -Wd "$build/libev.so.4" | grep SONAME |
        grep -qF '[libev.so.4]' || readelf -Wd "$build/libev.so.4"
}

needs_only_libc_and_libm()
{
    readelf -Wd "$build/libev.so.4" | grep NEEDED |
        grep -vE '\[(libc\.so\.6|libm\.so\.6|ld-linux[^]]*|libc\.musl[^]]*)\]'
}

# Weak references are left alone: they need not be there.
asks_nothing_of_the_cxx_runtime()
{
    nm -u "$@" | awk '$1 == "U" && $2 ~ /^(_Z|__cxa|__gxx|_Unwind|__dso)/' |
        grep -v '^ *U _Unwind_Resume$'
}

# Nothing runs before main, nor at exit.
has_no_start_up_code()
{
    readelf -WS "$1" | grep -E '\.(init_array|fini_array|ctors|dtors)'
}

archive_exports_only_ours()
{
    nm --defined-only --extern-only "$1" | awk 'NF == 3 { print $3 }' |
        grep -vE '^(ev|event|relev)_'
}

look() { "${@:2}" >"$tmp/log" 2>&1; report "$1"; }

failed=0
if [ ! -e "$build/libev.so.4" ]; then
    skip "libev.so.4" "there is none"
elif [ ! -e "$reference" ]; then
    skip "libev.so.4" "there is no reference"
else
    look "exports are the reference's" exports_are_the_reference_s
fi
if [ -e "$build/libev.so.4" ]; then
    look "Symbols.ev and Symbols.event name them" lists_name_the_exports
    look "libev's names have no version" names_of_libev_have_no_version
    look "those of relev.h have RELEV_1" names_of_relev_are_in_their_node
    look "ev_default_loop_ptr can be copied" datum_can_be_copied
    look "the soname is libev.so.4" soname_is_libev_so_4
    look "needs only libc and libm" needs_only_libc_and_libm
    look "libev.so asks nothing of the C++ runtime" \
        asks_nothing_of_the_cxx_runtime -D "$build/libev.so.4"
fi
if [ -e "$build/libev.so.4" ] && [ -e "$reference" ]; then
    look "a program of ev.h runs on both" program_of_libev_needs_no_version
    look "one of relev.h needs RELEV_1" program_of_relev_needs_its_node
    look "the loader says so on the reference" loader_names_what_is_missing
fi
if [ -e "$build/libev.a" ]; then
    look "libev.a asks nothing of the C++ runtime" \
        asks_nothing_of_the_cxx_runtime "$build/libev.a"
    look "libev.a has no start-up code" has_no_start_up_code "$build/libev.a"
    look "libev.a exports only ev_, event_, relev_" \
        archive_exports_only_ours "$build/libev.a"
else
    skip "libev.a" "there is none"
fi
echo "1..$count"
exit "$failed"
