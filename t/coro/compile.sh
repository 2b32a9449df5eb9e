#!/usr/bin/env bash
# relev.hpp compiles without a warning, by both compilers, as C++20 and later,
# and refuses what it must refuse.
# Packages: g++ clang.

set -u
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
strict=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow
    -Wnon-virtual-dtor -Werror -I"$top" -I"$top/t/harness")
count=0 failed=0

# result STATUS NAME: a line of the report; what went wrong is in $tmp/log.
result()
{
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        head -20 "$tmp/log" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

# Each part alone, and all of them where a program uses ev++.h, too.
headers_compile()
{
    local part
    for part in "$top"/relev{,pp/*,pp/detail/*,pp/net/*}.hpp; do
        [ -n "$has_openssl" ] || [[ $part != */tls*.hpp ]] || continue
        echo "#include \"$part\""
        "$@" "${strict[@]}" -fsyntax-only -x c++ - <<<"#include \"$part\"
            int main() { return 0; }" || return
    done >"$tmp/log" 2>&1
    "$@" "${strict[@]}" -fsyntax-only -x c++ - >"$tmp/log" 2>&1 <<<'
        #include "relev.hpp"
        #include "ev++.h"
        int main() { relev::loop l; ev::timer t(l.raw()); }'
}

# <memory> is a fifth of the compile time of relev.hpp.
memory_is_not_included()
{
    local headers
    headers=$("$1" -std=c++20 -I"$top" -M -x c++ - 2>"$tmp/log" \
        <<<'#include "relevpp/no_chrono.hpp"') || return
    ! grep -o '[^ ]*/shared_ptr.h' <<<"$headers" >"$tmp/log"
}

# The tests, which use all of it. What they include is precompiled, but for the
# one that defines NDEBUG before it.
tests_compile()
{
    local file helped help=$tmp/coro_help.hh suffix=gch
    [ "$1" = g++ ] || suffix=pch
    cp "$top/t/coro/coro_help.hh" "$help" &&
        "$@" "${strict[@]}" -x c++-header "$help" -o "$help.$suffix" \
            >"$tmp/log" 2>&1 || return
    for file in "$top"/t/coro/*.cc; do
        helped=(-include "$help")
        [[ $file != */net_cancel.cc ]] || helped=()
        "$@" "${strict[@]}" "${helped[@]}" -fsyntax-only "$file" || return
    done >"$tmp/log" 2>&1
}

# program COMPILER FLAG...: compiles standard input, after compile.hh, which is
# precompiled: that takes a third of the time for a hundred programs.
program()
{
    local compiler=$1 header=$tmp/$1/compile.hh flags suffix=gch
    shift
    [ "$compiler" = g++ ] || suffix=pch
    flags=(-std=c++20 -w -I"$top")
    if [ ! -d "$tmp/$compiler" ]; then
        mkdir "$tmp/$compiler" && cp "$top/t/coro/compile.hh" "$header" &&
            "$compiler" "${flags[@]}" -x c++-header "$header" \
                -o "$header.$suffix" || return
    fi
    "$compiler" "${flags[@]}" -fsyntax-only -include "$header" "$@" -x c++ -
}

# refused_by_old_gcc WHAT REASON, with a statement: by g++ 12 for its bug.
refused_by_old_gcc()
{
    local compilers=(g++)
    program g++ 2>"$tmp/log" \
        <<<"static_assert(relev::detail::closures_are_destroyed_twice);" ||
        return
    refused "$@"
}

# The lines of an error in $tmp/log, without the chain of headers.
error_lines()
{
    grep -cvE '^In file included|^ +from |errors? generated' "$tmp/log"
}

# refused WHAT REASON, with a statement as standard input. The same program
# compiles without it. With $at_most, the error has at most as many lines.
refused()
{
    local what=$1 reason=$2 statement compiler short
    statement=$(cat)
    for compiler in "${compilers[@]}"; do
        short=-fno-diagnostics-show-caret
        [ "$compiler" = g++ ] || short=-fno-caret-diagnostics
        program "$compiler" "$short" >"$tmp/log" 2>&1 \
            <<<"void f(relev::loop& l) { (void)l; $statement }"
        [ $? != 0 ] && grep -qE "error: .*($reason)" "$tmp/log" &&
            [ "$(error_lines)" -le "${at_most:-1000}" ]
        result $? "$compiler refuses $what"
    done
}

has_openssl=
echo '#include <openssl/ssl.h>' | ${CC:-cc} -E - >/dev/null 2>&1 &&
    has_openssl=1
[ -n "$has_openssl" ] || echo "# skipped: tls.hpp, without openssl/ssl.h"

compilers=()
for compiler in g++ clang++; do
    command -v $compiler >/dev/null && compilers+=("$compiler")
done
[ ${#compilers[@]} -gt 0 ] || { echo "# skipped: no compiler"; exit 77; }

# Each header by one standard of each compiler. The tests are compiled by g++
# anyway, so here by clang, if it is there.
for compiler in "${compilers[@]}"; do
    alone=c++20
    [ "$compiler" = g++ ] || alone=c++2b
    headers_compile "$compiler" -std=$alone
    result $? "$compiler -std=$alone has nothing to say"
done
memory_is_not_included "$compiler"
result $? "$compiler reads no <memory> for relev.hpp"
tests_compile "$compiler" -std=c++20
result $? "$compiler -std=c++20 has nothing to say of the tests"
. "$top/t/coro/refused.bash"
echo "1..$count"
exit $((failed > 0))
