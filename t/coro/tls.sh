#!/usr/bin/env bash
# relevpp/tls.hpp and other programs: a server with curl and openssl s_client,
# and examples/https_get.cpp with openssl s_server.
# Packages: g++ openssl libssl-dev curl.

. "$(dirname "$0")/../consumers/common.bash"
need openssl curl
echo '#include <openssl/ssl.h>' | ${CC:-cc} -E - >/dev/null 2>&1 ||
    skip "no openssl/ssl.h"

build() # NAME SOURCE
{
    ${CXX:-c++} -std=c++20 -O1 -Wall -Wextra -Werror -I"$top" -x c++ "$2" \
        -x none -o "$tmp/$1" "$libev_dir/libev.a" -lssl -lcrypto -lpthread \
        2>"$tmp/build.log" || fail_with_log "$tmp/build.log" "$1: not built"
}

# certificate NAME WHO OPTION...: by the authority.
certificate()
{
    local name=$1 who=$2
    shift 2
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj /CN=relev -keyout "$name.key" -out "$name.csr" 2>/dev/null &&
        openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key \
            -CAcreateserial -extfile <(echo "subjectAltName=$who") \
            "$@" -out "$name.pem" 2>/dev/null || fail "no certificate"
}

# from_log PATTERN: waits until it is in the server's log.
from_log() { in_time grep -q -e "$1" server.log; }

server() # ARGUMENT...
{
    spawn "$tmp/server.log" "$tmp/server" "$@"
    server=$pid
    from_log '^port ' || fail_with_log server.log "no server"
    port=$(sed -n 's/^port //p' server.log)
}

s_server() # ARGUMENT...
{
    spawn "$tmp/s_server.log" openssl s_server -accept 127.0.0.1:0 \
        -CAfile ca.pem "$@"
    server=$pid
    in_time grep -q '^ACCEPT' s_server.log ||
        fail_with_log s_server.log "no s_server"
    port=$(sed -n 's/^ACCEPT.*://p' s_server.log | head -n 1)
}

ended() { kill "$server" && gone "$server"; }

# get STATUS PATTERN HOST [CA]: what https_get says of the page.
get()
{
    "$tmp/https_get" "$3" /page "$port" ${4:+"$4"} >page.got 2>get.log
    local status=$?
    [ $status = "$1" ] && grep -q -e "$2" get.log || {
        echo "status $status, not $1, without: $2" >>get.log
        fail_with_log get.log "https_get $3"
    }
}

build server "$top/t/coro/tls_server.hh"
build https_get "$top/examples/https_get.cpp"
cd "$tmp" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj "/CN=authority" -keyout ca.key -out ca.pem 2>/dev/null
certificate good "DNS:localhost,IP:127.0.0.1"
certificate other "DNS:example.com"
certificate expired "DNS:localhost" -days -1

server good.pem good.key
for version in 1.2 1.3; do
    curl -sS --cacert ca.pem "--tlsv$version" --tls-max $version \
        "https://localhost:$port/" >curl.got 2>curl.log ||
        fail_with_log curl.log "curl, TLS $version"
    head -c 1000000 /dev/zero | tr '\0' x | cmp -s - curl.got ||
        fail "curl, TLS $version: another page"
    from_log "TLSv$version 'http/1.1'" || fail_with_log server.log "$version"
    passed "curl reads 1 MB by TLS $version, and has chosen http/1.1"
done
curl -sS "https://localhost:$port/" >/dev/null 2>&1 && fail "curl trusts all"
from_log 'unknown ca' || fail_with_log server.log "no alert of curl"
passed "a client that refuses the certificate is reported"
ended

server good.pem good.key echo
# said COUNT PATTERN: waits until s_client has said it so often.
said() { [ "$(grep -c "^$2" client.log)" = "$1" ]; }

# K and k update keys, of both sides and of one.
lines()
{
    echo one
    in_time said 1 one
    if [ "$1" = 3 ]; then
        echo K
        in_time said 1 KEYUPDATE
        echo k
        in_time said 2 KEYUPDATE
    fi
    echo two
    in_time said 1 two
    echo Q
}

for version in 2 3; do
    : >client.log
    lines $version | timeout 60 openssl s_client -connect "127.0.0.1:$port" \
        -CAfile ca.pem -tls1_$version -alpn h3 >client.log 2>&1
    said 1 two || fail_with_log client.log "no echo"
    passed "s_client has its lines back by TLS 1.$version"
done
ended

for i in {1..2000}; do echo "line $i of a page"; done >page
for version in 2 3; do
    s_server -cert good.pem -key good.key -tls1_$version -WWW
    for host in localhost 127.0.0.1; do
        get 0 'HTTP/1.0 200 ok' $host ca.pem
        cmp -s page page.got || fail "https_get: another page"
    done
    passed "https_get reads a page of s_server by TLS 1.$version"
    get 1 'self-signed certificate in certificate chain' localhost
    passed "https_get refuses a server that is not trusted"
    ended
done
s_server -cert other.pem -key other.key -WWW
get 1 'hostname mismatch' localhost ca.pem
get 1 'IP address mismatch' 127.0.0.1 ca.pem
passed "https_get refuses another server"
ended
s_server -cert expired.pem -key expired.key -WWW
get 1 'certificate has expired' localhost ca.pem
passed "https_get refuses a certificate that has expired"
ended
get 1 'Connection refused' 127.0.0.1 ca.pem
passed "https_get tells that there is no server"
planned
