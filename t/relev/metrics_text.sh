#!/usr/bin/env bash
# 1.3: relev_metrics_text is OpenMetrics: Debian's client library of Prometheus
# parses it, and what it finds agrees with relev_metrics_read.
# examples/metrics.c serves it to curl.
# Packages: python3-prometheus-client, curl.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
tmp=$(mktemp -d) || exit 1
trap 'kill "${server-}" 2>/dev/null; rm -rf "$tmp"' EXIT

[ -e "$build/libev.a" ] || { echo "skipped: no libev.a"; exit 77; }
/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null ||
    { echo "skipped: no python3-prometheus-client"; exit 77; }
command -v curl >/dev/null || { echo "skipped: no curl"; exit 77; }

cat >"$tmp/program.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include "relev.h"
static void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    static int left = 20;
    (void)revents;
    if (!--left) ev_timer_stop(loop, w);
}
int main(int argc, char** argv)
{
    static char text[40000];
    struct relev_metrics m;
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer t;
    int length;
    if (argc != 3) return 1;
    relev_metrics_enable(loop, atoi(argv[1]));
    ev_timer_init(&t, on_time, .001, .001);
    ev_timer_start(loop, &t);
    ev_run(loop, 0);
    length = relev_metrics_text(loop, text, sizeof text, argv[2]);
    fputs(text, stdout);
    relev_metrics_read(loop, &m, sizeof m);
    fprintf(stderr, "%llu %llu %llu\n", m.iterations,
            m.callbacks[RELEV_KIND_TIMER], m.expired);
    return length >= (int)sizeof text
        || relev_metrics_text(loop, text, 10, argv[2]) != length;
}
END

cat >"$tmp/parse.py" <<'END'
import sys
from prometheus_client.openmetrics.parser import \
    text_string_to_metric_families as parse
level, labels, numbers = sys.argv[1], sys.argv[2], sys.argv[3].split()
found = {}
for family in parse(sys.stdin.read()):
    assert family.documentation, family.name
    for sample in family.samples:
        rest = dict(sample.labels)
        if labels:
            assert rest.pop("loop") == "main", sample
        found[sample.name, tuple(sorted(rest.items()))] = sample.value
timer = ("kind", "timer"),
assert found["relev_iterations_total", ()] == int(numbers[0])
assert found["relev_callbacks_total", timer] == int(numbers[1]) == 20
assert found["relev_timer_lateness_seconds_count", ()] == int(numbers[2])
assert found["relev_iteration_seconds_count", ()] == int(numbers[0])
assert found["relev_active", timer] == 1  # when it last waited
assert ("relev_callback_seconds_count", ()) in found or level == "1"
if level == "2":
    busy = [dict(key[1]) for key in found
            if key[0] == "relev_callback_calls_total"]
    assert [each["kind"] for each in busy] == ["timer"], busy
    assert busy[0]["callback"], busy
    key = tuple(sorted(busy[0].items()))
    assert found["relev_callback_calls_total", key] == 20
    assert found["relev_callback_busy_seconds_total", key] > 0
    assert found["relev_callback_longest_seconds", key] > 0
    assert found["relev_callback_seconds_count", ()] == 20
END

count=0 failed=0
check() # NAME COMMAND...
{
    local name=$1
    shift
    count=$((count + 1))
    if "$@" >"$tmp/log" 2>&1; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        sed 's/^/# /' "$tmp/log"
        failed=1
    fi
}

parsed() # LEVEL LABELS
{
    "$tmp/program" "$1" "$2" >"$tmp/text" 2>"$tmp/numbers" &&
        /usr/bin/python3 -B "$tmp/parse.py" "$1" "$2" "$(<"$tmp/numbers")" \
            <"$tmp/text"
}

