#!/usr/bin/env bash
# Fault injection: every system call and allocation of the library fails in
# turn, and the tests of the watchers run as if on a kernel without the newer
# calls. See scene.h, plan.c and without.c.
#
# Usage: check.sh [deep]. With `deep`, every single call fails in turn, not
# only the first three of each in a scene.
# Environment: BUILD, the build directory, with libev.so; CC; MAKE.
#
# It keeps all processors busy by itself.

# shellcheck source=t/harness/net.bash
. "$(dirname "$0")/../../harness/net.bash" faults
[ "${1-}" != deep ] || export FAULTS_DEEP=0

# Copies TAP with new numbers.
renumber()
{
    local line verdict
    while IFS= read -r line; do
        case $line in
        1..*) continue ;;
        "ok "* | "not ok "*)
            verdict=${line%%ok *}ok
            count=$((count + 1))
            line="$verdict $count ${line#"$verdict" * }"
            [ "$verdict" = ok ] || failed=$((failed + 1))
            ;;
        esac
        echo "$line"
    done
}

# Calls of the library that need no kernel, or that cannot fail.
harmless='_.*|abort|free|malloc|realloc|calloc|mem[a-z]*|str[a-z]*|sig[a-z]*set'
harmless+='|munmap|qsort|sigismember|pthread_(setcancelstate|testcancel)|dladdr'
harmless+='|program_invocation_name'
harmless+='|get(env|pid|uid|gid|euid|egid|timeofday)'

# Those of relev_dump alone: t/relev/dump_safe.c, dump_loop.c.
harmless+='|open|unlink|process_vm_readv|sigpending|sigtimedwait'

# Every system call of the library must be in the list of faults.
every_call_is_failed()
{
    nm -D -u "$build/libev.so" | awk '{ print $NF }' | sed 's/@.*//' |
        grep -vxE "$harmless" | sort >"$tmp/needed"
    grep -oE 'call\([a-z_0-9]+\)' "$top/t/nets/faults/inject.h" |
        sed 's/call(\(.*\))/\1/' | sort >"$tmp/failed"
    comm -23 "$tmp/needed" "$tmp/failed" | sed 's/^/# never failed: /' |
        tee "$tmp/missing"
    [ -s "$tmp/needed" ] && [ ! -s "$tmp/missing" ]
}

# The scenes mostly wait.
scenes()
{
    local backend part
    for backend in select poll epoll; do
        for part in 1/3 2/3 3/3; do
            TMPDIR=$tmp FAULTS_PART=$part timeout 900 "$out/faults" $backend \
                >"$tmp/$backend.${part%/3}" || true &
        done
    done
    wait
    for part in "$tmp"/{select,poll,epoll}.?; do
        renumber <"$part"
        tail -n 1 "$part" | grep -q '^# faults injected:' ||
            result 1 "test_fault_program_ends [${part##*/}]"
    done
}

# One program of t/, without some calls. Leaves out the tests of the epoll
# backend if there is no epoll, and those that match a pattern, because they
# test the missing call.
old_kernel() # ERRNO CALLS PROGRAM [PATTERN]
{
    local name="test_fault_${3/\//_}_without_${2//,/_and_}_$1_passes"
    local drop=${4:-'^$'} status
    case ,$2, in *,epoll,*) drop="\[epoll\]|$drop" ;; esac
    timeout 300 "$out/without" "$1" "$2" "$build/t/ours/$3" \
        >"$tmp/tap" 2>"$tmp/err"
    status=$?
    if [ $status = 77 ]; then
        count=$((count + 1))
        echo "ok $count - $name # SKIP no seccomp"
        return
    fi
    grep -hE '^not ok .*test_' "$tmp/tap" "$tmp/err" | grep -vE "$drop" |
        sed 's/^/# /' >"$tmp/bad"
    [ $status -le 1 ] && grep -qE '^ok .*test_' "$tmp/tap" &&
        [ ! -s "$tmp/bad" ]
    result $? "$name"
    cat "$tmp/bad"
}

old_kernels()
{
    local programs="io/io timer/timer periodic/jump signal/signal"
    local program all=eventfd,signalfd,timerfd,inotify
    programs+=" child/child async/async stat/poll fork/wakeup"
    programs+=" async/threads signal/order once/once"
    # shellcheck disable=SC2046,SC2086
    if ! "${MAKE:-make}" -C "$build" -f "$top/Makefile" -s \
        $(printf 't/ours/%s ' $programs) >"$tmp/make" 2>&1; then
        sed 's/^/# /' "$tmp/make"
        result 1 "test_fault_programs_are_built"
        return
    fi
    for program in $programs; do
        old_kernel ENOSYS $all "$program" noinotify_opens_no_inotify
        old_kernel EPERM $all,epoll,epoll_pwait2 "$program" \
            noinotify_opens_no_inotify
    done
}

every_call_is_failed
result $? test_fault_every_call_of_the_library_is_failed
for program in "faults inject.c plan.c scene.c scene_home.c scenes_time.c \
scenes_kinds.c scenes_fork.c faults.c" "directed inject.c directed.c" \
    "thrift inject.c thrift.c" "beyond inject.c beyond.c" \
    "without without.c"; do
    # shellcheck disable=SC2086
    compile faults $program >"$tmp/log" 2>&1 && [ ! -s "$tmp/log" ] && continue
    sed 's/^/# /' "$tmp/log"
    result 1 "test_fault_program_${program%% *}_compiles"
done
if [ $failed = 0 ]; then
    scenes >"$tmp/scenes" &
    for program in directed thrift beyond; do
        timeout 300 "$out/$program" >"$tmp/$program" 2>&1
        status=$?
        [ $status -le 1 ]
        result $? "test_fault_${program}_program_ends"
        renumber < <(grep -E '^(not )?ok [0-9]|^# [^on]' "$tmp/$program")
    done
    old_kernels
    wait
    renumber <"$tmp/scenes"
    faults=$(awk '/^# faults injected:/ { n += $NF } END { print n + 0 }' \
        "$tmp/scenes")
    [ "$faults" -ge 1000 ]
    result $? "test_fault_number_is_large"
    echo "# $faults faults were injected"
fi
echo "1..$count"
exit $((failed > 0))
