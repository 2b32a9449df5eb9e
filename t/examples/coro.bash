# The checks of the examples with coroutines, for examples.sh.

check_chat()
{
    local ann bob answer
    start coro_chat 0
    connect
    ann=$client
    connect
    bob=$client
    # Until Bob is heard he may not be there yet.
    until read -r -t 0.1 answer <&"$ann"; do echo "from bob" >&"$bob"; done
    [ "$answer" = "from bob" ] || fail "coro_chat: received '$answer'"
    echo "from ann" >&"$ann"
    read -r -t 60 answer <&"$bob"
    [ "$answer" = "from ann" ] || fail "coro_chat: received '$answer'"
    hang_up "$ann"
    echo "coro_chat: what one says the other one reads"
    finish coro_chat
    hang_up "$bob"
}

check_crawl()
{
    local site=$tmp/site
    command -v python3 >/dev/null || return 0
    mkdir "$site"
    echo '<a href="/b.html">b</a> <a href="/c.html">c</a>' >"$site/a.html"
    echo '<a href="/a.html">a</a> <a href="/none.html">n</a>' >"$site/b.html"
    echo 'the end' >"$site/c.html"
    spawn "$tmp/site.log" python3 -m http.server 0 --bind 127.0.0.1 \
        --directory "$site"
    port=$(listening_port "$pid") || fail "no server for coro_crawl"
    on_libev "$tmp/coro_crawl" localhost "$port" /a.html 2 |
        sort >"$tmp/crawl.log"
    kill "$pid"
    printf '%s\n' '/a.html: 200' '/b.html: 200' '/c.html: 200' \
        '/none.html: 404' '4 of 4 pages' | diff - "$tmp/crawl.log" ||
        fail "coro_crawl: other pages"
    echo "coro_crawl: it fetches what is linked, and ends"
}

