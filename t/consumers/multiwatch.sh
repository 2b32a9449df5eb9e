#!/usr/bin/env bash
# multiwatch, which keeps a number of processes running: what child watchers,
# signals and timers are for.
# Packages: multiwatch.

. "$(dirname "$0")/common.bash"

need multiwatch

mkdir "$tmp/came" "$tmp/ended"
cat >"$tmp/job" <<END
#!/usr/bin/env bash
trap 'touch "$tmp/ended/\$\$"; exit 0' USR1
touch "$tmp/came/\$\$"
while :; do sleep 0.1; done
END
chmod +x "$tmp/job"

# Whether so many have come, or ended in order.
came() { [ "$(ls "$tmp/came" | wc -l)" = "$1" ]; }
ended() { [ "$(ls "$tmp/ended" | wc -l)" = "$1" ]; }

spawn "$tmp/log" multiwatch --forks=5 --retry=100 --timeout=1 "$tmp/job"
watcher=$pid children=/proc/$pid/task/$pid/children
in_time came 5 || fail_with_log "$tmp/log" "five processes do not start"
proof multiwatch "$watcher"
passed "five processes start"

for n in {6..25}; do
    read -r oldest _ <"$children"
    kill -KILL "$oldest"
    in_time came "$n" || fail_with_log "$tmp/log" "no process takes over"
done
passed "twenty times one is killed and another takes over"

read -ra jobs <"$children"
kill -KILL "${jobs[@]}"
in_time came 30 || fail_with_log "$tmp/log" "not all of them take over"
passed "all are killed at once"

kill -TERM "$watcher"
gone "$watcher" || fail "multiwatch does not end"
wait "$watcher"
ended 5 || fail "not all have ended in order"
passed "told to end, it tells all of them, and waits"
planned
