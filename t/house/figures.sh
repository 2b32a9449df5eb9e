#!/usr/bin/env bash
# The figures in README.md, in the manual and in bench/README.md are those of
# the committed tables, and the list of rows in which another library is faster
# is complete; then the check itself is tried, on wrong copies. Prints TAP.
#
# Environment: TOP.
# shellcheck disable=SC2016 # Markdown has backticks

set -u
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=2 failed=0

command -v python3 >/dev/null ||
    { echo "figures: skipped: no python3"; exit 77; }

# refused TEXT FILE EDIT: the check says so if the file is wrong.
refused()
{
    count=$((count + 1))
    rm -rf "$tmp/copy"
    mkdir "$tmp/copy"
    cp -r "$top/bench" "$top/man" "$top/README.md" "$tmp/copy"
    sed -i "$3" "$tmp/copy/$2"
    if cmp -s "$top/$2" "$tmp/copy/$2"; then
        echo "not ok $count - $1: no such text"
    elif "$tmp/copy/bench/figures.py" --check >"$tmp/log"; then
        echo "not ok $count - $1 is not found"
    else
        echo "ok $count - $1 is found"
        return
    fi
    failed=1
}

"$top/bench/figures.py" --check | sed "/^1[.][.]/d"
[ "${PIPESTATUS[0]}" = 0 ] || failed=1
refused "a wrong figure in the manual" man/ev_performance.7 \
    '/, no event Ta /s/[0-9]*$/100/'
refused "a wrong mean in README.md" README.md \
    '/On average relev takes/s/0\.[0-9]*/0.11/'
refused "a changed table" bench/instructions.txt '/^turn /s/ [0-9]*\./ 999./'
refused "a wrong figure of coroutines" bench/README.md \
    '/^| `with-timeout`/s/[0-9][0-9]*/500/'
refused "a row without a reason" bench/README.md \
    '/^- \*\*`memory-io`/s/-io/-oi/'
refused "a library without a reason" bench/README.md \
    '/^- \*\*`memory-timer`/s/libevent/libuv/'
refused "a slow row that is left out" bench/README.md \
    '/^| `memory-timer` |/d'
echo "1..$count"
exit $failed
