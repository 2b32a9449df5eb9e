#!/usr/bin/env bash
# Builds the examples, and the programs in the README, as a user would, with all
# warnings, and lets real clients use them.
# Packages: gcc g++. The clients are bash itself.

. "$(dirname "$0")/../consumers/common.bash"

. "$(dirname "$0")/coro.bash"

cc=${CC:-cc} cxx=${CXX:-c++}
strict=(-Wall -Wextra -Werror -O2 -pthread)
if [ -n "$libev_dir" ]; then
    where=(-I"$top" -L"$libev_dir")
else
    # The system has no relev.hpp, which needs only its ev.h.
    mkdir "$tmp/include"
    ln -s "$top/relev.hpp" "$top/relevpp" "$tmp/include"
    where=(-I"$tmp/include")
fi

# build NAME SOURCE COMPILER...
build()
{
    local name=$1 source=$2
    shift 2
    "$@" "${strict[@]}" "${where[@]}" "$source" -x none -o "$tmp/$name" -lev \
        2>"$tmp/build.log" \
        || fail_with_log "$tmp/build.log" "$source does not build"
    echo "$name: built without a warning"
}

# start NAME ARGUMENT...: a server; sets $server and $port.
start()
{
    local name=$1
    shift
    spawn "$tmp/$name.log" "$tmp/$name" "$@"
    server=$pid
    port=$(listening_port "$server") \
        || fail_with_log "$tmp/$name.log" "$name does not listen"
    grep -q "127.0.0.1:$port\$" "$tmp/$name.log" \
        || fail_with_log "$tmp/$name.log" "$name does not tell its port"
}

# finish NAME: the server still lives, and ends in order when it is told to.
finish()
{
    proof "$1" "$server" >"$tmp/proof" || exit 1
    kill -TERM "$server" && gone "$server" || fail "$1 ignores SIGTERM"
    wait "$server" || fail_with_log "$tmp/$1.log" "$1 ends with status $?"
}

connect() { exec {client}<>"/dev/tcp/127.0.0.1/$port"; }

hang_up()
{
    local fd
    for fd; do
        exec {fd}>&-
    done
}

# says FD TEXT: sends a line and expects it back.
says()
{
    local answer
    echo "$2" >&"$1"
    read -r -t 60 answer <&"$1" && [ "$answer" = "$2" ] \
        || fail "sent '$2', received '${answer-}'"
}

check_echo()
{
    local i clients=() quiet busy
    start "$1" 0

    for i in {1..50}; do
        connect
        clients+=("$client")
    done
    for i in "${!clients[@]}"; do
        says "${clients[i]}" "line of client $i"
    done
    hang_up "${clients[@]}"
    echo "$1: 50 clients are served at once"

    head -c 4000000 /dev/urandom >"$tmp/sent"
    connect
    cat "$tmp/sent" >&"$client" &
    head -c 4000000 <&"$client" | cmp - "$tmp/sent" || fail "$1: wrong echo"
    wait $!
    hang_up "$client"
    echo "$1: 4 MB come back unchanged"

    connect
    head -c 100000 /dev/zero >&"$client"
    hang_up "$client"
    connect
    says "$client" "still there"
    hang_up "$client"
    echo "$1: a client that leaves without its echo does no harm"
    finish "$1"

    # The busy one may be slow, but not so slow.
    start "$1" 0 2
    connect
    quiet=$client
    connect
    busy=$client
    for i in {1..1500}; do
        says "$busy" "line $i"
        read -r -t 0.04 <&"$quiet"
        [ $? != 1 ] || break
    done
    [ "$i" -lt 1500 ] || fail "$1: a silent client is not dropped"
    says "$busy" "the last line"
    hang_up "$quiet" "$busy"
    echo "$1: a silent client is dropped, a busy one is not"
    finish "$1"
}

