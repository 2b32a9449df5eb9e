#!/usr/bin/env bash
# The manual: the form of its pages, their references, names and questions, and
# every program in it, compiled and run on our library and on the system's.
#
# Usage: man.sh [PAGE]...   with pages (ev_timer.3): only form and programs
# Environment: BUILD, TOP, CC, JOBS; MAN, the directory of the pages.
# Packages: mandoc groff-base gcc clang python3 pkg-config libglib2.0-dev.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C.UTF-8 PATH="$PATH:/usr/sbin:/sbin" PYTHONDONTWRITEBYTECODE=1
TOP=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
BUILD=${BUILD:-$TOP}
MAN=${MAN:-$TOP/man}
REF=${REF-$("${CC:-cc}" -print-file-name=libev.so.4)}
[ -e "$REF" ] || REF=
export TOP BUILD MAN REF
me=$TOP/t/man
. "$me/tap.bash"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

for tool in mandoc makewhatis groff gcc clang python3; do
    command -v $tool >/dev/null || { echo "man: skipped: no $tool"; exit 77; }
done

# An installed tree, with an empty file for each page of other packages that is
# known to exist. A reference to any other page is dead.
stage()
{
    local file name section
    mkdir -p "$tmp"/man{1,3,7}
    "$TOP/tools/manual" "$tmp" 0
    while read -r name section; do
        mkdir -p "$tmp/man$section"
        printf '.Dd January 1, 2026\n.Dt %s %s\n.Os\n.Sh NAME\n.Nm %s\n%s\n' \
            "$name" "$section" "$name" ".Nd a page of the system" \
            >"$tmp/man$section/$name.$section"
    done < <(grep -v '^#' "$me/foreign")
    makewhatis "$tmp" 2>&1
}

form_of()
{
    local page=man${1##*.}/$1
    MANPATH=$tmp mandoc -Tlint -Wstyle "$page" >"$tmp/log" 2>&1 ||
        echo "mandoc: status $?" >>"$tmp/log"
    result "$1: mandoc has nothing to say" "$tmp/log"
    groff -mdoc -ww -Tutf8 -z "$page" >"$tmp/log" 2>&1 ||
        echo "groff: status $?" >>"$tmp/log"
    result "$1: groff has nothing to say" "$tmp/log"
    awk 'length($0) > 80 { print FILENAME ":" FNR ": too long" }
        / $/ { print FILENAME ":" FNR ": a blank at the end" }
        /[. ]Ql .* Ql / { print FILENAME ":" FNR ": a quotation in one" }' \
        "$page" >"$tmp/log"
    result "$1: its source is tidy" "$tmp/log"
}

checks()
{
    local page pages=("$@")
    stage >"$tmp/stage.log"
    result "the pages can be indexed" "$tmp/stage.log"
    cd "$tmp" || exit 1
    [ $# -gt 0 ] || pages=("$MAN"/*.[137])
    for page in "${pages[@]##*/}"; do
        form_of "$page"
    done
    if [ $# = 0 ]; then
        script names.py
        script questions.py
        script differences.py
    fi
    script examples.py "$@"
}

script()
{
    python3 "$me/$1" "${@:2}" 2>"$tmp/log" || echo "status $?" >>"$tmp/log"
    result "$1 came to its end" "$tmp/log"
}

checks "$@" | number
