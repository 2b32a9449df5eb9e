#!/usr/bin/env bash
# hitch, a TLS proxy in C that forks its workers and watches over them, in
# front of nghttpd; then a reload (SIGHUP) and the end (SIGTERM).
# Packages: hitch nghttp2-server nghttp2-client openssl.

. "$(dirname "$0")/common.bash"

need hitch nghttpd h2load openssl

user=()
[ "$(id -u)" != 0 ] || user=(--user=nobody)

# Fills $workers: the two processes that listen.
workers_listen()
{
    local process
    workers=()
    for process in $(tree "$proxy"); do
        [ "$(open_port "$process")" != "$front" ] || workers+=("$process")
    done
    [ "${#workers[@]}" = 2 ] || dead "$proxy"
}

# Every worker opens the port by itself, so the kernel cannot choose one: try
# until one is free.
start_hitch()
{
    local _
    for _ in {1..10}; do
        front=$(some_port)
        spawn "$tmp/hitch.log" hitch --frontend="[127.0.0.1]:$front" \
            --backend="[127.0.0.1]:$port" --workers=2 --alpn-protos=h2 \
            "${user[@]}" "$tmp/pem"
        proxy=$pid
        if in_time workers_listen && alive "$proxy"; then return 0; fi
    done
    fail_with_log "$tmp/hitch.log" "hitch does not listen"
}

prove_workers()
{
    local worker
    for worker in "${workers[@]}"; do
        proof worker "$worker"
    done
}

certificate "$tmp/self"
cat "$tmp/self.key" "$tmp/self.crt" >"$tmp/pem"
start_nghttpd --no-tls 0
start_hitch
proof hitch "$proxy"
prove_workers
load "https://127.0.0.1:$front/index.html" 20000 50
passed "h2load -> TLS -> hitch -> nghttpd: 20000 requests"

old=("${workers[@]}")
kill -HUP "$proxy"
for worker in "${old[@]}"; do
    gone "$worker" || fail "an old worker stays"
done
in_time workers_listen && alive "$proxy" \
    || fail_with_log "$tmp/hitch.log" "no new workers"
prove_workers
load "https://127.0.0.1:$front/index.html" 2000 20
passed "SIGHUP: new workers take over"

kill -KILL "${workers[0]}"
gone "${workers[0]}"
in_time workers_listen && alive "$proxy" \
    || fail_with_log "$tmp/hitch.log" "a killed worker is not replaced"
load "https://127.0.0.1:$front/index.html" 2000 20
passed "a killed worker is replaced"

kill -TERM "$proxy"
gone "$proxy" || fail "hitch ignores SIGTERM"
for worker in "${workers[@]}"; do
    gone "$worker" || fail "a worker survives hitch"
done
passed "SIGTERM: all of it ends"
planned
