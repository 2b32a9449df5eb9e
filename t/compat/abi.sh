#!/usr/bin/env bash
# A program compiled against the reference's header must run on our library. So
# both headers must agree: layouts, types, values, names. The compiler is asked,
# in several configurations.
#
# Environment: TOP, CC, CXX; REF_EV_H and REF_EVENT_H, the reference's headers.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
CC=${CC:-cc} CXX=${CXX:-c++}
ref_ev=${REF_EV_H:-/usr/include/ev.h}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
# shellcheck source=t/compat/reference.bash
. "$top/t/compat/reference.bash"
ref_event=$(reference_event_h "$tmp/fetched")
count=0 failed=0

ok() { count=$((count + 1)); echo "ok $count - $*"; }

not_ok()
{
    count=$((count + 1)) failed=$((failed + 1))
    echo "not ok $count - $1"
    sed 's/^/# /' "$tmp/log" | head -n 30
}

# Prints the functions a header declares, in C, with their types.
prototypes()
{
    echo "#include \"$1\"" >"$tmp/unit.c"
    "$CC" -std=gnu11 -aux-info "$tmp/aux" "${@:2}" -fsyntax-only \
        "$tmp/unit.c" || return
    sed -nE 's,^/\* [^ ]*/(ev|event)\.h:[^*]*\*/ ,,p' "$tmp/aux" |
        sed -E 's, /\*.*,,' | grep -E '\<(ev|event)_' | sort -u
}

# Prints the macros of ours and theirs a header defines, without arguments.
macros()
{
    echo "#include \"$1\"" | "$CC" -E -dM "${@:2}" -x c - |
        grep -oE '^#define (_?EV|ev|event|timeout_|signal_)[A-Za-z_0-9]*\(?' |
        sort -u
}

# Writes dump_names: every enumerator, numeric macro and function.
names()
{
    local constants
    constants=$(echo "#include \"$1\"" | "$CC" -E "${@:2}" -x c - |
        grep -oE '\<EV[A-Z_]+ *=' | tr -d ' =' | sort -u)
    constants+=$'\n'$(macros "$@" |
        grep -oE '(_?EV)[A-Z_0-9]*$' |
        grep -vE '^EV_(P|A|DEFAULT|DEFAULT_UC|TSTAMP_T|ATOMIC_T|COMMON)_?$' |
        grep -vE '^EV_(INLINE|API_DECL|THROW|NOEXCEPT|DECL_PRIORITY|H)_?$' |
        grep -vE '^(EV_H_|EVENT_H_|EV_MAY_ALIAS_)$')
    echo "static void dump_names()"
    echo "{"
    sort -u <<<"$constants" | sed -E '/./s/.*/    VALUE(&);/'
    prototypes "$@" | grep -oE '\<(ev|event)_[a-z0-9_]+ \(' | tr -d ' (' |
        grep -v '^event_callback_fn$' | sort -u | sed 's/.*/    FUNCTION(&);/'
    echo "}"
}

dump()
{
    "$CXX" -std=c++17 -w -I "$tmp" -DABI_HEADER="\"$1\"" "${@:2}" \
        -x c++ "$top/t/compat/abi_dump.h" -o "$tmp/dump" && "$tmp/dump"
}

# compare OURS REFERENCE [MACRO]...
compare()
{
    local ours=$1 ref=$2 what
    what="${ours##*/} ${*:3}"
    shift 2
    {
        names "$ref" "$@" >"$tmp/abi_names.h" &&
            dump "$ref" "$@" >"$tmp/ref" && dump "$ours" "$@" >"$tmp/ours" &&
            prototypes "$ref" "$@" >>"$tmp/ref" &&
            prototypes "$ours" "$@" >>"$tmp/ours"
    } >"$tmp/log" 2>&1
    if [ "$(grep -c '^ev' "$tmp/ref")" -gt 100 ] &&
        [ "$(grep -c '^    FUNCTION' "$tmp/abi_names.h")" -gt 20 ] &&
        diff "$tmp/ref" "$tmp/ours" >>"$tmp/log"; then
        ok "$what: layouts, types and values"
    else
        not_ok "$what: layouts, types and values"
    fi
    macros "$ref" "$@" >"$tmp/ref.macros"
    macros "$ours" "$@" >"$tmp/ours.macros"
    if [ -s "$tmp/ref.macros" ] &&
        ! comm -23 "$tmp/ref.macros" "$tmp/ours.macros" | grep . >"$tmp/log"
    then
        ok "$what: no macro is missing"
    else
        not_ok "$what: no macro is missing"
    fi
}

if ! "$CC" --version | grep -qi 'free software' || [ ! -e "$ref_ev" ]; then
    echo "1..0 # SKIP needs gcc and the reference's ev.h"
    exit 77
fi

compare_all()
{
    compare "$@"
    compare "$@" -DEV_MULTIPLICITY=0
    compare "$@" -DEV_FEATURES=0
    compare "$@" -DEV_FEATURES=0x7c
    compare "$@" -DEV_FEATURES=0x10 -DEV_STAT_ENABLE=0
    compare "$@" -DEV_MINPRI=0 -DEV_MAXPRI=0
    compare "$@" -DEV_MINPRI=-7 -DEV_MAXPRI=9
    compare "$@" -DEV_COMPAT3=0
    compare "$@" -DEV_WALK_ENABLE=1
    compare "$@" -DEV_TSTAMP_T=float -DEV_ATOMIC_T=long
    compare "$@" '-DEV_COMMON=void* data; int more;'
    compare "$@" -Os
}

# Each kind left out, and each alone; the features one by one.
compare_parts()
{
    local kind bit
    for kind in PERIODIC STAT PREPARE CHECK IDLE FORK CLEANUP SIGNAL CHILD \
        ASYNC EMBED; do
        compare "$@" "-DEV_${kind}_ENABLE=0"
        compare "$@" -DEV_FEATURES=0 -DEV_MULTIPLICITY=1 \
            "-DEV_${kind}_ENABLE=1"
    done
    for bit in 1 2 4 8 16 32 64; do compare "$@" "-DEV_FEATURES=$bit"; done
}

compare_32_bits()
{
    if ! echo '#include <new>' | "$CXX" -m32 -fsyntax-only -x c++ - \
        2>/dev/null; then
        count=$((count + 1))
        echo "ok $count - ${1##*/} -m32 # SKIP no 32-bit headers"
        return
    fi
    compare "$@" -m32
    compare "$@" -m32 -DEV_MULTIPLICITY=0
    compare "$@" -m32 -D_FILE_OFFSET_BITS=64
    compare "$@" -m32 -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
}

compare_all "$top/ev.h" "$ref_ev"
compare "$top/ev.h" "$ref_ev" -DEV_SIGNAL_ENABLE=0 -DEV_CHILD_ENABLE=0
compare "$top/ev.h" "$ref_ev" -DEV_STANDALONE
compare_parts "$top/ev.h" "$ref_ev"
compare_32_bits "$top/ev.h" "$ref_ev"

# Debian has it in libev-libevent-dev; libevent's own has no ev_io inside.
if grep -qs 'struct ev_io' "$ref_event"; then
    compare "$top/event.h" "$ref_event"
    compare "$top/event.h" "$ref_event" -DEV_MULTIPLICITY=0
    compare "$top/event.h" "$ref_event" -DEV_COMPAT3=0
else
    count=$((count + 1))
    echo "ok $count - event.h # SKIP no event.h of the reference"
fi

echo "1..$count"
exit $((failed > 0))
