#!/usr/bin/env bash
# A QUIC server and its client, of ngtcp2: UDP, with all the timers of a
# transport protocol. They lose packets on purpose, which only a timer mends.
# Packages: ngtcp2-server ngtcp2-client openssl.

. "$(dirname "$0")/common.bash"

need gtlsserver gtlsclient openssl

# download NAME ARGUMENT...: fetches both files, as $pid.
download()
{
    local to=$tmp/$1
    shift
    mkdir -p "$to"
    spawn "$to.log" gtlsclient --quiet --initial-rtt=10ms \
        --handshake-timeout=50s --exit-on-all-streams-close \
        --download="$to" "$@" 127.0.0.1 "$port" \
        "https://localhost:$port/large" "https://localhost:$port/small"
}

# has_arrived NAME PID
has_arrived()
{
    outcome "$2" || fail_with_log "$tmp/$1.log" "client $1: exit status $?"
    cmp "$tmp/docs/large" "$tmp/$1/large" && cmp "$tmp/docs/small" \
        "$tmp/$1/small" || fail_with_log "$tmp/$1.log" "client $1: not the same"
}

mkdir "$tmp/docs"
head -c 2000000 /dev/urandom >"$tmp/docs/large"
echo "Hello from gtlsserver." >"$tmp/docs/small"
certificate "$tmp/self"
spawn "$tmp/server.log" gtlsserver --quiet --htdocs="$tmp/docs" \
    --initial-rtt=10ms --handshake-timeout=50s 127.0.0.1 0 \
    "$tmp/self.key" "$tmp/self.crt"
server=$pid
port=$(listening_port "$server" udp) \
    || fail_with_log "$tmp/server.log" "gtlsserver does not listen"
proof server "$server"

download first
has_arrived first "$pid"
passed "a download of 2 MB"

clients=()
for n in {1..8}; do
    download "client$n"
    clients[n]=$pid
done
for n in {1..8}; do has_arrived "client$n" "${clients[n]}"; done
passed "eight clients at once"

download lossy --tx-loss=0.05 --rx-loss=0.05
proof client "$pid"
has_arrived lossy "$pid"
passed "a download with one packet in twenty lost, both ways"
alive "$server" || fail_with_log "$tmp/server.log" "the server has ended"
planned
