#!/usr/bin/env bash
# The ways of embedding the sources in a program, without configure, with both
# compilers. The sources are not in the current directory, as in practice.

set -u
export LC_ALL=C
top=$(cd "$(dirname "$0")/../.." && pwd -P)
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
use=$top/t/embedding/parts
count=0 failed=0

# clang++ warns about the file name .c, not about its contents.
by_the_name="treating 'c' input as 'c++'"

mkdir "$tmp/libev" "$tmp/build"
cp -r "$top"/ev.[ch]* "$top/ev++.h" "$top"/event.[ch] "$top/core" \
    "$top/backends" "$top/watchers" "$top/compat" "$top"/relev* "$tmp/libev"
cd "$tmp/build" || exit 1

# One line of TAP for a function that runs silently.
check()
{
    count=$((count + 1))
    rm -f ./*
    "$@" >"$tmp/all" 2>&1
    local status=$?
    grep -v "$by_the_name" "$tmp/all" >"$tmp/log"
    if [ $status = 0 ] && [ ! -s "$tmp/log" ]; then
        echo "ok $count - $* [$cxx]"
    else
        echo "not ok $count - $* [$cxx]"
        sed -n '1,12s/^/# /p' "$tmp/log"
        failed=$((failed + 1))
    fi
}

alone=-DEV_STANDALONE
from="-I../libev -I$use"

# c++ -c ev.c and nothing else, linked into C by plain cc.
object_is_compiled_by_name()
{
    $cxx $alone -c "../libev/$1" -o ev.o &&
        $cc $alone $from "$use/program.c" ev.o -o program && ./program
}

# The same by a C driver told the language.
object_is_compiled_by_c_driver()
{
    $cc -x c++ -fno-exceptions $alone -c ../libev/ev.c -o ev.o &&
        $cc $alone $from "$use/program.c" ev.o -o program && ./program
}

# In a file of the program, which included ev.h before.
object_is_compiled_after_ev_h()
{
    $cxx $alone $from -include ev.h -c ../libev/ev.cpp -o ev.o &&
        $cc $alone $from "$use/program.c" ev.o -o program && ./program
}

# No symbol of the C++ runtime is left undefined, except weak ones.
object_needs_no_cxx_runtime()
{
    $cxx $1 $alone -c ../libev/ev.c -o ev.o &&
        ! nm -u ev.o | grep ' U ' | grep -E '_Z|__cxa|__gxx|_Unwind'
}

one_file_is_a_cxx_program()
{
    $cxx $1 $alone $from "$use/included.cc" -o program && ./program
}

two_private_copies_share_a_program()
{
    $cxx -std=c++17 -DEV_API_STATIC $alone $from "$use/first.cc" \
        "$use/second.cc" -o program && ./program &&
        ! nm program | grep -E ' [TDBR] ev_'
}

# A C compiler that compiles FILE prints the right command, and nothing else.
c_compiler_gets_one_error() # FILE
{
    local advice="$1 is C++: compile it with c++ -c $1,"
    ! $cc $alone -c "../libev/$1" -o ev.o 2>errors || return
    grep -qF "$advice" errors && [ "$(grep -c 'error:' errors)" = 1 ] ||
        { cat errors; return 1; }
}

# The same for a C file that wants a copy of its own.
private_copy_in_c_gets_one_error()
{
    ! $cc -Wall -Wextra $alone -DEV_API_STATIC $from -c "$use/face.c" \
        -o face.o 2>errors || return
    grep -qF 'EV_API_STATIC needs a C++ file' errors &&
        [ "$(grep -cE '(error|warning):' errors)" = 1 ] ||
        { cat errors; return 1; }
}

# event.c beside ev.c: each name is in exactly one of them.
event_c_is_compiled_too() # FLAG...
{
    $cxx $alone "$@" -c ../libev/ev.c -o ev.o &&
        $cxx $alone "$@" -c ../libev/event.c -o event.o &&
        $cc $alone "$@" $from "$top/t/install/use/event.c" ev.o event.o \
            -o program && ./program
}

event_c_is_in_the_same_file()
{
    $cxx $alone $from -Wall -Wextra "$use/event.cc" -o program && ./program
}

event_c_is_a_face()
{
    echo '#include "event.c"' | cat - "$top/t/install/use/event.c" >face.c &&
        $cxx $alone -DEV_LIBEVENT_ENABLE=1 -c ../libev/ev.c -o ev.o &&
        $cc $alone $from face.c ev.o -o program && ./program
}

face_works_with_the_object()
{
    $cxx $alone -c ../libev/ev.cpp -o ev.o &&
        $cc -Wall -Wextra $alone $from -c "$use/face.c" -o face.o &&
        $cc face.o ev.o -o program && ./program
}

# Without the object, the linker prints a symbol whose name explains the
# problem.
face_without_object_is_told_by_the_linker()
{
    $cc $alone $from -c "$use/face.c" -o face.o || return
    ! $cc face.o -o program 2>errors || return
    grep -Eq "undefined reference to .*(cpp|cxx|c_plus_plus)" errors ||
        { cat errors; return 1; }
}

# Weak ones can be in several objects, like inline functions of C++ headers.
defined() { nm -g --defined-only "$@" | sed -n 's/.* [A-UX-Z] //p' | sort; }

# Nothing of relev.h: nobody asked for it.
object_has_only_the_names_of_libev()
{
    $cxx $alone -c ../libev/ev.c -o ev.o &&
        defined ev.o | diff "$top/Symbols.ev" -
}

object_has_all_names_of_relev()
{
    $cxx $alone -DEV_RELEV_ENABLE=1 -c ../libev/ev.c -o ev.o &&
        defined ev.o |
        diff <(sort "$top/Symbols.ev" "$top/packaging/Symbols.relev") -
}

# With libev's two lists, as embedders do.
every_name_is_changed() # FLAG...
{
    sed 's/.*/#define & own_&/' "$top"/Symbols.ev "$top"/Symbols.event >names.h
    $cxx $alone "$@" -include ./names.h -c ../libev/ev.c -o ev.o &&
        $cxx $alone "$@" -include ./names.h -c ../libev/event.c -o event.o &&
        defined ev.o event.o | grep -v '^own_'
    [ "$(defined ev.o event.o | grep -c '^own_ev')" = "$(wc -l <names.h)" ]
}

