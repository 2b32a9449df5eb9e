#!/usr/bin/env bash
# Each command line of relev-debug(1), and the addr2line of relev_error(3), as
# the page has it: of a program called server.

set -u
export LC_ALL=C
top=${TOP:-$(cd "$(dirname "$0")/../.." && pwd -P)}
build=${BUILD:-$PWD}
export RELEV_DEBUG_LIBRARY=$build/relev-debug LD_LIBRARY_PATH=$build
[ -e "$RELEV_DEBUG_LIBRARY/libev.so.4" ] || exit 77

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sed 's|@from_bin@|.|' "$top/tools/relev-debug.in" >"$tmp/relev-debug"
chmod +x "$tmp/relev-debug"
PATH=$tmp:$PATH
"${CC:-cc}" -std=gnu11 -g -O1 -I"$top" "$top/t/debug/broken/freed.c" \
    -o "$tmp/server" -L"$build" -lev -lpthread || exit 1
cd "$tmp" || exit 1

# The command of a page that begins so; its log file is in this directory.
command_of() # PAGE BEGIN
{
    sed -nE "s,^\.(Dl|Ql) ($2.*),\2,p" "$top/man/$1" | sed 's/ [.,]$//' |
        sed "s|/tmp/|$tmp/|" | head -n 1 | grep .
}

debugger_stops_at_the_first_misuse()
{
    command -v gdb >/dev/null || return 77
    local command
    command=$(command_of relev-debug.1 RELEV_DEBUG=abort) || return
    # It may be that nobody lets gdb trace.
    gdb -batch -ex run --args true 2>&1 | grep -q 'exited normally' ||
        return 77
    timeout 60 bash -c "$command" </dev/null >out 2>&1
    cat out
    grep -q 'freed while active' out && grep -q SIGABRT out
}

daemon_has_a_log()
{
    local command
    command=$(command_of relev-debug.1 RELEV_DEBUG=log) || return
    timeout 60 bash -c "$command" >out 2>&1
    cat out server.log
    [ ! -s out ] && grep -q 'freed while active' server.log
}

# server+0x1308 in the report
places_have_names() # PAGE
{
    local command place
    timeout 60 relev-debug ./server >out 2>&1
    cat out
    place=$(sed -n 's/.*(callback server+\(0x[0-9a-f]*\)).*/\1/p' out)
    command=$(command_of "$1" 'addr2line -f -e server 0x') || return
    bash -c "${command/0x*/$place}" >name && cat name &&
        grep -qx on_victim name
}

library_can_be_left_out()
{
    local command
    command=$(command_of relev-debug.1 ./configure) || return
    [ -x "$top/configure" ] || return 77
    mkdir without && cd without &&
        env -u MAKEFLAGS ${command/.\//"$top"/} -q &&
        grep -E '^DEBUG_LIBRARY *= *no$' config.mk
}

count=0 failed=0
ok() # NAME COMMAND...
{
    local name=$1 status
    shift
    count=$((count + 1))
    ("$@") >said 2>&1
    status=$?
    if [ $status = 77 ]; then echo "ok $count # SKIP $name"
    elif [ $status = 0 ]; then echo "ok $count - $name"
    else
        failed=$((failed + 1))
        echo "not ok $count - $name"
        sed 's/^/# /' said
    fi
}

ok "a debugger stops at the first misuse" debugger_stops_at_the_first_misuse
ok "a daemon has a log" daemon_has_a_log
ok "places have names" places_have_names relev-debug.1
ok "places have names, relev_error(3)" places_have_names relev_error.3
ok "the library can be left out" library_can_be_left_out
echo "1..$count"
[ $failed = 0 ]
