#!/usr/bin/env bash
# Lines of the example programs with relev.hpp and with asio, as a table: no
# empty lines, no comments, both formatted by clang-format in the same way. What
# both include is not counted, nor the guard of a header.
#
# Usage: lines.sh

set -u
top=$(cd "$(dirname "$0")/../.." && pwd -P)

lines()
{
    for file; do
        clang-format --style="file:$top/.clang-format" "$file" |
            g++ -fpreprocessed -dD -E -P -x c++ - 2>/dev/null
    done | grep -v '^#\(ifndef\|define\|endif\)' | grep -c '[^[:space:]]'
}

printf '| program | relev | asio | ratio |\n|---|---|---|---|\n'
for name in proxy redis crawl supervisor jobs; do
    ours=$(lines "$top/examples/coro_$name.cpp")
    theirs=$(lines "$top/bench/coro/${name}_asio".*)
    awk -v n=$name -v a="$ours" -v b="$theirs" \
        'BEGIN { printf "| %s | %d | %d | %.2f |\n", n, a, b, a / b }'
done
