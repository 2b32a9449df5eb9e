#!/usr/bin/env bash
# The manual as HTML, in a browser: no dead link, the search finds every name,
# no page is wider than a phone, and the result is reproducible.
#
# Environment: TOP. Packages: mandoc python3 chromium.

set -u
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
export TOP
. "$TOP/t/man/tap.bash"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

for tool in mandoc python3 chromium; do
    command -v $tool >/dev/null || { echo "html: skipped: no $tool"; exit 77; }
done

checks()
{
    local dir
    for dir in one two; do
        /usr/bin/python3 "$TOP/man/html/build.py" "$tmp/$dir" \
            >"$tmp/log" 2>&1 ||
            echo "build.py: status $?" >>"$tmp/log"
        result "the pages are made" "$tmp/log"
    done
    diff -rq "$tmp/one" "$tmp/two" >"$tmp/log"
    result "they come out the same again" "$tmp/log"
    python3 "$TOP/t/html/check.py" "$tmp/one" 2>"$tmp/log" ||
        echo "check.py: status $?" >>"$tmp/log"
    result "check.py came to its end" "$tmp/log"
}

checks | number
