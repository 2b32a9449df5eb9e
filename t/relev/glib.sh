#!/usr/bin/env bash
# 2.5: examples/glib.c, a main loop of GLib that drives a loop, for 5 seconds of
# timers, descriptors, signals, and asyncs of a thread: all come, and GLib does
# not wait more often than that.
# Packages: libglib2.0-dev pkg-config.

. "$(dirname "$0")/../consumers/common.bash"
need pkg-config
pkg-config --exists glib-2.0 || skip "no libglib2.0-dev"
[ -e "$libev_dir/libev.a" ] || skip "no libev.a"

# shellcheck disable=SC2046  # words
${CC:-cc} -std=c99 -O2 -pthread -Wall -Wextra -Werror -I"$libev_dir" \
    -I"$top" $(pkg-config --cflags glib-2.0) "$top/examples/glib.c" \
    "$libev_dir/libev.a" $(pkg-config --libs glib-2.0) -o "$tmp/glib" \
    2>"$tmp/log" || fail_with_log "$tmp/log" "glib.c does not build"
passed "glib.c is built without a warning"

# What is sent is sent again after it came, so one may be on its way.
timeout 100 "$tmp/glib" 5 >"$tmp/out" || fail_with_log "$tmp/out" "status $?"
sed 's/^/# /' "$tmp/out"
tr -c '0-9\n' ' ' <"$tmp/out" | xargs | {
    read -r timers received written signals raised asyncs sent glib waits
    for n in "$timers" "$received" "$signals" "$asyncs" "$glib"; do
        [ "$n" -gt 0 ] || fail "something never came"
    done
    [ "$received" -ge $((written - 1)) ] && [ "$signals" -ge $((raised - 1)) ] \
        && [ "$asyncs" -ge $((sent - 1)) ] || fail "something is lost"
    # A signal also interrupts the wait.
    events=$((timers + received + 2 * signals + asyncs + glib))
    [ "$waits" -le $((events + 20)) ] ||
        fail "$waits waits for $events events"
} || exit 1
passed "all that is sent comes"
passed "GLib waits no more often than something comes"
planned
