#!/usr/bin/env bash
# relev.hpp with -fno-exceptions: a cancel destroys the tasks that it ends, and
# an error that nothing asks for ends the program with a message.
# Packages: g++ clang libcmocka-dev.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$top}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

result()
{
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        tail -n 20 "$tmp/log" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

built()
{
    "$@" "$build/libev.a" -lcmocka -lpthread -std=c++20 -fno-exceptions \
        -Wall -Wextra -Werror -I"$top" -I"$top/t/harness" >"$tmp/log" 2>&1
}

for compiler in g++ clang++; do
    command -v $compiler >/dev/null || continue
    flags=-O2
    [ $compiler = g++ ] || flags="-O1 -fsanitize=address"
    for name in destroyed unthrown; do
        # shellcheck disable=SC2086
        built $compiler $flags "$top/t/coro/$name.cc" -o "$tmp/$name" &&
            "$tmp/$name" >"$tmp/log" 2>&1
        result $? "$compiler $flags -fno-exceptions: $name"
    done
    cat >"$tmp/error.cc" <<'X'
#include "relev.hpp"
relev::task<> app() { co_await relev::readable(-1); }
int main() { relev::loop().run(app()); }
X
    built $compiler "$tmp/error.cc" -o "$tmp/error"
    result $? "$compiler: a program with an error is built"
    "$tmp/error" >"$tmp/log" 2>&1
    [ $? = 134 ] && grep -q "not handled: ready" "$tmp/log"
    result $? "$compiler: the error ends it with a message"
done
[ $count != 0 ] || { echo "# skipped: no compiler"; exit 77; }
echo "1..$count"
exit $((failed > 0))
