#!/usr/bin/env bash
# nghttpd, an HTTP/2 server in C++, driven by h2load: one worker and several,
# in the clear and with TLS.
# Packages: nghttp2-server nghttp2-client openssl.

. "$(dirname "$0")/common.bash"

need nghttpd h2load openssl

start_nghttpd --no-tls 0
proof nghttpd "$server"
load "http://127.0.0.1:$port/index.html" 100000 100
passed "one worker, in the clear: 100000 requests"

start_nghttpd --no-tls --workers=2 0
head -c 1000000 /dev/urandom >"$tmp/docs/large"
proof nghttpd "$server"
load "http://127.0.0.1:$port/large" 200 10
passed "two workers, a file of 1 MB: 200 requests"

certificate "$tmp/self"
start_nghttpd 0 "$tmp/self.key" "$tmp/self.crt"
proof nghttpd "$server"
load "https://127.0.0.1:$port/index.html" 10000 50
passed "TLS with a self-signed certificate: 10000 requests"
planned