# Two plugins of one name, each with a callback of the same name: each sample
# has other labels than the others.
cat >"$tmp/plugin.c" <<'END'
#include "ev.h"
void on_time(struct ev_loop* loop, ev_timer* w, int revents);
void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}
END
cat >"$tmp/plugins.c" <<'END'
#include <dlfcn.h>
#include <stdio.h>
#include "relev.h"
int main(int argc, char** argv)
{
    static char text[100000];
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer t[9];
    relev_metrics_enable(loop, 2);
    for (int i = 1; i < argc; ++i) {
        void* plugin = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
        if (!plugin) return 1;
        ev_init(&t[i], 0);
        *(void**)&t[i].cb = dlsym(plugin, "on_time");
        ev_timer_set(&t[i], 0., 0.);
        ev_timer_start(loop, &t[i]);
    }
    ev_run(loop, 0);
    relev_metrics_text(loop, text, sizeof text, NULL);
    fputs(text, stdout);
    return 0;
}
END

plugins_differ()
{
    mkdir "$tmp/a" "$tmp/b" &&
        ${CC:-cc} "${strict[@]}" -shared -fPIC "$tmp/plugin.c" \
            -o "$tmp/a/plugin.so" && cp "$tmp/a/plugin.so" "$tmp/b" &&
        ${CC:-cc} "${strict[@]}" "$tmp/plugins.c" "$build/libev.a" -ldl \
            -o "$tmp/plugins" || return
    "$tmp/plugins" "$tmp/a/plugin.so" "$tmp/b/plugin.so" >"$tmp/text" &&
        [ "$(grep -c 'calls_total{callback="on_time in plugin.so' \
            "$tmp/text")" = 2 ] &&
        ! grep -o '^relev.* ' "$tmp/text" | sort | uniq -d | grep . &&
        "$tmp/plugins" "$tmp/a/plugin.so" >"$tmp/text" &&
        grep -q 'calls_total{callback="on_time in plugin.so",' "$tmp/text"
}

served()
{
    "$tmp/metrics" >"$tmp/out" &
    server=$!
    for _ in {1..3000}; do
        grep -q : "$tmp/out" && break
        sleep .02
    done
    for _ in 1 2 3; do
        curl -sS --max-time 60 -D "$tmp/head" \
            "http://$(sed -n 's|.*http://||p' "$tmp/out")" >"$tmp/text" ||
            return
    done
    grep -qi "^content-type: application/openmetrics-text" "$tmp/head" &&
        grep -qx "# EOF" "$tmp/text" &&
        grep -qE '^relev_callbacks_total.*kind="io".* [1-9]' "$tmp/text" &&
        [ "$(grep -c '^relev_iterations_total{loop=' "$tmp/text")" = 9 ] &&
        /usr/bin/python3 -Bc 'import sys
from prometheus_client.openmetrics.parser import \
    text_string_to_metric_families as parse
assert len(list(parse(sys.stdin.read()))) > 9' <"$tmp/text"
}

# Each sample that a query of relev_metrics(3) asks for is served.
queries_are_true()
{
    local name count=0
    for name in $(grep -oE '\(relev_[a-z_]+\[' "$top/man/relev_metrics.3" |
        tr -d '(['); do
        count=$((count + 1))
        grep -q "^$name{" "$tmp/text" || echo "$name is not served"
    done
    [ "$count" -ge 4 ]
}

queries_are_quiet() { [ -z "$(queries_are_true)" ] && queries_are_true; }

strict=(-Wall -Wextra -Werror -I"$build" -I"$top")
check "the program compiles" ${CC:-cc} "${strict[@]}" "$tmp/program.c" \
    "$build/libev.a" -o "$tmp/program"
check "level 1 parses" parsed 1 ""
check "level 2 parses" parsed 2 ""
check "level 1 with labels parses" parsed 1 'loop="main"'
check "level 2 with labels parses" parsed 2 'loop="main"'
check "plugins of one name differ" plugins_differ
check "the example compiles" ${CC:-cc} -std=c99 -pthread "${strict[@]}" \
    "$top/examples/metrics.c" "$build/libev.a" -o "$tmp/metrics"
check "the example serves it" served
check "it serves what the queries of the page ask for" queries_are_quiet
echo "1..$count"
exit $failed
