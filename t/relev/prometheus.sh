#!/usr/bin/env bash
# Issue 19 B13, C5: Prometheus itself scrapes the text of relev_metrics_part,
# and each query of relev_metrics(3), as written there, finds the loop that is
# overloaded. Without its threshold it also has the other loop.
#
# Debian's package prometheus is not installed for this by tools/setup: it has
# 100 MB, and starts a server. Environment: PROMETHEUS, the program.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
prometheus=${PROMETHEUS:-prometheus}
tmp=$(mktemp -d) || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$tmp"' EXIT

[ -e "$build/libev.a" ] || { echo "skipped: no libev.a"; exit 77; }
command -v "$prometheus" >/dev/null ||
    { echo "skipped: no prometheus"; exit 77; }
command -v curl >/dev/null || { echo "skipped: no curl"; exit 77; }

# Two loops in threads: the timers of one are due all the time, and take 20 ms
# each; the other one is idle. The main thread serves the metrics of both.
cat >"$tmp/server.c" <<'END'
#define _DEFAULT_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <relev.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct ev_loop* loops[2];
static const char* const labels[] = {"loop=\"busy\"", "loop=\"idle\""};
static char text[100000];

static void on_busy(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ev_sleep(.02);
}

static void on_idle(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void* run(void* arg)
{
    int busy = arg == loops[0];
    ev_timer timers[4];
    for (int i = 0; i < 4; ++i) {
        ev_timer_init(&timers[i], busy ? on_busy : on_idle, .001, .01);
        ev_timer_start(arg, &timers[i]);
    }
    ev_run(arg, 0);
    return NULL;
}

static void serve(int client)
{
    int n = relev_metrics_part(loops, labels, 2, text, sizeof text);
    char request[4096];
    if (read(client, request, sizeof request) <= 0 || n < 0) return;
    dprintf(client,
            "HTTP/1.0 200 OK\r\nContent-Type: application/openmetrics-text; "
            "version=1.0.0; charset=utf-8\r\n\r\n%s# EOF\n", text);
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0), client;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (void*)&at, size) || listen(fd, 9)) return 1;
    getsockname(fd, (void*)&at, &size);
    for (int i = 0; i < 2; ++i) {
        pthread_t thread;
        loops[i] = ev_loop_new(0);
        relev_metrics_enable(loops[i], 2);
        pthread_create(&thread, NULL, run, loops[i]);
    }
    printf("127.0.0.1:%d\n", ntohs(at.sin_port));
    fflush(stdout);
    while ((client = accept(fd, NULL, NULL)) >= 0) serve(client), close(client);
    return 1;
}
END

# The first line of a file that has this text.
seen() # PATTERN FILE
{
    for _ in {1..3000}; do
        grep -m 1 "$1" "$2" && return
        sleep .02
    done
    return 1
}

started()
{
    ${CC:-cc} -Wall -Wextra -Werror -pthread -I"$build" -I"$top" \
        "$tmp/server.c" "$build/libev.a" -o "$tmp/server" || return
    "$tmp/server" >"$tmp/address" &
    pids+=($!)
    cat >"$tmp/config" <<END
global: {scrape_interval: 500ms, scrape_timeout: 500ms}
scrape_configs:
- job_name: relev
  static_configs: [{targets: ["$(seen : "$tmp/address")"]}]
END
    "$prometheus" --config.file="$tmp/config" --storage.tsdb.path="$tmp/data" \
        --web.listen-address=127.0.0.1:0 2>"$tmp/log" >&2 &
    pids+=($!)
    server=$(seen '"Listening on"' "$tmp/log" | sed 's/.*address=//')
    [ "$server" ]
}

query() # QUERY
{
    curl -sS --max-time 60 --data-urlencode "query=$1" \
        "http://$server/api/v1/query"
}

# The loops that a query has found, when it has found as many.
found() # QUERY LOOPS
{
    local loops
    for _ in {1..1200}; do
        query "$1" >"$tmp/answer"
        loops=$(grep -o '"loop":"[a-z]*"' "$tmp/answer" | sort -u |
            sed 's/.*:"//; s/"//' | paste -sd ' ')
        [ "$loops" != "$2" ] || return 0
        sleep .05
    done
    cat "$tmp/log" "$tmp/answer"
    return 1
}

# A query, after the first line of it.
queries()
{
    awk '/^\.Bd/ { text = ""; next }
        /^\.Ed/ { if (text ~ /relev_[a-z_]*\[/) print text; next }
        { text = text $0 " " }' "$top/man/relev_metrics.3"
}

accepted()
{
    curl -sS --max-time 60 "http://$server/api/v1/targets" >"$tmp/answer"
    grep '"lastError":""' "$tmp/answer" && grep '"health":"up"' "$tmp/answer" &&
        ! grep -E 'level=(warn|error)' "$tmp/log"
}

count=0 failed=0
check() # NAME COMMAND...
{
    count=$((count + 1))
    if "${@:2}" >"$tmp/said" 2>&1; then
        echo "ok $count - $1"
    else
        echo "not ok $count - $1"
        sed 's/^/# /' "$tmp/said"
        failed=1
    fi
}

check "Prometheus starts" started
while read -r line; do
    line=${line//\[*m\]/[4s]}
    case $line in
    *'>'*) check "$line: the busy loop" found "$line" busy ;;
    esac
    check "${line%>*}: both" found "${line%>*}" "busy idle"
done < <(queries)
check "it accepts the text" accepted
[ "$count" = 9 ] || { echo "not ok - 4 queries"; failed=1; }
echo "1..$count"
exit $failed
