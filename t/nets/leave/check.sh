#!/usr/bin/env bash
# Control leaves the library at every exit, in every way: see leave.h.
#
# Usage: check.sh        a sample for every check, about a minute
#        check.sh full   every exit and way of all programs, and of $SEEDS more
#        check.sh BACKEND [WAY]
#            of one program: $SEED, at the exit $K, or at each. WAY is a name
#            of leave.h, or an errno.
# Environment: BUILD, the build directory, with libev.so; LIBRARY, another
# library to test; REF, the reference; CC; LEAVE_TALLY, to print all failures,
# a line each.
#
# It keeps all processors busy by itself.

# shellcheck source=t/harness/net.bash
. "$(dirname "$0")/../../harness/net.bash" leave
REF=${REF:-$($CC -print-file-name=libev.so.4)}
programs="writers timers signals signalfd children hooks collected embedded"
programs+=" mistaken refused checked checked_by_pid polled renewed crowded"
programs+=" tasks rich richest virtual by_hand children_elsewhere"
programs+=" signals_shared signalfd_shared"
seeds=${SEEDS:-4} first=${FIRST:-100}
export LEAVE_DOSE=${LEAVE_DOSE-220}
[ "${1-}" != full ] || export LEAVE_DOSE=0

# Where only this library is, not another one that the loader finds first.
compile_with() # NAME LIBRARY
{
    mkdir -p "$out/$1.lib"
    ln -sfn "$(realpath "$2")" "$out/$1.lib/libev.so.4"
    library=$out/$1.lib/libev.so.4 compile leave "$1" \
        "$top"/t/nets/leave/*.c ../faults/inject.c ../faults/plan.c
}

# One program on one backend, in a directory of its own.
# shellcheck disable=SC2317
play() # DRIVER BACKEND PROGRAM
{
    mkdir -p "$tmp/$1.$2.$3" && cd "$tmp/$1.$2.$3" || exit 2
    timeout 3000 "$out/$1" "$2" "$3" >"$tmp/$1.$2.$3.log" 2>&1
    echo $? >"$tmp/$1.$2.$3.status"
}

report() # DRIVER BACKEND PROGRAM NAME
{
    local log=$tmp/$1.$2.$3.log status
    status=$(cat "$tmp/$1.$2.$3.status" 2>/dev/null || echo 1)
    grep -q ' cases, ' "$log" || status=1
    result "$status" "$4 [$2]"
    if [ "$status" = 0 ]; then grep ' cases, ' "$log"; else cat "$log"; fi
}

compile_with driver "$library" >"$out/log" 2>&1
compiled $? test_leave_program_compiles
case ${1-} in
'' | full) ;;
*)
    cd "$tmp" || exit 1
    LEAVE_DOSE=0 "$out/driver" "$1" "${SEED:-0}" "${2:-all}" ${K:+"$K"}
    exit
    ;;
esac

for ((seed = first; seed < first + seeds; ++seed)); do programs+=" $seed"; done
drivers=driver
[ ! -e "$REF" ] || ! compile_with reference "$REF" >"$out/log" 2>&1 ||
    drivers+=" reference"
export -f play
export out tmp
for driver in $drivers; do
    for program in $programs; do
        for backend in select poll epoll; do
            echo "$driver $backend $program"
        done
    done
done >"$tmp/plays"
# The reference shows that the oracle is right: a few cases do.
# shellcheck disable=SC2016
xargs -P "$(nproc)" -L 1 bash -c '
    [ "$0" = driver ] || LEAVE_DOSE=40
    play "$0" "$1" "$2"' <"$tmp/plays"
while read -r driver backend program; do
    name=test_leave_program_${program}_loses_nothing
    [ "$driver" = driver ] || name=${name/program/oracle_of}
    report "$driver" "$backend" "$program" "$name"
done <"$tmp/plays"
cases=$(cat "$tmp"/driver.*.log | awk '/ cases, / { n += $4 } END { print n }')
[ "${cases:-0}" -ge 5000 ]
result $? test_leave_number_is_large
echo "# $cases cases"
echo "1..$count"
exit $((failed > 0))
