#!/usr/bin/env bash
# i3, a window manager, and its bar, on a virtual display: messages, events, a
# window, a slow reader, a restart in place, an exit.
# Packages: i3-wm xvfb (and x11-xkb-utils, for a window, which xvfb needs).

. "$(dirname "$0")/common.bash"

need i3 i3bar i3-msg Xvfb xkbwatch

# The server tells which display was free.
: >"$tmp/display"
Xvfb -displayfd 3 -screen 0 640x480x24 -nolisten tcp -noreset \
    3>"$tmp/display" >"$tmp/xvfb.log" 2>&1 &
in_time grep -q . "$tmp/display" \
    || fail_with_log "$tmp/xvfb.log" "Xvfb does not start"
export DISPLAY=:$(cat "$tmp/display") I3SOCK=$tmp/socket
export HOME=$tmp XDG_RUNTIME_DIR=$tmp XDG_CONFIG_HOME=$tmp
unset XAUTHORITY WAYLAND_DISPLAY

# The bar's lines come from a program that writes more than a pipe holds.
cat >"$tmp/status" <<'END'
#!/usr/bin/env bash
for n in {1..3000}; do printf 'line %100d\n' "$n"; done
echo $PPID >"$HOME/bar"
exec sleep 1000
END
chmod +x "$tmp/status"
cat >"$tmp/config" <<END
# i3 config file (v4)
font fixed
ipc-socket $I3SOCK
bar {
    font fixed
    status_command exec $tmp/status
}
END

# ask TEXT ARGUMENT...: sends i3 a message; the answer has the text in it.
ask()
{
    local text=$1 answer
    shift
    answer=$(timeout 120 i3-msg "$@" 2>&1) && [[ $answer == *"$text"* ]] \
        || fail_with_log "$tmp/i3.log" "i3-msg $*: $answer"
}

# The bar proves its library once it has read those lines; sets $bar.
bar_reads()
{
    in_time test -s "$tmp/bar" || fail_with_log "$tmp/i3.log" "no bar"
    bar=$(cat "$tmp/bar")
    proof i3bar "$bar"
    rm "$tmp/bar"
}

# Waits for an event with a text in it.
event()
{
    in_time grep -qF -- "$1" "$tmp/events" \
        || fail_with_log "$tmp/i3.log" "no event $1"
}

subscribe()
{
    spawn "$tmp/events" i3-msg -t subscribe -m \
        '["workspace", "window", "tick", "shutdown"]'
    subscriber=$pid
    event '"first":true' # the first tick, for one who subscribes
}

# Whether i3 manages the window.
has_window()
{
    i3-msg -t get_tree | grep -q '"class":"XkbWatch"'
}

spawn "$tmp/i3.log" i3 -c "$tmp/config"
i3=$pid
in_time test -S "$I3SOCK" || fail_with_log "$tmp/i3.log" "i3 does not start"
ask '"major":4' -t get_version
proof i3 "$i3"
passed "i3 starts and answers"

bar_reads
passed "the bar reads what its program writes"

subscribe
ask true workspace three
event '"change":"focus","current":'
event '"name":"three"'
ask true -t send_tick "a word of our own"
event '"payload":"a word of our own"'
for _ in {1..100}; do ask '[{"success":true}]' nop; done
passed "workspaces, events and a hundred commands"

ask true exec xkbwatch
event '"change":"new"'
in_time has_window || fail "the window is not in the tree"
ask true '[class="XkbWatch"] move to workspace elsewhere; workspace elsewhere'
event '"change":"move"'
passed "a window"

# i3 waits until the reader takes more; the payloads are many buffers' worth.
kill -STOP "$subscriber"
payload=$(printf 'x%.0s' {1..50000})
for n in {1..40}; do ask true -t send_tick "$n $payload"; done
kill -CONT "$subscriber"
event "\"payload\":\"40 x"
[ "$(grep -o '"payload":"[0-9]* x' "$tmp/events" | tr -cd '0-9\n')" \
    = "$(seq 40)" ] || fail "events get lost or out of order"
passed "a slow reader gets every event, in order"

ask true reload
event '"change":"reload"'
ask true restart
event '"change":"restart"'
gone "$subscriber"
ask '"major":4' -t get_version
has_window || fail "the window is lost"
proof i3 "$i3"
bar_reads
passed "reload, and restart in place"

subscribe
ask true '[class="XkbWatch"] kill'
event '"change":"close"'
i3-msg exit >/dev/null
event '"change":"exit"'
gone "$i3" || fail "i3 does not end"
wait "$i3" || fail "i3 ended with status $?"
gone "$bar" || fail "the bar does not end"
passed "the window is closed, and i3 exits"
planned
