#!/usr/bin/env bash
# nghttpd and h2load under valgrind, without an error in the programs or in the
# library. Nothing is suppressed.
# Packages: valgrind nghttp2-server nghttp2-client.

. "$(dirname "$0")/common.bash"

need valgrind nghttpd h2load

# The first error ends the program, which `load` detects; an error during its
# exit is in the log. A program that is ended by a signal frees nothing: only
# unreachable memory counts as a leak.
under=(valgrind --vgdb=no --error-exitcode=99 --exit-on-first-error=yes
    --leak-check=full --errors-for-leak-kinds=definite
    --show-leak-kinds=definite "--log-file=$tmp/valgrind.%p")

# is_clean NAME PID
is_clean()
{
    grep -q 'ERROR SUMMARY: 0 errors from 0 contexts (suppressed: 0' \
        "$tmp/valgrind.$2" \
        || fail_with_log "$tmp/valgrind.$2" "$1: valgrind has found errors"
}

# under_valgrind REQUESTS CLIENTS ARGUMENT...: the arguments are the server's.
under_valgrind()
{
    local requests=$1 clients=$2
    shift 2
    start_nghttpd --no-tls "$@" 0
    proof nghttpd "$server"
    load "http://127.0.0.1:$port/index.html" "$requests" "$clients"
    is_clean h2load "$pid"
    kill -TERM "$server"
    wait "$server"
    is_clean nghttpd "$server"
}

under_valgrind 400 10
passed "400 requests under valgrind"
under_valgrind 200 10 --workers=2
passed "200 requests under valgrind, two workers"
planned
