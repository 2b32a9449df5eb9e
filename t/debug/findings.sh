#!/usr/bin/env bash
# relev-debug: each program in broken/ does one thing wrong, and the debug
# library names it, as the comment in the program says. The programs in lawful/
# do what looks similar and is right: nothing is reported. The programs in
# table/ have many cases of both.
# Package: locales.

set -u
export LC_ALL=C
build=${BUILD:-$PWD}
here=$(cd "$(dirname "$0")" && pwd -P)
top=$(cd "$here/../.." && pwd -P)
CC=${CC:-cc}
export RELEV_DEBUG_LIBRARY=$build/relev-debug
[ -e "$RELEV_DEBUG_LIBRARY/libev.so.4" ] || exit 77

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
sed 's|@from_bin@|.|' "$top/tools/relev-debug.in" >"$tmp/relev-debug"
chmod +x "$tmp/relev-debug"

# A locale with a decimal comma, for the programs that set it.
localedef -i de_DE -f UTF-8 "$tmp/de_DE" 2>/dev/null && export LOCPATH=$tmp

# said PROGRAM WORD: the comment that begins with that word, in one line.
said()
{
    sed -n "/^\/\* $2/{:a; /\*\//!{N; ba}; p}" "$1" |
        sed 's,^ *[/]*\* *,,; s, *\*/$,,' | paste -sd ' ' | sed "s/^$2:* *//"
}

# Under PROGRAM's name, linked with the usual library.
run() # SOURCE
{
    local name options status
    name=$(basename "$1" .c)
    options=$(said "$1" options)
    $CC -std=gnu11 -O1 -Wall -Wextra -I"$top" "$1" -o "$tmp/$name" -rdynamic \
        -L"$build" -lev -lpthread || return
    RELEV_DEBUG=$options LD_LIBRARY_PATH=$build timeout 120 \
        "$tmp/relev-debug" "$tmp/$name" >"$tmp/out" 2>&1
    status=$?
    sed 's/^/# /' "$tmp/out"
    [ $status = 0 ] || {
        grep -q '^/\* aborts' "$1" && [ $status = 134 ] ||
            { grep -q '^/\* crashes' "$1" && [ $status = 139 ]; }
    }
} 2>"$tmp/compiler"

# The first report; the library may find more of the same.
is_found()
{
    run "$1" && head -n 1 "$tmp/out" |
        grep -Ex "relev-debug\[[0-9]*\]: $(said "$1" finds).*"
}

is_lawful() { run "$1" && ! grep . "$tmp/out"; }

# Each case of a program in table/, in a process of its own: what it says in the
# table is found first, or nothing at all.
compile_table() # SOURCE PROGRAM
{
    local language=c standard=gnu11 compiler=$CC
    [[ $1 = *.c ]] || language=c++ standard=gnu++17 compiler=${CXX:-c++}
    $compiler -x $language -std=$standard -O1 -Wall -Wextra -I"$top" "$1" \
        -o "$2" -rdynamic -L"$build" -lev -lpthread
}

case_holds() # PROGRAM CASE OPTIONS FINDS
{
    local status
    (cd "$tmp" && RELEV_DEBUG=$3 LD_LIBRARY_PATH=$build timeout 120 \
        ./relev-debug "$1" "$2" >"$tmp/out" 2>&1 </dev/null)
    status=$?
    sed 's/^/# /' "$tmp/out"
    [ -n "$4" ] || { [ $status = 0 ] && ! grep -q . "$tmp/out"; } || return 1
    [ -z "$4" ] || head -n 1 "$tmp/out" |
        grep -Ex "relev-debug\[[0-9]*\]: $4" >"$tmp/found" || return 1
    [ $status = 0 ] || { [ -n "$4" ] && [ $status -gt 127 ]; }
}

# The options, with the program that frees a watcher.
abort_ends_it()
{
    RELEV_DEBUG=abort "$tmp/relev-debug" "$tmp/freed" 2>"$tmp/out"
    [ $? = 134 ] && grep -q 'freed while active' "$tmp/out"
}

log_is_written()
{
    (cd "$tmp" && RELEV_DEBUG=slow=9,log=report.log ./relev-debug ./freed) \
        >"$tmp/out" 2>&1 && [ ! -s "$tmp/out" ] &&
        grep -q 'freed while active' "$tmp/report.log"
}

# A report neither ends nor stops the program: standard error is a pipe that
# nobody reads, then one that is full, and the log a FIFO without a reader.
reports_do_no_harm()
{
    local status full
    mkfifo "$tmp/fifo" || return
    exec 8<>"$tmp/fifo" 9>"$tmp/fifo" 8<&-
    timeout 60 "$tmp/relev-debug" "$tmp/freed" 2>&9
    status=$?
    exec 9>&-
    [ $status = 0 ] || return
    exec {full}<>"$tmp/fifo"
    dd if=/dev/zero of="$tmp/fifo" oflag=nonblock 2>/dev/null
    timeout 60 "$tmp/relev-debug" "$tmp/freed" 2>&$full
    status=$?
    exec {full}>&-
    [ $status = 0 ] || return
    RELEV_DEBUG=log=$tmp/fifo timeout 60 "$tmp/relev-debug" "$tmp/freed" \
        2>"$tmp/out" && grep "cannot write this file: log=$tmp/fifo" "$tmp/out"
}

