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
    read -r -t 5 answer <&"$bob"
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
