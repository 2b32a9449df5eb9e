#!/usr/bin/env bash
# nghttpx, a proxy in C++ that supervises a worker process by signals and child
# watchers, between h2load and nghttpd; then a reload (SIGHUP) and an orderly
# shutdown (SIGQUIT).
# Packages: nghttp2-proxy nghttp2-server nghttp2-client.

. "$(dirname "$0")/common.bash"

need nghttpx nghttpd h2load

# nghttpx does not let the kernel choose its port: try until one is free.
start_nghttpx()
{
    local log=$tmp/nghttpx.log _
    for _ in {1..10}; do
        front=$(some_port)
        spawn "$log" nghttpx --conf=/dev/null --workers=2 \
            --frontend="127.0.0.1,$front;no-tls" \
            --backend="127.0.0.1,$port;;proto=h2" --accesslog-file=/dev/null
        proxy=$pid
        if [ "$(listening_port "$proxy")" = "$front" ]; then return 0; fi
    done
    fail_with_log "$log" "nghttpx does not listen"
}

# child_of PID OTHER...: a process below PID, none of the others, that has
# libev; waits until there is one.
child_of()
{
    local parent=$1 child _
    for _ in {1..3000}; do
        for child in $(tree "$parent"); do
            [[ " $* " != *" $child "* ]] && [ -n "$(libev_of "$child")" ] \
                && echo "$child" && return
        done
        sleep 0.02
    done
    return 1
}

start_nghttpd --no-tls 0
proof nghttpd "$server"
start_nghttpx
worker=$(child_of "$proxy") \
    || fail_with_log "$tmp/nghttpx.log" "nghttpx has no worker"
proof nghttpx "$proxy"
proof worker "$worker"
load "http://127.0.0.1:$front/index.html" 100000 100
passed "h2load -> nghttpx -> nghttpd: 100000 requests"

kill -HUP "$proxy"
renewed=$(child_of "$proxy" "$worker") \
    || fail_with_log "$tmp/nghttpx.log" "no new worker"
gone "$worker" || fail "the old worker stays"
proof worker "$renewed"
load "http://127.0.0.1:$front/index.html" 2000 20
passed "SIGHUP: a new worker takes over"

kill -QUIT "$proxy"
gone "$proxy" || fail "nghttpx does not shut down"
wait "$proxy" || fail "nghttpx ended with status $?"
gone "$renewed" || fail "the worker survives nghttpx"
passed "SIGQUIT: an orderly shutdown"
planned