# status FD: the status of the next answer, whose head and body are read.
status()
{
    local line length=0 answer
    read -r -t 60 _ answer <&"$1" || fail "hello_http: no answer"
    while read -r -t 60 line <&"$1" && line=${line%$'\r'} && [ "$line" ]; do
        [[ $line != Content-Length:* ]] || length=${line#*: }
    done
    [ "$length" = 0 ] || read -r -t 60 -N "$length" line <&"$1"
    echo "${answer%$'\r'}"
}

# answers FD REQUEST STATUS
answers()
{
    local answer
    # shellcheck disable=SC2059
    printf "$2" >&"$1"
    answer=$(status "$1")
    [ "$answer" = "$3" ] || fail "hello_http: $2: $answer"
}

check_http()
{
    local host='HTTP/1.1\r\nHost: here\r\n' i n many=
    start hello_http 0 2
    connect
    answers "$client" "GET / $host\r\n" "200 OK"
    answers "$client" "GET /none $host\r\n" "404 Not Found"
    answers "$client" "PUT / ${host}Content-Length: 2\r\n\r\nab" \
        "405 Method Not Allowed"
    answers "$client" "GET  $host\r\n" "400 Bad Request"
    read -r -t 60 <&"$client"
    [ $? = 1 ] || fail "hello_http: goes on after a bad request"
    hang_up "$client"
    finish hello_http

    start hello_http 0 2 0.3
    connect
    answers "$client" "GET / HTTP" "408 Request Timeout"
    hang_up "$client"
    connect
    read -r -t 60 <&"$client"
    [ $? = 1 ] || fail "hello_http: waits for a silent client"
    hang_up "$client"
    echo "hello_http: its answers are 200, 404, 405, 400 and 408"
    finish hello_http

    start hello_http 0 2
    connect
    # shellcheck disable=SC2059
    printf "PUT / ${host}Content-Length: 2\r\nExpect: 100-continue\r\n\r\n" \
        >&"$client"
    [ "$(status "$client")" = "100 Continue" ] ||
        fail "hello_http: no 100 Continue"
    answers "$client" "ab\r\nGET http://here/ $host\r\n" \
        "405 Method Not Allowed"
    [ "$(status "$client")" = "200 OK" ] || fail "hello_http: absolute-form"
    hang_up "$client"
    (on_libev "$tmp/hello_http" "$port") >"$tmp/second.log" 2>&1 &&
        fail "hello_http: a second instance starts"
    grep -q "Address already in use" "$tmp/second.log" ||
        fail_with_log "$tmp/second.log" "hello_http: a second instance"
    echo "hello_http: it knows 100 Continue, and fails if the port is in use"
    finish hello_http
    check_http_ends
}

# At SIGTERM requests wait on a connection that is served, and on others that
# nobody has accepted.
check_http_ends()
{
    local i n many='' request='GET / HTTP/1.1\r\nHost: here\r\n\r\n' queue=()
    start hello_http 0 2
    connect
    answers "$client" "$request" "200 OK"
    queue+=("$client")
    kill -STOP "$server"
    for i in {1..50}; do many+=$request; done
    # In one piece: bash writes each line by itself.
    # shellcheck disable=SC2059
    printf "$many" >"$tmp/many"
    cat "$tmp/many" >&"$client"
    for i in {1..20}; do
        connect
        # shellcheck disable=SC2059
        printf "$request" >"$tmp/many"
        cat "$tmp/many" >&"$client"
        queue+=("$client")
    done
    kill -TERM "$server"
    kill -CONT "$server"
    gone "$server" || fail "hello_http ignores SIGTERM"
    for i in {0..20}; do
        cat <&"${queue[i]}" >"$tmp/answers" || fail "hello_http: reset"
        n=$(grep -c "200 OK" "$tmp/answers")
        [ "$n" = $((i ? 1 : 50)) ] ||
            fail "hello_http: $n answers on connection $i after SIGTERM"
        n=$(grep -c "^Connection: close" "$tmp/answers")
        [ "$n" = 1 ] || fail "hello_http: $n answers say that they are the last"
    done
    hang_up "${queue[@]}"
    echo "hello_http: what arrived before SIGTERM is answered"
}

# The seventh program of relev_coroutines(7), with another port and limit, ends
# though a client sends requests and reads no answer.
check_tutorial_server()
{
    local source=$tmp/tutorial.cpp before='' now same=0
    sed -n '/@example http.cc/,/^\.Ed/p' "$top/man/relev_coroutines.7" |
        sed -e '/^\./d' -e 's/\\e/\\/g' -e 's/\\&//g' -e 's/htons(8080)/0/' \
            -e 's/try_for(5s/try_for(1s/' >"$source"
    build tutorial "$source" "$cxx" -std=c++20
    spawn "$tmp/tutorial.log" "$tmp/tutorial"
    server=$pid
    port=$(listening_port "$server") || fail "tutorial does not listen"
    connect
    yes $'GET / HTTP/1.1\r\nHost: here\r\n\r' >&"$client" 2>"$tmp/yes.log" &
    pid=$!
    # Until the server waits for the client: nothing is sent any more.
    while [ "$same" -lt 10 ] && alive "$pid"; do
        now=$(grep wchar "/proc/$pid/io" 2>/dev/null)
        [ "$now" = "$before" ] && same=$((same + 1)) || same=0
        before=$now
        sleep 0.02
    done
    finish tutorial
    kill "$pid" 2>/dev/null
    wait "$pid"
    hang_up "$client"
    echo "tutorial: its server ends though a client does not read"
}

# The program openssl, and its headers.
has_openssl()
{
    command -v openssl >/dev/null &&
        echo '#include <openssl/ssl.h>' | "$cc" -E - >/dev/null 2>&1
}

check_https()
{
    local pem=$tmp/pem
    has_openssl || { echo "https_get: skipped: no OpenSSL"; return; }
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj /CN=relev -addext subjectAltName=DNS:localhost \
        -keyout "$pem.key" -out "$pem" 2>/dev/null || fail "no certificate"
    spawn "$tmp/https.log" openssl s_server -accept 127.0.0.1:0 -www \
        -cert "$pem" -key "$pem.key"
    port=$(listening_port "$pid") || fail_with_log "$tmp/https.log" "no server"
    (on_libev "$tmp/https_get" localhost / "$port" "$pem") >"$tmp/page" &&
        grep -q Ciphers "$tmp/page" || fail "https_get: no page"
    (on_libev "$tmp/https_get" localhost / "$port") 2>"$tmp/https.log" &&
        fail "https_get: trusts everybody"
    grep -q self-signed "$tmp/https.log" || fail "https_get: no reason"
    kill "$pid"
    echo "https_get: it fetches a page, from a server that it trusts"
}
