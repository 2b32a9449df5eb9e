#!/usr/bin/env bash
# An installed tree is complete, programs in C and C++ find it by pkg-config and
# CMake, and uninstalling removes all of it.

. "$(dirname "$0")/common.bash"
need cmake pkg-config

# Builds out of tree and installs into PREFIX, chosen after configuring.
install_with_prefix()
{
    mkdir "$tmp/build" && cd "$tmp/build" &&
        "$tmp/src/configure" -q CXX="$CXX" CXXFLAGS=-O1 &&
        $MAKE -s && $MAKE -s install PREFIX="$tmp/prefix" >"$tmp/installed"
}

# What it says: everything in the tree, and the way to it.
install_is_listed()
{
    diff - <(sed 's/ [1-9][0-9]* pages/ N pages/' "$tmp/installed") <<END
Installed:
  headers   $tmp/prefix/include: ev.h ev++.h relev.h relev.hpp event.h relevpp/
  library   $tmp/prefix/lib: libev.a libev.so.4.0.0 libev.so.4 libev.so \
relev-debug/libev.so.4
            $tmp/prefix/lib: pkgconfig/libev.pc cmake/libev/
  command   $tmp/prefix/bin: relev-debug
  manual    $tmp/prefix/share/man: N pages
Programs find it with LD_LIBRARY_PATH=$tmp/prefix/lib, or linked with
-Wl,-rpath,$tmp/prefix/lib.
END
}

tree_is_complete()
{
    cd "$tmp/prefix" && {
        printf 'include/%s\n' {ev,ev++,event,relev}.h
        printf 'include/%s\n' relev.hpp
        (cd "$tmp/src" && printf 'include/%s\n' relevpp/{,detail/,net/}*.hpp)
        echo bin/relev-debug
        printf 'lib/%s\n' libev.a libev.so libev.so.4 libev.so.4.0.0 \
            relev-debug/libev.so.4 pkgconfig/libev.pc \
            cmake/libev/libev-config{,-version}.cmake
        "$tmp/src/tools/manual" --list | sed 's,^,share/man/,'
    } | sort | diff - <(find . ! -type d -printf '%P\n' | sort) &&
        [ "$(readlink lib/libev.so)" = libev.so.4.0.0 ]
}

pkg_config_leads_to_it()
{
    local flags source=$use/program.$1 compiler=$2
    export PKG_CONFIG_PATH=$tmp/prefix/lib/pkgconfig
    [ "$(pkg-config --modversion libev)" = 4.33 ] &&
        ! pkg-config --static --libs libev | grep -e -lm &&
        flags=$(pkg-config --cflags --libs libev) &&
        $compiler "$source" $flags "-Wl,-rpath,$tmp/prefix/lib" \
            -o "$tmp/shared" && uses_our_library "$tmp/shared" \
            "$tmp/prefix/lib" &&
        $compiler -static "$source" \
            $(pkg-config --static --cflags --libs libev) \
            -o "$tmp/static" && "$tmp/static"
}

# cmake_leads_to_it DIR OPTION...
cmake_leads_to_it()
{
    local dir=$1
    shift
    rm -rf "$tmp/cmake"
    cmake -S "$use" -B "$tmp/cmake" -DCMAKE_PREFIX_PATH="$dir" "$@" &&
        cmake --build "$tmp/cmake" || return
    for program in "$tmp"/cmake/c "$tmp"/cmake/c++{,20}; do
        [ ! -e "$program" ] || uses_our_library "$program" "$dir/lib" || return
    done
    [ -e "$tmp/cmake/c" ]
}

# The same after the whole tree has moved.
cmake_leads_to_a_moved_tree()
{
    cp -a "$tmp/prefix" "$tmp/moved" && cmake_leads_to_it "$tmp/moved"
}

# gets_version VERSION: whether a project that asks for it gets ours.
gets_version()
{
    mkdir -p "$tmp/asks" && printf '%s\n' \
        "cmake_minimum_required(VERSION 3.14)" "project(asks NONE)" \
        "find_package(libev $1 REQUIRED)" >"$tmp/asks/CMakeLists.txt" &&
        cmake -S "$tmp/asks" -B "$tmp/asks/out" \
            -Dlibev_DIR="$tmp/prefix/lib/cmake/libev"
}

version_may_be_asked_for()
{
    gets_version 4.0 && gets_version 4.33 && gets_version '4.33 EXACT' &&
        ! gets_version 4.34 && ! gets_version 3.9 && ! gets_version 5
}