# R4.11: the program's own common members of watchers, and all features. perl's
# EV has those of the first.
common_members_are_the_program_s() # MEMBERS FLAG...
{
    local members=-DEV_COMMON=$1
    shift
    $cxx "$members" $alone -DEV_LIBEVENT_ENABLE=0 -DEV_RELEV_ENABLE=1 \
        -DEV_VERIFY=3 "$@" -Wall -Wextra -c ../libev/ev.c -o ev.o &&
        $cc "$members" $alone $from "$use/common.c" ev.o -o program &&
        ./program
}

for pair in g++:gcc clang++:clang; do
    cxx=${pair%:*} cc=${pair#*:}
    if ! command -v "$cxx" "$cc" >/dev/null; then
        echo "ok $((count += 1)) # SKIP no $cxx"
        continue
    fi
    check object_is_compiled_by_name ev.c
    check object_is_compiled_by_name ev.cpp
    check object_is_compiled_by_c_driver
    check object_is_compiled_after_ev_h
    check object_needs_no_cxx_runtime -O0
    check object_needs_no_cxx_runtime -O2
    check one_file_is_a_cxx_program -std=c++17
    check one_file_is_a_cxx_program -std=c++20
    check two_private_copies_share_a_program
    check event_c_is_compiled_too
    check event_c_is_compiled_too -DEV_LIBEVENT_ENABLE=1
    check event_c_is_compiled_too -O2 -flto=auto
    check object_has_only_the_names_of_libev
    check object_has_all_names_of_relev
    check every_name_is_changed
    check every_name_is_changed -DEV_LIBEVENT_ENABLE=1
    check event_c_is_in_the_same_file
    check event_c_is_a_face
    for members in "void* self; int e_flags;" "int data;" "char data[3];"; do
        check common_members_are_the_program_s "$members"
        check common_members_are_the_program_s "$members" -DRELEV_DEBUG=1 \
            -DEV_USE_USDT=1
    done
    check c_compiler_gets_one_error ev.c
    check c_compiler_gets_one_error event.c
    check private_copy_in_c_gets_one_error
    check face_works_with_the_object
    check face_without_object_is_told_by_the_linker
done
echo "1..$count"
exit $((failed > 0))