check_threads()
{
    local i greeting clients=() served=(0 0 0 0)
    start threads 0 4
    for i in {1..40}; do
        connect
        clients+=("$client")
        read -r -t 60 greeting <&"$client" || fail "threads: no greeting"
        served[${greeting#worker }]=$((served[${greeting#worker }] + 1))
    done
    [ "${served[*]}" = "10 10 10 10" ] \
        || fail "threads: clients per thread: ${served[*]}"
    for i in "${!clients[@]}"; do
        says "${clients[i]}" "line of client $i"
    done
    hang_up "${clients[@]}"
    echo "threads: 40 clients are shared evenly by 4 threads"
    connect
    finish threads
    hang_up "$client"
}

check_timeouts() # NAME OUTPUT
{
    (on_libev "$tmp/$1") >"$tmp/timeouts.log" 2>&1 &&
        [ "$(cat "$tmp/timeouts.log")" = "$2" ] ||
        fail_with_log "$tmp/timeouts.log" "$1 fails"
    echo "$1: $2"
}

check_cron()
{
    local now wanted
    "$tmp/cron" 2>"$tmp/cron.log" && fail "cron: no arguments are accepted"
    "$tmp/cron" 24:00:00 true 2>"$tmp/cron.log" && fail "cron: 24 o'clock"
    grep -q usage "$tmp/cron.log" || fail "cron: no usage message"

    spawn "$tmp/cron.log" "$tmp/cron" -n 1 '*:*:*' sh -c 'echo tick; exit 3'
    wait "$pid" || fail_with_log "$tmp/cron.log" "cron ends with status $?"
    grep -q '^tick$' "$tmp/cron.log" && grep -q 'status 3$' "$tmp/cron.log" \
        || fail_with_log "$tmp/cron.log" "cron: no tick, or no status"

    now=$(date +%s)
    wanted=$(date -d "03:30" +%s)
    [ "$wanted" -gt "$now" ] || wanted=$(date -d "tomorrow 03:30" +%s)
    spawn "$tmp/cron.log" "$tmp/cron" 03:30:00 true
    until grep -q next "$tmp/cron.log"; do sleep 0.01; done
    kill -TERM "$pid"
    wait "$pid" || fail "cron: SIGTERM gives status $?"
    grep -q "next at $(date -d "@$wanted" '+%F %T')" "$tmp/cron.log" \
        || fail_with_log "$tmp/cron.log" "cron: wrong next time"
    echo "cron: runs its command on the second, and knows the next time"
}

# seen PATTERN COUNT: waits until a supervisor has said it so many times.
seen()
{
    local _
    for _ in {1..3000}; do
        [ "$(grep -c "$1" "$log")" -ge "$2" ] && return
        sleep 0.02
    done
    fail_with_log "$log" "not seen $2 times: $1"
}

check_supervisor()
{
    local log=$tmp/$1.log steady stubborn
    spawn "$log" "$tmp/$1" -t 0.5 'exit 3' 'exec sleep 1000' \
        'trap "" TERM; while :; do sleep 0.05; done'
    supervisor=$pid
    seen '\[exit 3] ended with status 3' 3
    steady=$(sed -n 's/.*\[exec sleep 1000] runs as process //p' "$log")
    stubborn=$(sed -n 's/.*\[trap.* runs as process //p' "$log")
    alive "$steady" && alive "$stubborn" || fail "$1: no services"

    kill -HUP "$supervisor"
    seen '\[exec sleep 1000] was ended by signal 15' 1
    seen '\[exec sleep 1000] runs as process' 2
    seen '\[trap.* was ended by signal 9' 1
    seen '\[trap.* runs as process' 2
    alive "$steady" && fail "$1: SIGHUP leaves a process behind"

    kill -TERM "$supervisor"
    wait "$supervisor" || fail_with_log "$log" "$1: status $?"
    for pid in $(sed -n 's/.* runs as process //p' "$log"); do
        alive "$pid" && fail "$1: leaves process $pid behind"
    done
    echo "$1: starts again what ends, ends all of it in the end"
}

# extract LANGUAGE: the program of the README in that language.
extract()
{
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$top/README.md" | sed '/^```/d' \
        >"$tmp/readme.$1"
    [ -s "$tmp/readme.$1" ] || fail "no program in $1 in the README"
}

# The programs in the README copy their input, and give up when there is none
# for a while.
check_readme()
{
    local answer
    : >"$tmp/readme.log"
    exec {input}> >(on_libev "$tmp/$1" >"$tmp/readme.log")
    echo "hello" >&"$input"
    for _ in {1..3000}; do
        answer=$(cat "$tmp/readme.log")
        [ "$answer" = hello ] && break
        sleep 0.02
    done
    exec {input}>&-
    [ "$answer" = hello ] || fail "the program in the README says '$answer'"
    echo "$1: it does what the README says"
}

# The block of the README that compiles an example and runs it, as it is written
# there, in what looks like the clone. Only where the program goes is changed.
check_command()
{
    local command clone=$tmp/clone
    command=$(sed -n '/^```sh$/,/^```$/{/^```/d;/cron/p}' "$top/README.md" |
        sed "s,/tmp/,$tmp/,g")
    [ -n "$command" ] || fail "no command in the README"
    mkdir "$clone"
    ln -s "$top/examples" "$top"/*.h "$libev_dir/libev.a" "$clone"
    (cd "$clone" && eval "$command") >"$tmp/command.log" 2>&1 ||
        fail_with_log "$tmp/command.log" "$command: status $?"
    [ "$(grep -c '^tick$' "$tmp/command.log")" = 2 ] ||
        fail_with_log "$tmp/command.log" "$command: does not tick twice"
    echo "readme: its command does what it says"
}

for source in "$top"/examples/*.c; do
    [ "${source##*/}" != glib.c ] || continue # t/relev/glib.sh has it
    build "$(basename "$source" .c)" "$source" "$cc" -std=c99
done
build echo++ "$top/examples/echo.cpp" "$cxx"
for source in "$top"/examples/{coro_*,hello_*}.cpp; do
    build "$(basename "$source" .cpp)" "$source" "$cxx" -std=c++20
done
build test_timeouts++ "$top/examples/test_timeouts.cpp" "$cxx" -std=c++20
has_openssl && build https_get "$top/examples/https_get.cpp" "$cxx" \
    -std=c++20 -Wl,--no-as-needed -lssl -lcrypto
extract c
build readme "$tmp/readme.c" "$cc" -std=c99 -D_POSIX_C_SOURCE=200809L
extract c++
build readme20 "$tmp/readme.c++" "$cxx" -std=c++20 -x c++

check_echo echo
check_echo echo++
check_echo coro_echo
check_chat
check_crawl
check_http
check_https
check_tutorial_server
check_threads
check_cron
check_timeouts test_timeouts "4 tests, two minutes in virtual time"
check_timeouts test_timeouts++ "2 tests, a minute in virtual time"
check_supervisor supervisor
check_supervisor coro_supervisor
check_readme readme
check_readme readme20
[ ! -e "$libev_dir/libev.a" ] || check_command