# Ranges, which CMake has since 3.19.
version_may_be_in_a_range()
{
    gets_version 4.0...4.33 && gets_version 4.0...4.34 &&
        gets_version 3...5 && gets_version 4.33...4.33 &&
        gets_version '4.0...<4.34' && ! gets_version '4.0...<4.33' &&
        ! gets_version 4.0...4.32 && ! gets_version 4.34...4.40 &&
        ! gets_version 3...3.9 && ! gets_version 5...6
}

# An older CMake sets the variables of one version only.
version_is_told_without_ranges()
{
    local file=$tmp/prefix/lib/cmake/libev/libev-config-version.cmake
    suits 4.0 "$file" && suits 4.33 "$file" && ! suits 4.34 "$file" &&
        ! suits 3.9 "$file"
}

# suits VERSION FILE: what the file answers when that is asked for.
suits()
{
    printf '%s\n' "set(PACKAGE_FIND_VERSION $1)" \
        "set(PACKAGE_FIND_VERSION_MAJOR ${1%%.*})" "include($2)" \
        'if(NOT PACKAGE_VERSION_COMPATIBLE)' 'message(FATAL_ERROR no)' \
        'endif()' >"$tmp/suits.cmake" && cmake -P "$tmp/suits.cmake"
}

# As two parts of a project do.
library_may_be_found_twice()
{
    mkdir -p "$tmp/twice" && printf '%s\n' \
        "cmake_minimum_required(VERSION 3.14)" "project(twice NONE)" \
        "find_package(libev 4 REQUIRED)" "find_package(libev 4 REQUIRED)" \
        >"$tmp/twice/CMakeLists.txt" &&
        cmake -S "$tmp/twice" -B "$tmp/twice/out" \
            -Dlibev_DIR="$tmp/prefix/lib/cmake/libev"
}

# Without the library, the file says so.
library_must_be_there()
{
    mkdir "$tmp/bare" && cp -a "$tmp/prefix" "$tmp/bare" &&
        rm "$tmp"/bare/prefix/lib/libev.* && ! cmake -S "$tmp/twice" \
        -B "$tmp/bare/out" -Dlibev_DIR="$tmp/bare/prefix/lib/cmake/libev" \
        2>"$tmp/said" && grep 'no libev library in' "$tmp/said"
}

emulation_is_found()
{
    $CC -I"$tmp/prefix/include" "$use/event.c" -L"$tmp/prefix/lib" -lev \
        "-Wl,-rpath,$tmp/prefix/lib" -o "$tmp/event" &&
        uses_our_library "$tmp/event" "$tmp/prefix/lib"
}

strip_takes_the_symbols()
{
    cd "$tmp/build" && $MAKE -s install-strip PREFIX="$tmp/strip" &&
        ! readelf -S "$tmp/strip/lib/libev.so.4" | grep -E 'symtab|debug' &&
        $CC -I"$tmp/strip/include" "$use/program.c" \
            "$tmp/strip/lib/libev.a" -o "$tmp/strip/a" && "$tmp/strip/a"
}

uninstall_leaves_nothing()
{
    cd "$tmp/build" && $MAKE -s uninstall PREFIX="$tmp/prefix" &&
        ! find "$tmp/prefix" | grep .
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
        ! ls "$tmp"/out/lib64/libev.a && rm -rf "$tmp/cmake" &&
        cmake -S "$use" -B "$tmp/cmake" -DONLY_C=1 \
            -Dlibev_DIR="$tmp/out/lib64/cmake/libev" &&
        cmake --build "$tmp/cmake" && "$tmp/cmake/c"
}

emulation_is_left_out()
{
    option --disable-libevent && [ ! -e "$tmp/out/include/event.h" ] &&
        nm -D "$tmp/out/lib64/libev.so" | grep ' ev_run' &&
        ! nm -D "$tmp/out/lib64/libev.so" | grep ' event_'
}

check release_is_unpacked
check install_with_prefix
check install_is_listed
check tree_is_complete
check_man "$tmp/prefix/share/man"
check pkg_config_leads_to_it c "$CC"
check pkg_config_leads_to_it cpp "$CXX"
check cmake_leads_to_it "$tmp/prefix"
check cmake_leads_to_it "$tmp/prefix" -DONLY_C=1
check cmake_leads_to_a_moved_tree
check version_may_be_asked_for
check version_may_be_in_a_range
check version_is_told_without_ranges
check library_may_be_found_twice
check library_must_be_there
check emulation_is_found
check strip_takes_the_symbols
check uninstall_leaves_nothing
check clean_leaves_nothing
check shared_is_left_out
check static_is_left_out
check emulation_is_left_out
finish
