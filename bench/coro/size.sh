#!/usr/bin/env bash
# What relev.hpp and asio cost at compile time: the lines that an include adds,
# the processor time to compile it (the least of three), and time and text size
# of the HTTP servers.
#
# Environment: BUILD, TOP, CXX.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
compile=("${CXX:-g++}" -std=c++20 -O2 -DNDEBUG -I"$top")

# least COMMAND...: the least of three processor times, in seconds.
least()
{
    local TIMEFORMAT='%U' _
    for _ in 1 2 3; do
        { time "$@" >/dev/null; } 2>&1 | tail -n 1
    done | sort -n | head -n 1
}

text_of() { echo $(($(size "$1" | awk 'NR == 2 { print $1 }') / 1024)); }

echo "| included | lines | seconds |"
echo "|---|---|---|"
for header in ev.h relevpp/no_chrono.hpp relev.hpp asio.hpp; do
    echo "#include <$header>" >"$tmp/one.cc"
    lines=$("${compile[@]}" -E -P "$tmp/one.cc" | wc -l)
    printf '| `%s` | %d | %s |\n' "$header" "$lines" \
        "$(least "${compile[@]}" -fsyntax-only "$tmp/one.cc")"
done
echo
echo "| HTTP server | seconds | text, KiB | with libev.a |"
echo "|---|---|---|---|"
for source in examples/hello_http.cpp bench/coro/http_asio.cc; do
    seconds=$(least "${compile[@]}" -c "$top/$source" -o "$tmp/one.o")
    "${compile[@]}" "$tmp/one.o" -o "$tmp/one" "$build/libev.a" -lpthread ||
        exit 1
    printf '| `%s` | %s | %d | %d |\n' "$source" "$seconds" \
        "$(text_of "$tmp/one.o")" "$(text_of "$tmp/one")"
done
