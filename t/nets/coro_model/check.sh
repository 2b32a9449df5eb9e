#!/usr/bin/env bash
# Random programs of tasks, scopes, nurseries and channels, on a model of them
# in plain C++ and with relev.hpp: same results, same order, nothing left. And
# programs on several loops, with less of a model: see pools.cc.
#
# A program is disturbed at a random step or time: by a stop, by an error of a
# callback, or by ev_break. Time is virtual. A program that fails is printed as
# small as it can be made, with both traces: the statements in the order in
# which they ended, each with its outcome (v value, c canceled, t timed out,
# s stopped, x closed, e error; 0 is the whole run, d deadlock, m the callback).
# Some are played again for each of many allocations, which then fails.
#
# Usage: check.sh    $SEEDS programs (2500) from $FIRST on (0). Prints TAP.
#        check.sh SEED    one program, with both traces
# Environment: BUILD, the build directory; LIBRARY, another library to test;
# HEADERS, where another relev.hpp is; SHOW, how many failures are printed;
# PATIENCE, the seconds after which a program on several loops hangs (60).

# shellcheck source=t/harness/net.bash
. "$(dirname "$0")/../../harness/net.bash" coro_model
here=$top/t/nets/coro_model
headers=${HEADERS:-$top}
seeds=${SEEDS:-2500} first=${FIRST:-0}
sanitized="-fsanitize=address,undefined -fno-sanitize-recover=all"

build_with() # NAME COMPILER ARGUMENT...
{
    local name=$1 compiler=$2
    shift 2
    (cd "$here" && "$compiler" -std=c++20 -O1 -g -Wall -Wextra -I"$headers" \
        -I"$build" "$@" -o "$out/$name" "$library" \
        -Wl,-rpath,"$(dirname "$library")" -lpthread)
}

play() # NAME FIRST COUNT [HOW]
{
    timeout 3000 "$out/$1" "$2" "$3" >"$tmp/$1" 2>"$tmp/$1.err"
    local status=$?
    result $status "test_coro_programs_of_$1_${4-do_as_the_model}"
    cat "$tmp/$1"
    [ $status = 0 ] || head -n 50 "$tmp/$1.err" | sed 's/^/# /'
}

build_with gcc g++ driver.cc clock.cc >"$out/log" 2>&1
compiled $? test_coro_model_compiles
if [ $# -gt 0 ]; then
    "$out/gcc" -v "$1"
    exit
fi
play gcc "$first" "$seeds"
NO_MEMORY=1 play gcc "$first" $((seeds / 5)) without_memory_leave_nothing
build_with pools g++ pools.cc >"$out/log" 2>&1
compiled $? test_coro_pools_compile
play pools "$first" $((seeds / 5))
if command -v clang++ >/dev/null; then
    # shellcheck disable=SC2086
    build_with clang_sanitized clang++ $sanitized -fno-sanitize=function \
        driver.cc clock.cc >"$out/log" 2>&1
    compiled $? test_coro_model_compiles_sanitized
    play clang_sanitized $((first + seeds)) $((seeds / 2))
    NO_MEMORY=1 play clang_sanitized "$first" $((seeds / 20)) \
        without_memory_leave_nothing

    # The C++ library counts the users of an exception where TSan does not see
    # it.
    echo "race:exception_ptr::_M_release" >"$tmp/races"
    build_with pools_tsan clang++ -fsanitize=thread pools.cc >"$out/log" 2>&1
    compiled $? test_coro_pools_compile_sanitized
    TSAN_OPTIONS="suppressions=$tmp/races" play pools_tsan "$first" \
        $((seeds / 20))
else
    echo "# no clang++"
fi
echo "1..$count"
exit $((failed > 0))
