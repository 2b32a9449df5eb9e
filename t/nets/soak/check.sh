#!/usr/bin/env bash
# Tests of scale, and of endurance: everything at once for some time.
#
# Usage: check.sh             a dose for every check, below 40 s
#        check.sh full        the full doses of scale
#        check.sh SECONDS     endurance only, for so long
# Environment: BUILD, the build directory, with libev.so; CC; SOAK_SEED.
#
# It keeps all processors busy by itself.

# shellcheck source=t/harness/net.bash
. "$(dirname "$0")/../../harness/net.bash" soak
export TMPDIR=$tmp
seconds=6 limit=300 programs="sockets timers reuse threads forks jumps"
case ${1-} in
'') ;;
full) export SOAK_DOSE=full limit=1200 ;;
*) seconds=$1 programs= ;;
esac

# Copies the program's TAP with new numbers; it must be complete.
play() # LIMIT PROGRAM [ARGUMENT]...
{
    local status line seen=0 plan=-1 allowed=$1 name=$2
    shift 2
    timeout "$allowed" "$out/$name" "$@" >"$out/$name.log" 2>&1
    status=$?
    while IFS= read -r line; do
        case $line in
        1..*) plan=${line#1..} ;;
        "ok "[0-9]*"# SKIP"* | "not ok "[0-9]*"# SKIP"*)
            seen=$((seen + 1)) count=$((count + 1))
            echo "ok $count # SKIP ${line#*# SKIP }"
            ;;
        "ok "[0-9]* | "not ok "[0-9]*)
            seen=$((seen + 1)) count=$((count + 1))
            echo "${line%%ok *}ok $count - ${line#* - }"
            [ "${line#not }" = "$line" ] || failed=$((failed + 1))
            ;;
        "# ok - "* | "# not ok - "* | '#' | '') ;;
        *) echo "# ${line#\# }" ;;
        esac
    done <"$out/$name.log"
    [ $status -le 1 ] && [ "$seen" = "$plan" ]
    result $? "test_scale_program_${name}_ends"
}

for program in $programs "soak soak.c mix.c talk.c"; do
    name=${program%% *}
    case $program in *" "*) ;; *) program="$name $name.c" ;; esac
    # shellcheck disable=SC2086
    compile soak $program >"$out/$name.log" 2>&1
    status=$?
    if [ $status != 0 ] || [ -s "$out/$name.log" ]; then
        sed 's/^/# /' "$out/$name.log"
        result 1 "test_scale_program_${name}_compiles"
    elif [ "$name" = soak ]; then
        # shellcheck disable=SC2086
        play $((${seconds%.*} + 120)) soak "$seconds" ${SOAK_SEED-}
    else
        play $limit "$name"
    fi
done
echo "1..$count"
exit $((failed > 0))
