#!/usr/bin/env bash
# Projects that build the library themselves: the examples, which embed it by
# CMake and by a copy of its files, and other projects with CMake.

. "$(dirname "$0")/../install/common.bash"
parts=$top/t/embedding/parts
need autoconf cmake clang clang++

strict='-Wall -Wextra -Werror -O1'

# A project in C alone, one in both; all warnings on.
cmake_embeds()
{
    rm -rf "$tmp/out"
    cmake -S "$use" -B "$tmp/out" -DEMBED="$tmp/src" \
        -DCMAKE_C_FLAGS="$strict" -DCMAKE_CXX_FLAGS="$strict -Wconversion" \
        "$@" && cmake --build "$tmp/out"
}

static_library_serves_c()
{
    cmake_embeds -DONLY_C=1 && "$tmp/out/c" && needs_only_libc "$tmp/out/c"
}

shared_library_serves_c()
{
    cmake_embeds -DONLY_C=1 -DSHARED=1 &&
        uses_our_library "$tmp/out/c" "$tmp/out/relev" &&
        needs_only_libc "$tmp/out/relev/libev.so"
}

# With the parent's wishes for the language, which are not those of ours.
static_library_serves_both()
{
    cmake_embeds -DCMAKE_CXX_STANDARD=11 -DRELEV_LIBEVENT=1 \
        -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ &&
        "$tmp/out/c" && "$tmp/out/c++" && "$tmp/out/event"
}

shared_library_serves_both()
{
    cmake_embeds -DSHARED=1 &&
        uses_our_library "$tmp/out/c" "$tmp/out/relev" &&
        uses_our_library "$tmp/out/c++" "$tmp/out/relev"
}

exports_are_those_of_libev()
{
    nm -D --defined-only "$tmp/out/relev/libev.so" | sed 's/.* //' | sort |
        diff - <({ cat "$tmp/src/Symbols.ev"; echo RELEV_1
            sed 's/$/@@RELEV_1/' "$tmp/src/packaging/Symbols.relev"; } | sort)
}

# event.h in the way of libevent's would be a nuisance.
emulation_is_not_seen_by_a_parent()
{
    [ "$(cd "$tmp/out/relev/include" && echo *)" = \
        "ev++.h ev.h relev.h relev.hpp relevpp" ] &&
        ! grep -r -- "-I$tmp/src" "$tmp/out" --include=flags.make
}

release_is_fetched()
{
    rm -rf "$tmp/out"
    cmake -S "$use" -B "$tmp/out" -DFETCH="$(echo "$tmp"/relev-*.tar.gz)" &&
        cmake --build "$tmp/out" && "$tmp/out/c" && "$tmp/out/c++"
}

# The examples lie elsewhere, as they do when somebody starts from them.
example_is_built_by_cmake()
{
    cp -r "$tmp/src/examples" "$tmp/examples" && cd "$tmp/examples/cmake" &&
        cmake -S . -B build -DRELEV="$tmp/src" -DCMAKE_C_FLAGS="$strict" \
            -DCMAKE_CXX_FLAGS="$strict" && cmake --build build
}

# limits PROGRAM: passes the status on, and is not late.
limits()
{
    cd "$tmp/examples/cmake/build" || return
    ./"$1" 20 sh -c 'exit 3'
    [ $? = 3 ] || return
    ./"$1" 20 sh -c 'kill -9 $$'
    [ $? = 137 ] || return
    ./"$1" 0.02 sleep 1000
    [ $? = 124 ] || return
    ./"$1"
    [ $? = 125 ]
}

example_is_built_from_copies()
{
    cd "$tmp/examples/copied" && $MAKE -j4 RELEV="$tmp/src" CC="$CC" \
        CXX="$CXX" CFLAGS="-std=c99 $strict" >"$tmp/said" &&
        [ "$(grep -c '^mkdir' "$tmp/said")" = 1 ] && needs_only_libc stamp &&
        [ ! -e libev/config.h ] && cmp libev/LICENSE "$tmp/src/LICENSE"
}

# Once copied, the library is a part of the project, and the original may go.
example_needs_no_original()
{
    cd "$tmp/examples/copied" && $MAKE clean &&
        $MAKE RELEV=/none CC="$CC" CXX="$CXX"
}

stamps()
{
    printf 'a\nb\n' | "$tmp/examples/copied/stamp" >"$tmp/stamped" &&
        diff - <(sed 's/^ *[0-9]*\.[0-9]\{3\} /T /' "$tmp/stamped") <<-'END'
	T a
	T b
	END
}

# The files that libev's embedders name: libev.m4, ev.c and event.c.
autoconf_embeds() # FLAG...
{
    rm -rf "$tmp/project" && cp -r "$parts/autoconf" "$tmp/project" &&
        cp -r "$tmp/src" "$tmp/project/libev" && cd "$tmp/project" &&
        cp "$parts/"{program.c,timer.h} . &&
        cp "$use/event.c" emulation.c && ACLOCAL=true autoreconf &&
        ./configure -q CC="$CC" CXX="$CXX" CPPFLAGS="$*" &&
        $MAKE -s && ./program && ./emulation && needs_only_libc program
}

# All that our configure found, libev.m4 finds, too.
findings_are_ours()
{
    cd "$tmp/src" && ./configure -q CC="$CC" CXX="$CXX" || return
    diff <(grep -o 'HAVE.*' config.h | sort) \
        <(grep -o 'HAVE.*' "$tmp/project/config.h" | sort) &&
        grep -q '^#define HAVE_SYS_EPOLL_H 1' config.h
}

# Every name, so that another libev fits into the program beside.
names_are_changed()
{
    local alone="-DEV_STANDALONE=1 -I$tmp/src -include names.h"
    mkdir -p "$tmp/changed" && cd "$tmp/changed" &&
        sed 's/.*/#define & own_&/' "$tmp/src/Symbols.ev" \
            "$tmp/src/Symbols.event" >names.h &&
        $CXX $alone -c "$tmp/src/ev.c" && $CXX $alone -c "$tmp/src/event.c" &&
        $CC $alone "$use/event.c" ev.o event.o -o event && ./event &&
        $CXX -DEV_STANDALONE=1 -c "$tmp/src/ev.c" -o other.o &&
        $CC $alone "$parts/program.c" ev.o other.o -o program &&
        ./program && nm -g --defined-only ev.o event.o | grep -c ' own_ev' &&
        ! nm -g --defined-only ev.o event.o | grep -E ' (rel)?ev' |
        grep -v ' ev_c_is_'
}

# What is not in the lists becomes local.
names_are_kept()
{
    mkdir -p "$tmp/kept" && cd "$tmp/kept" &&
        $CXX -DEV_STANDALONE=1 -c "$tmp/src/ev.c" &&
        objcopy --keep-global-symbols="$tmp/src/Symbols.ev" ev.o kept.o &&
        diff "$tmp/src/Symbols.ev" \
            <(nm -g --defined-only kept.o | sed 's/.* //' | sort)
}

check release_is_unpacked
check autoconf_embeds
check findings_are_ours
check autoconf_embeds -DEV_STANDALONE
check names_are_changed
check names_are_kept
check static_library_serves_c
check shared_library_serves_c
check static_library_serves_both
check shared_library_serves_both
check emulation_is_not_seen_by_a_parent
check exports_are_those_of_libev
check release_is_fetched
check example_is_built_by_cmake
check limits limit
check limits limit++
check example_is_built_from_copies
check example_needs_no_original
check stamps
finish
