#!/usr/bin/env bash
# The library installed by CMake: the same files as by make. As a part of
# another project it is built in t/embedding/projects.sh.

. "$(dirname "$0")/common.bash"
need autoconf cmake pkg-config
export CC CXX

# The default is tested, whatever the caller's environment has.
unset CMAKE_BUILD_TYPE CMAKE_INSTALL_PREFIX CFLAGS CXXFLAGS LDFLAGS

# configured DIR OPTION...: not even a warning from CMake.
configured()
{
    local dir=$1
    shift
    rm -rf "$dir"
    cmake -S "$tmp/src" -B "$dir" "$@" >"$tmp/setup" 2>&1 &&
        ! grep -i warning "$tmp/setup" || { cat "$tmp/setup"; return 1; }
    cmake --build "$dir"
}

installed_by_make() { made /opt/ev /opt/ev/lib/some; }

# The prefix is chosen when it is installed.
installed_by_cmake()
{
    configured "$tmp/out" -DCMAKE_INSTALL_LIBDIR=lib/some &&
        DESTDIR=$tmp/cmaked cmake --install "$tmp/out" --prefix /opt/ev \
            2>"$tmp/warnings" && [ ! -s "$tmp/warnings" ] ||
        { cat "$tmp/warnings"; return 1; }
}

installs_are_the_same() { is_made_alike "$tmp/cmaked" opt/ev/lib/some; }

library_is_optimized()
{
    cat "$tmp"/out/CMakeFiles/ev*/flags.make &&
        grep -e '-O2 .*-DNDEBUG' "$tmp/out/CMakeFiles/ev.dir/flags.make"
}

# Each kind by itself, elsewhere: in a tree that lies where it is used.
one_kind_serves() # SHARED
{
    rm -rf "$tmp/tree" "$tmp/program"
    configured "$tmp/out" -DBUILD_SHARED_LIBS="$1" -DRELEV_LIBEVENT=OFF \
        -DCMAKE_INSTALL_PREFIX="$tmp/tree" -DCMAKE_INSTALL_LIBDIR=lib &&
        cmake --build "$tmp/out" --target install &&
        [ "$(ls "$tmp/tree/include" | paste -sd ' ')" = \
            "ev++.h ev.h relev.h relev.hpp relevpp" ] &&
        cmake -S "$use" -B "$tmp/program" -DCMAKE_PREFIX_PATH="$tmp/tree" &&
        cmake --build "$tmp/program" && "$tmp/program/c" &&
        "$tmp/program/c++" && "$tmp/program/c++20"
}

shared_library_serves()
{
    one_kind_serves ON && [ ! -e "$tmp/tree/lib/libev.a" ] &&
        uses_our_library "$tmp/program/c" "$tmp/tree/lib"
}

static_library_serves()
{
    one_kind_serves OFF && ! ls "$tmp"/tree/lib/libev.so* &&
        needs_only_libc "$tmp/program/c"
}

pkg_config_leads_to_it()
{
    export PKG_CONFIG_PATH=$tmp/tree/lib/pkgconfig
    $CC "$use/program.c" $(pkg-config --cflags --libs libev) \
        -o "$tmp/static" && "$tmp/static"
}

# A project that carries the library along installs only what it asks for.
part_installs_nothing()
{
    mkdir "$tmp/parent" && printf '%s\n' \
        'cmake_minimum_required(VERSION 3.14)' 'project(parent C CXX)' \
        "add_subdirectory($tmp/src relev)" >"$tmp/parent/CMakeLists.txt" &&
        cmake -S "$tmp/parent" -B "$tmp/parent/out" "$@" \
            -DCMAKE_INSTALL_PREFIX="$tmp/parent/tree" &&
        cmake --build "$tmp/parent/out" &&
        cmake --install "$tmp/parent/out" && [ ! -e "$tmp/parent/tree" ]
}

part_installs_when_asked()
{
    cmake -DRELEV_INSTALL=ON "$tmp/parent/out" &&
        cmake --install "$tmp/parent/out" &&
        [ -e "$tmp/parent/tree/include/ev.h" ] &&
        [ ! -e "$tmp/parent/tree/include/event.h" ]
}

check release_is_unpacked
check installed_by_make
check installed_by_cmake
check installs_are_the_same
check library_is_optimized
check shared_library_serves
check static_library_serves
check pkg_config_leads_to_it
check part_installs_nothing
check part_installs_when_asked
finish
