# Functions for scripts that run real programs on a libev.so.4 and prove which
# one was loaded. To be sourced; everything started through `spawn` is ended,
# and the directory $tmp removed, however the script ends.
#
# LIBEV_DIR is the directory of the libev.so.4 under test: by default the build
# directory BUILD, or else the top of the source tree. Set but empty, it means
# the system's own library, for comparison.
#
# A test ends with `fail` at the first error. It reports each success by
# `passed` and ends with `planned`, in TAP.

set -u
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

me=${0##*/}
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
libev_dir=${LIBEV_DIR-${BUILD:-$top}}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/relev.XXXXXX") || exit 1
export RELEV_TEST=$tmp
count=0

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

passed()
{
    count=$((count + 1))
    echo "ok $count - $*"
}

planned() { echo "1..$count"; }

# Skips the test unless there are all the programs.
need()
{
    local program
    for program; do
        command -v "$program" >/dev/null || skip "$program is not installed"
    done
}

skip()
{
    echo "$me: skipped: $*"
    exit 77
}

# Whether any of the processes is alive. Zombies do not count.
alive()
{
    local pid stat
    for pid; do
        { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || continue
        case ${stat##*) } in Z* | X*) ;; *) return 0 ;; esac
    done
    return 1
}

# Waits for a command to succeed, with a time limit.
in_time()
{
    local _
    for _ in {1..3000}; do
        "$@" && return 0
        sleep 0.02
    done
    return 1
}

# Waits until PID has ended; a child's status is left to `wait`.
# The exit status of the child PID; one that does not end is ended.
outcome()
{
    local _
    for _ in {1..3000}; do
        alive "$1" || break
        sleep 0.02
    done
    ! alive "$1" || kill -KILL "$1"
    wait "$1"
}

gone() { in_time dead "$1"; }

dead() { ! alive "$1"; }

# All processes below PID, PID first.
tree()
{
    local child
    echo "$1"
    for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        tree "$child"
    done
}

# All processes with our mark in their environment, wherever they are now.
marked()
{
    grep -lszxF "RELEV_TEST=$RELEV_TEST" /proc/[0-9]*/environ | cut -d/ -f3
}

cleanup()
{
    local pid all=() _
    mapfile -t all < <(marked)
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

# The libev that PID has mapped, as the kernel tells: the file of its code.
libev_of() { code_of_libev "/proc/$1/maps"; }

code_of_libev()
{
    sed -nE 's,.* r-xp .* (/.*/libev\.so.*),\1,p' "$1" 2>/dev/null
}

# proof NAME PID: prints that file, and fails unless it is our library alone.
# For a process that has just been started, waits until it is loaded.
proof()
{
    local path
    until path=$(libev_of "$2") && [ -n "$path" ]; do
        alive "$2" || fail "$1 ended before its memory map could be read"
    done
    certify "$(printf '%-9s pid %s' "$1" "$2")" "$path"
}

# certify WHO FILE
certify()
{
    printf '  %s has mapped\n            %s\n' "$1" "${2:-no libev at all}"
    case $library in
    system) [ -n "$2" ] ;;
    *) [ "$2" = "$library" ] ;;
    esac || fail "$1 has mapped ${2:-no libev} instead of $library"
}

# perform NAME PROGRAM...: runs a program that ends by itself. It prints its
# /proc/self/maps, and `ok JOB` after each job.
perform()
{
    local name=$1 log=$tmp/$1.log job
    shift
    spawn "$log" "$@"
    outcome "$pid" || fail_with_log "$log" "$name: exit status $?"
    certify "$name" "$(code_of_libev "$log")"
    while read -r job; do
        passed "$name: $job"
    done < <(sed -n 's/^ok //p' "$log")
}

# listening_port PID [udp]: the port it listens on; waits until it does.
listening_port()
{
    local _
    for _ in {1..3000}; do
        open_port "$@" && return 0
        alive "$1" || return 1
        sleep 0.02
    done
    return 1
}

# The same, if it does now.
open_port()
{
    local inode port state=0A
    [ "${2-}" != udp ] || state=07
    for inode in $(socket_inodes "$1"); do
        port=$(awk -v inode="$inode" -v state=$state \
            '$4 == state && $10 == inode { sub(/.*:/, "", $2); print $2 }' \
            "/proc/$1/net/${2-tcp}" 2>/dev/null)
        [ -n "$port" ] && echo $((16#$port)) && return 0
    done
    return 1
}

socket_inodes()
{
    find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null \
        | tr -cd '0-9\n'
}

# For a server that cannot let the kernel choose: a port that may be free.
some_port() { echo $((20000 + RANDOM % 12000)); }

# certificate FILE: makes FILE.key and a self-signed FILE.crt.
certificate()
{
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 \
        -nodes -subj /CN=localhost -days 1 -keyout "$1.key" -out "$1.crt" \
        2>"$tmp/openssl.log" \
        || fail_with_log "$tmp/openssl.log" "openssl failed"
}

# What nghttpd and h2load are run by, if it is not the system.
under=()

# start_nghttpd ARGUMENT...: sets $server and $port, which the kernel chooses.
start_nghttpd()
{
    mkdir -p "$tmp/docs"
    echo 'Hello from nghttpd.' >"$tmp/docs/index.html"
    spawn "$tmp/nghttpd.log" "${under[@]}" nghttpd --address=127.0.0.1 \
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
    spawn "$log" "${under[@]}" h2load --requests="$requests" \
        --clients="$clients" --max-concurrent-streams=10 "$uri"
    proof h2load "$pid"
    outcome "$pid"
    status=$?
    [ "$status" = 0 ] || fail_with_log "$log" "h2load: exit status $status"
    grep -q "^requests: $requests total, $requests started, $requests done, \
$requests succeeded, 0 failed, 0 errored, 0 timeout" "$log" \
        && grep -q "^status codes: $requests 2xx, 0 3xx, 0 4xx, 0 5xx" "$log" \
        || fail_with_log "$log" "not every request succeeded"
}
