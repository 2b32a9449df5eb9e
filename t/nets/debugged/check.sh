#!/usr/bin/env bash
# Every test program of t/ under the debug library: each passes as it does
# without, and nothing is reported of it, except by the programs in `reported`,
# which do wrong on purpose, and only what stands there.
#
# Usage: check.sh [PROGRAM]...   such as timer/again
# Environment: TOP; BUILD, the directory of the library; JOBS.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
export top=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd -P)}
export build=${BUILD:-$PWD}
export work=$build/t/sh/debugged
unset MAKEFLAGS MFLAGS MAKELEVEL
[ -e "$build/relev-debug/libev.so.4" ] || exit 77

names=("$@")
[ $# != 0 ] || mapfile -t names < <(cd "$top/t" && ls */*.c | sed 's,\.c$,,')
jobs=${JOBS:-2}
rm -rf "$work"
mkdir -p "$work"
sed 's|@from_bin@|.|' "$top/tools/relev-debug.in" >"$work/relev-debug"
chmod +x "$work/relev-debug"
(cd "$build" && make -sk -j"$jobs" -f "$top/Makefile" all \
    "${names[@]/#/t/ours/}") >"$work/built.log" 2>&1

# The kinds of findings in a log, without what is particular to a run.
kinds()
{
    sed -E 's/^relev-debug\[[0-9]+\]: //
        s/; (started by|called at|thread |it was|during).*//
        s/; ev_[a-z_]+ called.*//
        s/^(ev_[a-z]+|watcher)( 0x[0-9a-f]+| of ev_once)//
        s/^ \(callback [^)]*\)//
        s/^,? ?(fd|signal|pid) -?[0-9]+//; s/^: //
        s/; the number is now of.*//; s/, to 0x.*//' "$1" | sort -u
}
export -f kinds

# Writes one line of a report.
try() # PROGRAM
{
    local log=$work/${1//\//_} wrong sum
    export RELEV_DEBUG=only-log,slow=20,log=$log RELEV_DEBUG_LIBRARY
    RELEV_DEBUG_LIBRARY=$build/relev-debug
    : >"$log"
    cd "$build" && TEST_TIMEOUT=600 "$top/t/harness/report" "$log.tap" \
        "$work/relev-debug" "t/ours/$1" >/dev/null 2>&1
    sum=$("$top/t/harness/report" --sum "$log.tap" | tail -n 1)
    wrong=$(kinds "$log" | comm -23 - <(sed -n "s,^$1: ,,p" \
        "$top/t/nets/debugged/reported" | sort -u))
    if [ -z "$wrong" ] && [[ $sum == *" 0 failed"* ]]; then
        echo "ok $1 ($sum)"
    else
        echo "not ok $1 ($sum)"
        sed "s,^,# $1: ," <<<"$wrong"
        grep -A 3 '^not ok' "$log.tap" | grep -v SKIP | head -n 9 |
            sed 's/^/# /'
    fi
}
export -f try

printf '%s\n' "${names[@]}" | xargs -P "$jobs" -n 1 bash -c 'try "$1"' try |
    awk '/^(not )?ok / { sub(/ok/, "ok " ++count " -"); bad += /^not/ }
        { print }
        END { print "1.." count; exit !count || bad }'
