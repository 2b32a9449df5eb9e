#!/usr/bin/env bash
# Every file of the library compiles alone: none depends on another one being
# included before it.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1
CXX=${CXX:-g++}
count=0 failed=0

# Prints the first error of each file.
errors()
{
    tools/sources |
        grep -E '^(core|backends|watchers|relev|compat)/.*\.(cc|hh)$' |
        xargs -n 1 -P "$(nproc)" bash -c '"$@" 2>&1 | grep -m 1 error:' - \
            "$@" -w -fsyntax-only -DEV_STANDALONE -DEV_RELEV_ENABLE=1 -I. \
            -isystem t/nets/kqueue/include \
            -x c++ | sort
}

for compiler in "$CXX -std=gnu++17" "clang++ -std=gnu++20"; do
    count=$((count + 1))
    # shellcheck disable=SC2086  # words
    if ! command -v ${compiler%% *} >/dev/null; then
        echo "ok $count - $compiler # SKIP"
        continue
    fi
    # shellcheck disable=SC2086
    found=$(errors $compiler)
    if [ -z "$found" ]; then
        echo "ok $count - $compiler"
    else
        echo "not ok $count - $compiler"
        printf '%s\n' "$found" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
done
echo "1..$count"
exit $((failed > 0))
