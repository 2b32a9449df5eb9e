#!/usr/bin/env bash
# Checks CONTRIBUTING.md: the files, goals of the makefile and names in it
# exist, no directory is missing, and the example of a test passes.
# Environment: BUILD, the build directory, with the library; CC.
#
# Words that contain NAME are placeholders, and not checked.

set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1
. t/man/tap.bash
build=$(cd "${BUILD:-$PWD}" && pwd -P)
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp" "$tmp".*' EXIT
built='^t/(ours|ref|white|san|sh|valgrind)/|^config\.(h|mk)$|configure$|^\.\.'

quoted() { grep -oE '`[^`]+`' CONTRIBUTING.md | tr -d '`'; }
words() { quoted | tr ' ' '\n' | grep -v NAME; }
headers() { find t/harness -name '*.h' -printf '%f\n'; }
paths()
{
    words | grep -E '/|^[A-Za-z+]+\.[a-z]+$' | grep -vxFf <(headers) | sort -u
}

missing_files()
{
    local path
    while read -r path; do
        [[ $path =~ $built|^(all.cc|check.sh)$ ]] ||
            compgen -G "$path" >/dev/null || echo "no file $path"
    done < <(paths)
}

# All directories of the repository.
missing_directories()
{
    comm -23 <(tools/files | sed -n 's|/.*||p' | sort -u) \
        <(paths | sed 's|/.*||' | sort -u)
}

missing_goals()
{
    local goal known
    known=$(sed -n 's/^#: \([^ ].*\)  .*/\1/p' Makefile)
    while read -r goal; do
        [[ $goal = t/* ]] || grep -qw -e "$goal" <<<"$known" ||
            echo "make $goal"
    done < <(quoted | sed -n 's/^make //p' | tr ' ' '\n' |
        grep -vE '^-|=|Makefile|^help$')
}

# How long a goal takes is said by `make help` alone.
durations_elsewhere()
{
    grep -nw minutes README.md CONTRIBUTING.md
    grep -nE '[0-9] minutes' tools/setup
}

# Words that look like our names: fd_event, EV_USE_POLL, Backend.
missing_names()
{
    local name
    while read -r name; do
        grep -qw -e "$name" ev.h core/* backends/* watchers/* relev/* \
            t/*/*.{h,hh,sh} t/nets/matrix/* || echo "no $name"
    done < <(words | grep -E '^[A-Za-z]+_[A-Za-z_]+$|^[A-Z][A-Za-z]+$' |
        sort -u)
}

# It passes, and fails if it expects another call.
example_fails()
{
    local library=$build/libev.a status expected
    [ -e "$library" ] || library=$build/libev.so
    sed -n '/^```c$/,/^```$/{ /^```/!p }' CONTRIBUTING.md >"$tmp.c"
    for expected in t tt; do
        sed "s/assert_calls(\"t\")/assert_calls(\"$expected\")/" "$tmp.c" |
            ${CC:-cc} -std=gnu11 -Wall -Wextra -Werror -I"$build" -I. \
                -It/harness -x c - -x none -o "$tmp.program" "$library" \
                -Wl,-rpath,"$build" -lcmocka -lpthread -lm || return
        "$tmp.program" >"$tmp.log" 2>&1
        status=$?
        [ "$((status == 0))" = "$((${#expected} == 1))" ] || cat "$tmp.log"
    done
}

{
    for what in files directories goals names; do
        "missing_$what" >"$tmp" 2>&1
        result "CONTRIBUTING.md: its $what are there" "$tmp"
    done
    durations_elsewhere >"$tmp"
    result "durations are in make help alone" "$tmp"
    example_fails >"$tmp" 2>&1
    what="CONTRIBUTING.md: its test passes, and can fail"
    if grep -q 'cmocka\.h: No such' "$tmp"; then echo "ok - $what # SKIP cmocka"
    else result "$what" "$tmp"; fi
} | number
