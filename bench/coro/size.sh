#!/usr/bin/env bash
# What relev.hpp and asio cost at compile time: the lines that an include adds;
# its processor time with each compiler, as the ratio to that of asio.hpp, all
# measured alternately, the least of ROUNDS (5); and time and text size of the
# HTTP servers.
#
# Environment: BUILD, TOP, CXX, ROUNDS.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
compile=("${CXX:-g++}" -std=c++20 -O2 -DNDEBUG -I"$top")

# once COMMAND...: its processor time in seconds. least: that of three.
once()
{
    local TIMEFORMAT='%U'
    { time "$@" >/dev/null; } 2>&1 | tail -n 1
}
least()
{
    local _
    for _ in 1 2 3; do once "$@"; done | sort -n | head -n 1
}

text_of() { echo $(($(size "$1" | awk 'NR == 2 { print $1 }') / 1024)); }

headers=(ev.h relevpp/no_chrono.hpp relev.hpp relevpp/net.hpp asio.hpp)
for _ in $(seq "${ROUNDS:-5}"); do
    for header in "${headers[@]}"; do
        file=$tmp/${header//\//_}.cc
        echo "#include <$header>" >"$file"
        for compiler in g++ clang++; do
            once "$compiler" "${compile[@]:1}" -fsyntax-only "$file" \
                >>"$file.$compiler"
        done
    done
done
ratio() # FILE COMPILER
{
    awk '!(FILENAME in least) || $1 < least[FILENAME] { least[FILENAME] = $1 }
        END { printf "%.2f", least[ARGV[1]] / least[ARGV[2]] }' \
        "$1.$2" "$tmp/asio.hpp.cc.$2"
}
echo "| included | lines | g++, / asio | clang++, / asio |"
echo "|---|---|---|---|"
for header in "${headers[@]}"; do
    file=$tmp/${header//\//_}.cc
    printf '| `%s` | %d | %s | %s |\n' "$header" \
        "$("${compile[@]}" -E -P "$file" | wc -l)" \
        "$(ratio "$file" g++)" "$(ratio "$file" clang++)"
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
