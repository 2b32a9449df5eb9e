#!/usr/bin/env bash
# Our headers compile without warnings: in every standard of C and C++, with
# every compiler that is installed, and in every configuration.
#
# Environment: TOP; C_COMPILERS and CXX_COMPILERS, lists; those that are not
# there are skipped.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
here=$top/t/compat
compilers_c=${C_COMPILERS:-gcc clang}
compilers_cxx=${CXX_COMPILERS:-g++ clang++}
c_standards="gnu89 c89 c99 gnu11 c11 c17 c2x"
cxx_standards="c++98 c++11 c++14 c++17 c++20 c++2b"
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wcast-qual -Wstrict-aliasing=2
    -O2 -Werror"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

# The program callbacks of another type need three macros at once.
own_callbacks=(-DOWN_CALLBACKS '-DEV_CB_DECLARE(type)=int cb;'
    '-DEV_CB_INVOKE(w,revents)=own_invoke((w)->cb,revents)'
    '-Dev_set_cb(ev,cb_)=((ev)->cb = (cb_))')

# compile LANGUAGE HEADERS COMPILER STANDARD [OPTION]...
compile()
{
    local language=$1 headers=$2 header
    shift 2
    for header in $headers; do
        printf '#include "%s"\n' "$header"
    done >"$tmp/unit"
    # shellcheck disable=SC2086
    "$1" "-std=$2" $warnings "${@:3}" -I "$top" -I "$here" -x "$language" \
        -c "$tmp/unit" -o "$tmp/unit.o" >"$tmp/log" 2>&1
}

check()
{
    count=$((count + 1))
    if compile "$@" && [ ! -s "$tmp/log" ]; then
        echo "ok $count - ${*:2}"
    else
        echo "not ok $count - ${*:2}"
        head -n 15 "$tmp/log" | sed 's/^/# /'
        failed=$((failed + 1))
    fi
}

# Runs a check in the configurations that change what the headers say.
configured()
{
    check "$@" -DEV_MULTIPLICITY=0
    check "$@" -DEV_FEATURES=0
    check "$@" -DEV_FEATURES=0x7c
    check "$@" -DEV_MINPRI=0 -DEV_MAXPRI=0
    check "$@" -DEV_COMPAT3=0
    check "$@" -DEV_TSTAMP_T=float -DEV_ATOMIC_T=int
    check "$@" -DEV_SIGNAL_ENABLE=0 -DEV_CHILD_ENABLE=0 -DEV_WALK_ENABLE=1
}

all_c()
{
    local cc=$1 standard headers="every_macro.h every_event.h every_relev.h"
    for standard in $c_standards; do
        check c "$headers" "$cc" "$standard"
    done
    for standard in gnu89 c2x; do
        configured c "$headers" "$cc" "$standard"
        check c "every_macro.h every_relev.h" "$cc" "$standard" \
            -DEV_PROTOTYPES=0
        check c every_relev.h "$cc" "$standard" -DEV_WALK_ENABLE=1
        check c every_macro.h "$cc" "$standard" "${own_callbacks[@]}"
    done
}

all_cxx()
{
    local cxx=$1 standard c_headers="every_macro.h every_event.h every_relev.h"
    for standard in $cxx_standards; do
        check c++ "every_class.h $c_headers" "$cxx" "$standard"
    done
    for standard in c++98 c++2b; do
        configured c++ "every_class.h $c_headers" "$cxx" "$standard"
        check c++ every_class.h "$cxx" "$standard" -fno-exceptions -fno-rtti
        check c++ every_class.h "$cxx" "$standard" -DEV_USE_STDEXCEPT=0
        check c++ every_macro.h "$cxx" "$standard" "${own_callbacks[@]}"
    done
}

# relev.h includes all it needs, has the warnings of one compiler more, and says
# what it cannot do without.
relev_alone()
{
    local everything="-Weverything -Wno-unknown-warning-option -Wno-padded
        -Wno-unsafe-buffer-usage -Wno-c++98-compat-pedantic"
    # shellcheck disable=SC2086
    if command -v clang >/dev/null; then
        check c relev.h clang c99 $everything -Wno-declaration-after-statement
        check c++ relev.h clang++ c++17 $everything \
            -Wno-reserved-identifier -Wno-old-style-cast \
            -Wno-zero-as-null-pointer-constant
    fi
    count=$((count + 1))
    ! compile c relev.h "${CC:-cc}" c99 -DEV_MULTIPLICITY=0 &&
        grep -q 'relev.h needs EV_MULTIPLICITY' "$tmp/log" || {
        failed=$((failed + 1))
        echo -n "not "
    }
    echo "ok $count - relev.h says that it needs EV_MULTIPLICITY"
}

for compiler in $compilers_c; do
    command -v "$compiler" >/dev/null && all_c "$compiler"
done
for compiler in $compilers_cxx; do
    command -v "$compiler" >/dev/null && all_cxx "$compiler"
done
[ "$count" = 0 ] || relev_alone
[ "$count" != 0 ] || { echo "1..0 # SKIP no compiler"; exit 77; }
echo "1..$count"
exit $((failed > 0))
