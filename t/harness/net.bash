# What the check.sh of a net begins with, if it compiles programs with the
# library: . t/harness/net.bash NAME. Sets top, build, out, where programs and
# logs are, and tmp, which is removed at the end.
# Environment: BUILD, the build directory, with libev.so; LIBRARY, another
# library to test; CC.

set -u
export LC_ALL=C CMOCKA_MESSAGE_OUTPUT=TAP
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
build=$(cd "${BUILD:-$PWD}" && pwd -P)
library=${LIBRARY:-$build/libev.so}
out=$build/t/sh/$1
CC=${CC:-cc}

if [ ! -e "$library" ]; then
    echo "1..0 # SKIP no libev.so"
    exit 77
fi

mkdir -p "$out"
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

result() # STATUS NAME
{
    count=$((count + 1))
    local verdict=ok
    [ "$1" = 0 ] || verdict="not ok" failed=$((failed + 1))
    echo "$verdict $count - $2"
}

# With the sources of the net. Where there is a library beside it that the
# loader finds first, give a link to the right one.
compile() # NET PROGRAM SOURCE...
{
    local net=$1 program=$out/$2
    shift 2
    (cd "$top/t/nets/$net" &&
        $CC -std=gnu11 -O1 -g -Wall -Wextra -I"$build" -I"$top" \
            -I"$top/t/harness" "$@" -o "$program" "$library" \
            -Wl,-rpath,"$(dirname "$library")" -lcmocka -lpthread -lm)
}

# Ends if compiling failed or had something to say: $out/log.
compiled() # STATUS NAME
{
    [ "$1" != 0 ] || [ -s "$out/log" ] || return 0
    sed 's/^/# /' "$out/log"
    result 1 "$2"
    echo "1..$count"
    exit 1
}