# Of what is wrong in RELEV_DEBUG, each is said, and the rest is read.
wrong_options_are_said()
{
    RELEV_DEBUG=slow=fast,,aborts,slow=,log=/nowhere/log,slow=1,slow=.5s,abort \
        "$tmp/relev-debug" "$tmp/freed" 2>"$tmp/out"
    [ $? = 134 ] &&
        diff <(sed 's/\[[0-9]*\]//; /freed while/d' "$tmp/out") - <<'END'
relev-debug: RELEV_DEBUG: not a number of seconds: slow=fast
relev-debug: RELEV_DEBUG: unknown option: aborts
relev-debug: RELEV_DEBUG: not a number of seconds: slow=
relev-debug: RELEV_DEBUG: cannot write this file: log=/nowhere/log
relev-debug: RELEV_DEBUG: not a number of seconds: slow=.5s
END
}

# relev-debug says it if the library will not be loaded.
says() # TEXT COMMAND...
{
    local text=$1
    shift
    "$tmp/relev-debug" "$@" >"$tmp/out" 2>&1
    cat "$tmp/out"
    grep -qx "relev-debug: $text" "$tmp/out"
}

linked() # NAME OPTION...
{
    local name=$1
    shift
    $CC -std=gnu11 -O1 -I"$top" "$here/broken/mistake.c" -o "$tmp/$name" "$@" \
        -lpthread -lm
}

static_is_said()
{
    linked static -static "$build/libev.a" 2>"$tmp/compiler" &&
        says "$tmp/static is linked statically: nothing is found in it" \
            "$tmp/static"
}

contained_is_said()
{
    linked contained "$build/libev.a" &&
        says "$tmp/contained contains libev: nothing is found in it" \
            "$tmp/contained"
}

rpath_is_said()
{
    linked rpath -L"$build" -lev -Wl,--disable-new-dtags,-rpath,"$build" &&
        says "$tmp/rpath loads $build/libev.so.4: nothing is found in it" \
            "$tmp/rpath" &&
        linked runpath -L"$build" -lev -Wl,--enable-new-dtags,-rpath,"$build" &&
        ! says '.*nothing.*' "$tmp/runpath"
}

not_linked_is_said()
{
    says 'true is not linked with libev.so.4: only what it loads or starts .*' \
        true && ! says '.*nothing.*' sh -c 'exit 0' &&
        cp "$tmp/freed" "$tmp/s" && chmod u+s "$tmp/s" &&
        says "$tmp/s is setuid: nothing is found in it" "$tmp/s"
}

# The loader ignores LD_LIBRARY_PATH for such a program, too.
capabilities_are_said()
{
    cp "$tmp/freed" "$tmp/capable" &&
        PATH=$PATH:/usr/sbin setcap cap_net_raw+ep "$tmp/capable" || return
    says "$tmp/capable has capabilities: nothing is found in it" "$tmp/capable"
}

# As those of env(1).
statuses_are_told()
{
    local script=$tmp/relev-debug
    "$script" >"$tmp/out" 2>&1
    [ $? = 125 ] && "$script" --help | grep -q Usage || return
    RELEV_DEBUG_LIBRARY=/nowhere "$script" true 2>"$tmp/out"
    [ $? = 125 ] || return
    "$script" "$tmp/nothing" 2>"$tmp/out"
    [ $? = 127 ] || return
    "$script" "$tmp/out" 2>"$tmp/said"
    [ $? = 126 ] || return
    "$script" sh -c 'exit 3' 2>"$tmp/out"
    [ $? = 3 ]
}

count=0 failed=0
ok() # NAME COMMAND...
{
    local name=$1
    shift
    count=$((count + 1))
    if "$@" >"$tmp/said" 2>&1; then
        echo "ok $count - $name"
    else
        failed=$((failed + 1))
        echo "not ok $count - $name"
        sed 's/^/# /' "$tmp/compiler" "$tmp/said"
    fi
}

for program in "$here"/broken/*.c; do
    ok "$(basename "$program" .c) is found" is_found "$program"
done
for program in "$here"/lawful/*.c; do
    ok "$(basename "$program" .c) is lawful" is_lawful "$program"
done
for source in "$here"/table/*.c "$here"/table/*.cc; do
    program=$tmp/$(basename "${source%.*}")
    ok "${program##*/} is compiled" compile_table "$source" "$program"
    while IFS=$'\t' read -r name options finds; do
        ok "${program##*/}: $name" case_holds "$program" "$name" "$options" \
            "$finds"
    done < <(LD_LIBRARY_PATH=$build "$program")
done
ok "abort ends the program" abort_ends_it
ok "log=FILE gets the report" log_is_written
ok "reports do no harm" reports_do_no_harm
ok "wrong options are said" wrong_options_are_said
ok "a static program is said" static_is_said
ok "a program that contains libev is said" contained_is_said
ok "a program with DT_RPATH is said" rpath_is_said
ok "a program without libev is said" not_linked_is_said
if PATH=$PATH:/usr/sbin setcap cap_net_raw+ep "$tmp/s" 2>/dev/null; then
    ok "a program with capabilities is said" capabilities_are_said
else
    echo "ok $((count += 1)) # SKIP setcap is not possible"
fi
ok "the exit status says what failed" statuses_are_told
echo "1..$count"
[ $failed = 0 ]
