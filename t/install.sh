#!/usr/bin/env bash
# An installed tree is complete and usable, is taken away again without a
# trace, and a release builds where there is no autoconf.

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/.." && pwd -P)
CC=${CC:-cc} CXX=${CXX:-c++} MAKE=${MAKE:-make}
unset MAKEFLAGS MAKELEVEL MFLAGS PREFIX DESTDIR BUILD TOP
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

check()
{
    count=$((count + 1))
    if "$@" >"$tmp/log" 2>&1; then
        echo "ok $count - $*"
    else
        echo "not ok $count - $*"
        tail -n 15 "$tmp/log" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

# A program that works only with the library it was compiled for.
mkdir "$tmp/program"
cat >"$tmp/program/main.c" <<'END'
#include <ev.h>

static void fired(EV_P_ ev_timer* w, int revents)
{
    (void)revents;
    ev_timer_stop(EV_A_ w);
}

int main(void)
{
    ev_timer w;
    ev_timer_init(&w, fired, 0., 0.);
    ev_timer_start(EV_DEFAULT, &w);
    return ev_run(EV_DEFAULT, 0) || ev_version_minor() != EV_VERSION_MINOR;
}
END
cat >"$tmp/program/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(program C)
find_package(libev REQUIRED)
add_executable(program main.c)
target_link_libraries(program PRIVATE libev::libev)
END

# The release, unpacked, is the source of everything below.
release_is_packed()
{
    mkdir "$tmp/pack" && cd "$tmp/pack" &&
        "$top/configure" -q CXX="$CXX" && $MAKE dist &&
        tar -xzf relev-*.tar.gz -C "$tmp" && mv "$tmp"/relev-*/ "$tmp/src"
}

release_is_the_same_again()
{
    cd "$tmp/pack" && mkdir first && mv relev-*.tar.gz first &&
        sleep 0.01 && $MAKE dist && cmp relev-*.tar.gz first/*
}

# Packed from an unpacked release, there are the same files in it.
release_packs_itself()
{
    mkdir "$tmp/again" && cd "$tmp/again" &&
        "$tmp/src/configure" -q CXX="$CXX" && $MAKE dist &&
        tar -tzf relev-*.tar.gz >list &&
        tar -tzf "$tmp"/pack/relev-*.tar.gz | diff - list
}

release_has_no_rubbish()
{
    ! find "$tmp/src" -name '*.o' -o -name '*.so*' -o -name '*.log' -o \
        -name '*.tap' -o -name config.h -o -name '*.cache' | grep .
}

# What a machine has that can only build: no autoconf, m4 or C compiler.
build_in_the_release()
{
    local tool path
    mkdir "$tmp/bin" && cd "$tmp/bin" || return
    for tool in sh awk basename cat chmod cmp cp cut date diff dirname echo \
        env expr false find grep install ln ls make mkdir mktemp mv nproc \
        printf pwd realpath rm rmdir sed sleep sort tail test touch tr true \
        uname uniq wc ar as ld nm ranlib readelf strip g++; do
        path=$(type -P "$tool") && ln -s "$path" .
    done
    cd "$tmp/src" &&
        PATH=$tmp/bin ./configure -q --prefix=/opt/ev &&
        PATH=$tmp/bin make -s 2>"$tmp/warnings" &&
        PATH=$tmp/bin make -s install DESTDIR="$tmp/stage" &&
        [ -f "$tmp/stage/opt/ev/lib/libev.so.4.0.0" ] &&
        [ ! -s "$tmp/warnings" ] || { cat "$tmp/warnings"; return 1; }
}

# Builds out of tree and installs into PREFIX, chosen after configuring.
install_with_prefix()
{
    mkdir "$tmp/build" && cd "$tmp/build" &&
        "$tmp/src/configure" -q CXX="$CXX" CXXFLAGS=-O1 &&
        $MAKE -s && $MAKE -s install PREFIX="$tmp/prefix"
}

tree_is_complete()
{
    local file
    cd "$tmp/prefix" || return
    for file in include/ev.h include/ev++.h include/event.h lib/libev.a \
        lib/libev.so lib/libev.so.4 lib/libev.so.4.0.0 \
        lib/pkgconfig/libev.pc lib/cmake/libev/libev-config.cmake; do
        [ -f $file ] || { echo "no $file"; return 1; }
    done
    [ "$(readlink lib/libev.so)" = libev.so.4.0.0 ] || return
    cd "$tmp/prefix/share/man" || return
    for file in "$tmp"/src/man/*.[37]; do
        [ -f "man${file##*.}/${file##*/}" ] ||
            { echo "no ${file##*/}"; return 1; }
    done
}

uses_our_library()
{
    "$1" && ldd "$1" | grep -F "$2/libev.so.4"
}

