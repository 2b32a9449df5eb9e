#!/usr/bin/env bash
# Replays the seeds of each fuzz target, then fuzzes for a while, all targets
# at once. One line of TAP for each half.
#
# Usage: t/nets/fuzz/run.sh BUILT TARGET...   Environment: SECONDS, the time for
# each target; or RUNS, the number of inputs, which are the same each time.

set -u
dose=(-max_total_time="${SECONDS:-10}")
[ "${RUNS:-}" ] && dose=(-seed=1 -runs="$RUNS")
unset SECONDS  # bash counts in it
seeds=$(cd "$(dirname "$0")/seeds" && pwd -P)
built=$1
shift
count=0 failed=0

# Seeds, finds and files of the target's own, each in a place of its own.
play()
{
    local target=$1 kind=$2
    shift 2
    mkdir -p "$built/$target-found" "$built/$target-work"
    cd "$built/$target-work" || return
    "$built/$target" "-artifact_prefix=$built/$target-" -timeout=120 \
        -print_final_stats=1 "$@" >"$built/$target.$kind" 2>&1
}

replay() { play "$1" replay -runs=0 "$seeds/$1"; }

search()
{
    play "$1" search "${dose[@]}" -max_len=600 -len_control=0 \
        "$built/$1-found" "$seeds/$1"
}

report()
{
    local status=$1 target=$2 kind=$3 runs
    count=$((count + 1))
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
        "$built/$target.$kind")
    if [ "$status" = 0 ] && [ "${runs:-0}" -gt 1 ]; then
        echo "ok $count - $target: $kind, $runs inputs"
    else
        echo "not ok $count - $target: $kind"
        grep -vE '^(INFO|#[0-9])' "$built/$target.$kind" | head -n 60 |
            sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

for kind in replay search; do
    pids=()
    for target; do
        $kind "$target" &
        pids+=($!)
    done
    for target; do
        wait "${pids[0]}"
        report $? "$target" $kind
        pids=("${pids[@]:1}")
    done
done
echo "1..$count"
exit $((failed > 0))
