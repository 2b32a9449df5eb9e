#!/usr/bin/env bash
# Interleavings: a thread is stopped at every instruction of each function that
# may be called from outside of the loop's thread, while another thread does
# something. See steps.h.
#
# Usage: check.sh        a dose for every check, below a minute
#        check.sh full   every round of every loop, every backend
#        check.sh BACKEND [FUNCTION [ACTION [awake|asleep [N]]]]
#            a part, or one stop and where it is: to examine a failure
# Environment: BUILD, the build directory, with libev.so; CC.

# shellcheck source=t/harness/net.bash
. "$(dirname "$0")/../../harness/net.bash" steps
backends="poll epoll" rounds=2
[ "${1-}" != full ] || backends="select poll epoll" rounds=1000000

# Copies the program's TAP with new numbers; it must be complete.
report() # BACKEND STATUS
{
    local line seen=0 plan=-1
    while IFS= read -r line; do
        case $line in
        1..*) plan=${line#1..} ;;
        "ok "[0-9]* | "not ok "[0-9]*)
            seen=$((seen + 1)) count=$((count + 1))
            echo "${line%%ok *}ok $count - ${line#* - }"
            [ "${line#not }" = "$line" ] || failed=$((failed + 1))
            ;;
        *) echo "$line" ;;
        esac
    done <"$out/$1.log"
    [ "$2" -le 1 ] && [ "$seen" = "$plan" ]
    result $? "test_steps_program_ends [$1]"
}

compile steps driver "$top"/t/nets/steps/*.c >"$out/log" 2>&1
compiled $? test_steps_program_compiles
case ${1-} in
'' | full) ;;
*)
    "$out/driver" "$@"
    exit
    ;;
esac

declare -A job status
for backend in $backends; do
    STEPS_ROUNDS=$rounds timeout 800 "$out/driver" "$backend" \
        >"$out/$backend.log" 2>&1 &
    job[$backend]=$!
done
for backend in $backends; do
    wait "${job[$backend]}"
    status[$backend]=$?
done
if [ "${status[epoll]}" = 77 ]; then
    cat "$out/epoll.log"
    exit 77
fi
for backend in $backends; do report "$backend" "${status[$backend]}"; done
stops=$(for backend in $backends; do cat "$out/$backend.log"; done |
    awk '/^# stops:/ { n += $NF } END { print n + 0 }')
[ "$stops" -ge 10000 ]
result $? test_steps_number_is_large
echo "1..$count"
exit $((failed > 0))
