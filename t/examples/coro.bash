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
    on_libev "$tmp/coro_crawl" "$port" /a.html 2 | sort >"$tmp/crawl.log"
    kill "$pid"
    printf '%s\n' '/a.html: 200' '/b.html: 200' '/c.html: 200' \
        '/none.html: 404' '4 pages' | diff - "$tmp/crawl.log" ||
        fail "coro_crawl: other pages"
    echo "coro_crawl: it fetches what is linked, and ends"
}

# The echo server in the README says nothing.
check_readme_server()
{
    spawn "$tmp/readme20.log" "$tmp/readme20"
    server=$pid
    port=$(listening_port "$server") || fail "readme20 does not listen"
    connect
    says "$client" "a line"
    finish readme20
    hang_up "$client"
    echo "readme20: it echoes, and ends in order while a client is there"
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
    answers "$client" "GET / $host\r\n" "200 OK"
    for i in {1..50}; do many+="GET / $host\r\n"; done
    # In one piece: bash writes each line by itself.
    # shellcheck disable=SC2059
    printf "$many" >"$tmp/many"
    cat "$tmp/many" >&"$client"
    finish hello_http
    for i in {1..50}; do
        n=$(status "$client") && [ "$n" = "200 OK" ] ||
            fail "hello_http: answer $i after SIGTERM: $n"
    done
    hang_up "$client"
    echo "hello_http: what arrived before SIGTERM is answered"
}
