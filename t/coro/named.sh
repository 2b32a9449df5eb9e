#!/usr/bin/env bash
# Issue 19, B14: relev_dump and relev_set_slow_cb name closures of relev.hpp,
# also those in a callback<>; c++filt makes the names readable.
# Packages: g++ binutils.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

cat >"$tmp/named.cc" <<'X'
#include <dlfcn.h>
#include <relev.h>
#include <relev.hpp>
#include <unistd.h>

#include <cstdio>

using namespace relev;
using namespace std::chrono_literals;

struct session {
    explicit session(loop& l)
        : one{l, 1ms, [this] { ++calls; }}, two{l, 1h, [this] { --calls; }}
    {
    }
    int calls = 0;
    on_timer<callback<void()>> one, two;
};

static void on_slow(struct ev_loop*, const relev_slow* slow, void*)
{
    Dl_info info;
    dladdr(slow->callback, &info);
    std::printf("slow: %s\n", info.dli_sname);
    std::fflush(stdout);
}

inline void own(loop& l, session& s)
{
    on_timer plain{l, 1h, [&s] { ++s.calls; }};
    relev_dump(l.raw(), 1);
    relev_set_slow_cb(l.raw(), -1., on_slow, nullptr);
    while (!s.calls) l.run(EVRUN_ONCE);
}

int main()
{
    loop l;
    session s(l);
    own(l, s);
}
X

count=0 failed=0
ok() # NAME COMMAND...
{
    local name=$1
    shift
    count=$((count + 1))
    "$@" && echo "ok $count - $name" && return
    failed=1
    echo "not ok $count - $name"
    sed 's/^/# /' "$tmp"/out*
}

for level in 0 2; do
    "${CXX:-g++}" -std=c++20 -O$level -I"$top" "$tmp/named.cc" -o "$tmp/named" \
        -rdynamic -L"$build" -lev -Wl,-rpath,"$build" || exit 1
    "$tmp/named" | c++filt >"$tmp/out$level"
    closure='session::session(relev::loop&)::{lambda()#'
    ok "-O$level: the first closure is dumped" \
        grep -q "^ev_timer .*${closure}1}" "$tmp/out$level"
    ok "-O$level: the second closure is dumped" \
        grep -q "^ev_timer .*${closure}2}" "$tmp/out$level"
    ok "-O$level: a closure without callback<> is dumped" \
        grep -q '^ev_timer .*own(relev::loop&.*)::{lambda()#1}' "$tmp/out$level"
    ok "-O$level: the closure that was slow is named" \
        grep -q "^slow: .*${closure}1}" "$tmp/out$level"
done
echo "1..$count"
exit $failed
