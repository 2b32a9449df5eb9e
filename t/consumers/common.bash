# Functions for scripts that run real programs on a libev.so.4 and prove which
# one was loaded. To be sourced; everything started through `spawn` is ended,
# and the directory $tmp removed, however the script ends.
#
# LIBEV_DIR is the directory of the libev.so.4 under test: by default the build
# directory BUILD, or else the top of the source tree. Set but empty, it means
# the system's own library, for comparison.

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

me=${0##*/}
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
libev_dir=${LIBEV_DIR-${BUILD:-$top}}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/relev.XXXXXX") || exit 1

fail()
{
    echo "$me: $*" >&2
    exit 1
}

# Shows the end of a log before giving up.
fail_with_log()
{
    tail -n 15 "$1" | sed 's/^/    /' >&2
    shift
    fail "$@"
}

skip()
{
    echo "$me: skipped: $*"
    exit 77
}

# Whether any of the processes is there.
alive() { kill -0 "$@" 2>/dev/null; }

# Waits until PID has ended; a child's status is left to `wait`.
gone()
{
    local _
    for _ in {1..250}; do
        alive "$1" || return 0
        sleep 0.02
    done
    return 1
}

# All processes below PID, PID first.
tree()
{
    local child
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        tree "$child"
    done
}

cleanup()
{
    local pid all=() _
    for pid in $(jobs -rp); do
        mapfile -t -O "${#all[@]}" all < <(tree "$pid")
    done
    if [ "${#all[@]}" -gt 0 ]; then
        kill -TERM "${all[@]}" 2>/dev/null
        for _ in {1..100}; do
            alive "${all[@]}" || break
            sleep 0.02
        done
        kill -KILL "${all[@]}" 2>/dev/null
    fi
    wait
    rm -rf "$tmp"
}

trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

if [ -n "$libev_dir" ]; then
    libev_dir=$(cd "$libev_dir" 2>/dev/null && pwd -P) \
        || fail "no directory ${LIBEV_DIR-${BUILD:-$top}}"
    if [ ! -e "$libev_dir/libev.so.4" ]; then
        grep -qs '^SHARED *= *no' "$libev_dir/config.mk" \
            && skip "built without a shared library"
        fail "no libev.so.4 in $libev_dir: run make first"
    fi
    library=$(readlink -f "$libev_dir/libev.so.4")
else
    library=system
fi

# Becomes the command, with the library under test in front of the system's.
on_libev()
{
    local path=${LD_LIBRARY_PATH:-}
    [ -z "$libev_dir" ] || export LD_LIBRARY_PATH=$libev_dir${path:+:$path}
    exec "$@"
}

# spawn LOG COMMAND...: runs it on the library in the background, as $pid.
spawn()
{
    local log=$1
    shift
    : >"$log" # there to be read at once
    on_libev "$@" </dev/null >"$log" 2>&1 &
    pid=$!
}

# The libev that PID has mapped, as the kernel tells: the line of its code.
libev_of()
{
    grep -E ' r-xp? .*/libev\.so' "/proc/$1/maps" 2>/dev/null
}

# proof NAME PID: prints that line, and fails unless it is our library alone.
# For a process that has just been started, waits until it is loaded.
proof()
{
    local line path
    until line=$(libev_of "$2") && [ -n "$line" ]; do
        alive "$2" || fail "$1 ended before its memory map could be read"
    done
    path=$(sed 's/.* \//\//' <<<"$line")
    printf '  %-9s pid %s has mapped\n            %s\n' "$1" "$2" "$path"
    if [ "$library" != system ] && [ "$path" != "$library" ]; then
        fail "$1 has loaded $path instead of $library"
    fi
}

# The port on which PID listens; waits until it does.
listening_port()
{
    local inode port _
    for _ in {1..250}; do
        for inode in $(socket_inodes "$1"); do
            port=$(awk -v inode="$inode" \
                '$4 == "0A" && $10 == inode { split($2, a, ":"); print a[2] }' \
                "/proc/$1/net/tcp" 2>/dev/null)
            [ -n "$port" ] && echo $((16#$port)) && return 0
        done
        alive "$1" || return 1
        sleep 0.02
    done
    return 1
}

socket_inodes()
{
    find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null \
        | tr -cd '0-9\n'
}

# start_nghttpd ARGUMENT...: sets $server and $port, which the kernel chooses.
start_nghttpd()
{
    mkdir -p "$tmp/docs"
    echo 'Hello from nghttpd.' >"$tmp/docs/index.html"
    spawn "$tmp/nghttpd.log" nghttpd --address=127.0.0.1 \
        --htdocs="$tmp/docs" "$@"
    server=$pid
    port=$(listening_port "$server") \
        || fail_with_log "$tmp/nghttpd.log" "nghttpd does not listen"
}

# load URI REQUESTS CLIENTS: drives URI with h2load, proves its library, and
# fails unless every request succeeded. The output is left in $tmp/h2load.log.
load()
{
    local uri=$1 requests=$2 clients=$3 log=$tmp/h2load.log status
    spawn "$log" h2load --requests="$requests" --clients="$clients" \
        --max-concurrent-streams=10 "$uri"
    proof h2load "$pid"
    wait "$pid"
    status=$?
    [ "$status" = 0 ] || fail_with_log "$log" "h2load: exit status $status"
    grep -q "^requests: $requests total, $requests started, $requests done, \
$requests succeeded, 0 failed, 0 errored, 0 timeout" "$log" \
        && grep -q "^status codes: $requests 2xx, 0 3xx, 0 4xx, 0 5xx" "$log" \
        || fail_with_log "$log" "not every request succeeded"
}
