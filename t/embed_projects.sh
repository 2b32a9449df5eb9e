#!/usr/bin/env bash
# Projects that build the library as a part of themselves: the examples, which
# embed it by CMake and by a copy of its files, and others by CMake.

. "$(dirname "$0")/install/common.bash"
need cmake clang clang++

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
        diff - <(sed -n 's/^ *\(ev_.*\);$/\1/p' "$tmp/src/libev.sym")
}

# event.h in the way of libevent's would be a nuisance.
emulation_is_not_seen_by_a_parent()
{
    [ "$(cd "$tmp/out/relev/include" && echo *)" = "ev++.h ev.h" ] &&
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
    cd "$tmp/examples/copied" && $MAKE RELEV="$tmp/src" CC="$CC" CXX="$CXX" \
        CFLAGS="-std=c99 $strict" && needs_only_libc stamp &&
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

check release_is_unpacked
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
