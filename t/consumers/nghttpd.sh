#!/usr/bin/env bash
# nghttpd, an HTTP/2 server in C++, driven by h2load: one worker and several,
# in the clear and with TLS.
# Packages: nghttp2-server nghttp2-client openssl.

. "$(dirname "$0")/common.bash"

for program in nghttpd h2load openssl; do
    command -v "$program" >/dev/null || skip "$program is not installed"
done

echo "one worker, in the clear"
start_nghttpd --no-tls 0
proof nghttpd "$server"
load "http://127.0.0.1:$port/index.html" 20000 50

echo "two workers, a file of 1 MB"
start_nghttpd --no-tls --workers=2 0
head -c 1000000 /dev/urandom >"$tmp/docs/large"
proof nghttpd "$server"
load "http://127.0.0.1:$port/large" 200 10

echo "TLS with a self-signed certificate"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -subj /CN=localhost -days 1 -keyout "$tmp/key" -out "$tmp/cert" \
    2>"$tmp/openssl.log" || fail_with_log "$tmp/openssl.log" "openssl failed"
start_nghttpd 0 "$tmp/key" "$tmp/cert"
proof nghttpd "$server"
load "https://127.0.0.1:$port/index.html" 10000 50
