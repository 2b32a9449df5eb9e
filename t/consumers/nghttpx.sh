#!/usr/bin/env bash
# nghttpx, a proxy in C++ that supervises a worker process by signals and child
# watchers, between h2load and nghttpd; then a reload (SIGHUP) and an orderly
# shutdown (SIGQUIT).
# Packages: nghttp2-proxy nghttp2-server nghttp2-client.

. "$(dirname "$0")/common.bash"

for program in nghttpx nghttpd h2load; do
    command -v "$program" >/dev/null || skip "$program is not installed"
done

# nghttpx does not let the kernel choose its port: try until one is free.
start_nghttpx()
{
    local log=$tmp/nghttpx.log _
    for _ in {1..10}; do
        front=$((20000 + RANDOM % 12000))
        spawn "$log" nghttpx --conf=/dev/null --workers=2 \
            --frontend="127.0.0.1,$front;no-tls" \
            --backend="127.0.0.1,$port;;proto=h2" --accesslog-file=/dev/null
        proxy=$pid
        if [ "$(listening_port "$proxy")" = "$front" ]; then return 0; fi
    done
    fail_with_log "$log" "nghttpx does not listen"
}

# The worker process, another one than $1; waits until it has libev.
worker_other_than()
{
    local worker _
    for _ in {1..250}; do
        for worker in $(tree "$proxy"); do
            [ "$worker" != "$proxy" ] && [ "$worker" != "$1" ] \
                && [ -n "$(libev_of "$worker")" ] && echo "$worker" && return
        done
        sleep 0.02
    done
}

echo "h2load -> nghttpx -> nghttpd"
start_nghttpd --no-tls 0
proof nghttpd "$server"
start_nghttpx
worker=$(worker_other_than "$proxy")
[ -n "$worker" ] || fail_with_log "$tmp/nghttpx.log" "nghttpx has no worker"
proof nghttpx "$proxy"
proof worker "$worker"
load "http://127.0.0.1:$front/index.html" 10000 50

echo "SIGHUP: a new worker takes over"
kill -HUP "$proxy"
renewed=$(worker_other_than "$worker")
[ -n "$renewed" ] || fail_with_log "$tmp/nghttpx.log" "no new worker"
gone "$worker" || fail "the old worker stays"
proof worker "$renewed"
load "http://127.0.0.1:$front/index.html" 2000 20

echo "SIGQUIT: an orderly shutdown"
kill -QUIT "$proxy"
gone "$proxy" || fail "nghttpx does not shut down"
wait "$proxy" || fail "nghttpx ended with status $?"
gone "$renewed" || fail "the worker survives nghttpx"