pkg_config_leads_to_it()
{
    local flags
    export PKG_CONFIG_PATH=$tmp/prefix/lib/pkgconfig
    [ "$(pkg-config --modversion libev)" = 4.33 ] &&
        flags=$(pkg-config --cflags --libs libev) &&
        $CC "$tmp/program/main.c" $flags "-Wl,-rpath,$tmp/prefix/lib" \
            -o "$tmp/program/shared" &&
        uses_our_library "$tmp/program/shared" "$tmp/prefix/lib" &&
        $CC -static "$tmp/program/main.c" \
            $(pkg-config --static --cflags --libs libev) \
            -o "$tmp/program/static" && "$tmp/program/static"
}

cmake_leads_to_it()
{
    command -v cmake || return
    cmake -S "$tmp/program" -B "$tmp/cmake" -DCMAKE_PREFIX_PATH="$1" &&
        cmake --build "$tmp/cmake" &&
        uses_our_library "$tmp/cmake/program" "$1/lib"
}

# The same after the whole tree has moved.
cmake_leads_to_a_moved_tree()
{
    rm -rf "$tmp/cmake"
    cp -a "$tmp/prefix" "$tmp/moved" && cmake_leads_to_it "$tmp/moved"
}

strip_takes_the_symbols()
{
    cd "$tmp/build" && $MAKE -s install-strip PREFIX="$tmp/strip" &&
        ! readelf -S "$tmp/strip/lib/libev.so.4" | grep -E 'symtab|debug' &&
        $CC -I"$tmp/strip/include" "$tmp/program/main.c" \
            "$tmp/strip/lib/libev.a" -o "$tmp/strip/a" && "$tmp/strip/a"
}

uninstall_leaves_nothing()
{
    cd "$tmp/build" && $MAKE -s uninstall PREFIX="$tmp/prefix" &&
        ! find "$tmp/prefix" ! -type d | grep .
}

clean_leaves_nothing()
{
    cd "$tmp/build" && $MAKE -s distclean && ! find . -type f | grep .
}

# One kind of library only, in another place, without the emulation.
option()
{
    rm -rf "$tmp/option" "$tmp/out"
    mkdir "$tmp/option" && cd "$tmp/option" &&
        "$tmp/src/configure" -q CXX="$CXX" CXXFLAGS=-O0 --prefix="$tmp/out" \
            --libdir="$tmp/out/lib64" "$@" && $MAKE -s install
}

shared_is_left_out()
{
    option --disable-shared && [ -f "$tmp/out/lib64/libev.a" ] &&
        ! ls "$tmp"/out/lib64/libev.so*
}

static_is_left_out()
{
    option --disable-static && [ -f "$tmp/out/lib64/libev.so" ] &&
        ! ls "$tmp"/out/lib64/libev.a &&
        rm -rf "$tmp/cmake" && cmake -S "$tmp/program" -B "$tmp/cmake" \
        -Dlibev_DIR="$tmp/out/lib64/cmake/libev" &&
        cmake --build "$tmp/cmake" && "$tmp/cmake/program"
}

emulation_is_left_out()
{
    option --disable-libevent && [ ! -e "$tmp/out/include/event.h" ] &&
        nm -D "$tmp/out/lib64/libev.so" | grep ' ev_run' &&
        ! nm -D "$tmp/out/lib64/libev.so" | grep ' event_'
}

# The makefile in use elsewhere, in a bare tree that nobody has configured.
make_configures_by_itself()
{
    command -v autoconf || return
    mkdir "$tmp/bare" && cp -r "$tmp/src" "$tmp/bare/src" &&
        cd "$tmp/bare" && rm src/configure src/config.h.in &&
        (cd src && make distclean) && mkdir build && cd build &&
        $MAKE -s -f ../src/Makefile CXX="$CXX" CXXFLAGS=-O0 &&
        [ -f libev.so.4.0.0 ] && [ ! -e ../src/config.h ]
}

# Whatever the compiler makes would not run here: configure does not try.
configure_runs_no_program()
{
    mkdir "$tmp/cross" && cd "$tmp/cross" &&
        printf '#!/bin/sh\n%s "$@" -Wl,--dynamic-linker=/none\n' "$CXX" \
            >cross-c++ && chmod +x cross-c++ &&
        "$tmp/src/configure" --host=sparc-sun-linux-gnu \
            CXX="$PWD/cross-c++" && $MAKE -s && [ -f libev.so ]
}

[ -x "$top/configure" ] || (cd "$top" && ACLOCAL=true autoreconf) || exit 1
check release_is_packed
check release_is_the_same_again
check release_packs_itself
check release_has_no_rubbish
check install_with_prefix
check tree_is_complete
check pkg_config_leads_to_it
check cmake_leads_to_it "$tmp/prefix"
check cmake_leads_to_a_moved_tree
check strip_takes_the_symbols
check uninstall_leaves_nothing
check clean_leaves_nothing
check shared_is_left_out
check static_is_left_out
check emulation_is_left_out
check make_configures_by_itself
check configure_runs_no_program
check build_in_the_release
echo "1..$count"
exit $((failed > 0))
