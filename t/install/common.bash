# Functions for the tests of releases, installation, embedding and packages. To
# be sourced. $tmp is a directory that is removed at the end.

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
use=$top/t/install/use
CC=${CC:-cc} CXX=${CXX:-c++} MAKE=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS PREFIX DESTDIR BUILD TOP SOURCE_DATE_EPOCH
tmp=$(mktemp -d "${TMPDIR:-/tmp}/relev.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

# One line of TAP for a function. It runs in a shell of its own.
check()
{
    local name=${*//"$tmp/"/}
    count=$((count + 1))
    if ("$@") >"$tmp/log" 2>&1; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        tail -n 15 "$tmp/log" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

finish()
{
    echo "1..$count"
    exit $((failed > 0))
}

# Skips the test unless there are all the programs.
need()
{
    local program
    for program; do
        command -v "$program" >/dev/null ||
            { echo "skipped: $program is not installed"; exit 77; }
    done
}

version() { sed -n 's/^AC_INIT.*, \[\(.*\)])/\1/p' "$top/configure.ac"; }

# Packs a release and unpacks it as $tmp/src, the sources of all that follows.
release_is_unpacked()
{
    [ -x "$top/configure" ] || (cd "$top" && ACLOCAL=true autoreconf) || return
    "$top/tools/dist" "$(version)" "$tmp" && cd "$tmp" &&
        tar -xzf relev-*.tar.gz && mv relev-*/ src
}

commit()
{
    GIT_COMMITTER_DATE=$1 git -c user.name=relev \
        -c user.email=relev@example.org commit -q --allow-empty -m release
}

# Our files under git, in $tmp/clone.
clone_is_made()
{
    mkdir "$tmp/clone" && cd "$top" && tools/files | tar -cf - -T - |
        tar -xmf - -C "$tmp/clone" && cd "$tmp/clone" && git init -q &&
        git add . && commit '@1700000000 +0200'
}

# FILE runs, and with the library in the directory DIR.
uses_our_library()
{
    local loaded
    "$1" && loaded=$(ldd "$1") && echo "$loaded" &&
        grep -F "=> $2/libev.so.4 " <<<"$loaded"
}

# No FILE needs another library than libc.
needs_only_libc()
{
    local needed
    needed=$(readelf -d "$@" | grep NEEDED) &&
        ! grep -v '\[libc\.so' <<<"$needed"
}

# The examples in DIR, by the commands in the comments at their heads, save that
# `limit` is not kept waiting. With the library in LIBRARY_PATH, if that is set:
# gcc searches there only after the directories of the system, which may have
# libev. That for GLib is left out where there is no GLib.
examples_are_built() # DIR
(
    cc() { command cc ${LIBRARY_PATH:+-L"$LIBRARY_PATH"} "$@"; }
    c++() { command c++ ${LIBRARY_PATH:+-L"$LIBRARY_PATH"} "$@"; }
    for source in "$1"/*.c "$1"/*.cpp; do
        case $source in
        */glib.c) pkg-config --exists glib-2.0 || continue ;;
        esac
        command=$(sed -n 's,^[ /*]* Build: ,,p' "$source")
        [ -n "$command" ] && echo "$command" && (cd "$1" && eval "$command") ||
            exit 1
    done
    for source in cmake/CMakeLists.txt copied/Makefile; do
        command=$(sed -n 's/^#     \(cmake\|make\) /\1 /p' "$1/$source")
        command=${command/build\/limit 1 sleep 5/build\/limit 5 true}
        [ -n "$command" ] && echo "$command" &&
            (cd "$1/${source%/*}" && eval "$command") || exit 1
    done
)

# made PREFIX LIBDIR: what `make install` puts there, into $tmp/made.
made()
{
    mkdir "$tmp/make" && cd "$tmp/make" &&
        "$tmp/src/configure" -q --prefix="$1" --libdir="$2" CXX="$CXX" \
            CXXFLAGS=-O0 && $MAKE -s && $MAKE -s install DESTDIR="$tmp/made"
}

# The same is installed in DIR, with libraries in LIBDIR: files, modes and
# links; of the libraries the names they export and what they need.
is_made_alike() # DIR LIBDIR
{
    diff <(listed "$tmp/made") <(listed "$1") &&
        diff -rq -x 'libev.[as]*' "$tmp/made" "$1" &&
        diff <(exported "$tmp/made/$2") <(exported "$1/$2")
}

# Debian's CMake takes the x from libraries.
listed()
{
    (cd "$1" && find . ! -type d -printf '%p %m %l\n') |
        sed 's, libev\.so\.4$, libev.so.4.0.0,; /\.so/s/ 644 $/ 755 /' | sort
}

exported()
{
    nm -D --defined-only "$1/libev.so" | sed 's/^[^ ]* //' | sort &&
        readelf -d "$1/libev.so" | grep -oE '(NEEDED|SONAME).*' &&
        nm -g --defined-only "$1/libev.a" | sed -n 's/^[^ ]* T //p' | sort
}

# Below DIR, man shows the function's page, and the guide of the same name only
# when it is asked for.
man_tells_two_pages_apart() # DIR
{
    [ "$(titled ev_time "$1")" = 'EV_NOW(3)' ] &&
        [ "$(titled 7 ev_time "$1")" = 'EV_TIME(7)' ] &&
        [ "$(titled ev_timer_again "$1")" = 'EV_TIMER(3)' ]
}

# titled [SECTION] NAME DIR: the title of the page that man shows.
titled()
{
    env -u MANPATH -u MANOPT -u MANSECT man -M "${@: -1}" "${@:1:$#-1}" |
        sed 's/ .*//;q'
}

# What is at the foot of each page.
pages_name_relev() # DIR
{
    local page foot
    cd "$top/man" || return
    for page in *.[137]; do
        foot=$(man -M "$1" "${page##*.}" "${page%.*}" | tail -n 1)
        [[ $foot == "relev $(version) "*" relev $(version)" ]] ||
            { echo "$page: $foot"; return 1; }
    done
}

# check_man DIR: both, where there is a man to show pages.
check_man()
{
    local test
    for test in man_tells_two_pages_apart pages_name_relev; do
        if man --version >"$tmp/log" 2>&1; then
            check $test "$1"
        else
            count=$((count + 1))
            echo "ok $count - $test # SKIP no man"
        fi
    done
}
