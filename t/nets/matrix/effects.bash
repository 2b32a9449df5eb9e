# Checks the effect of a configuration on the object: functions that are left
# out, system calls that are not made. To be sourced by check.sh; prints errors.
#
# Effects that show only at run time are in effects.h.

kinds="PERIODIC STAT PREPARE CHECK IDLE FORK CLEANUP SIGNAL CHILD ASYNC EMBED"

# Symbols as `nm` has them: `T ev_run` is ours, `U poll` the system's.
has() { grep -qxE "$1" "$dir/names" || echo "no $1"; }
lacks() { ! grep -xE "$1" "$dir/names" | sed 's/^/still there: /'; }

# there VALUE SYMBOL: the symbol exists if and only if VALUE is true.
there()
{
    case $1 in
    0) lacks "$2" ;;
    *) has "$2" ;;
    esac
}

# Another object, without some of the flags.
compile_without() # PATTERN
{
    local flag rest=()
    for flag in "${flags[@]}"; do
        # shellcheck disable=SC2053
        [[ $flag == $1 ]] || rest+=("$flag")
    done
    $cxx "${rest[@]}" -x c++ -c "$top/ev.c" -o "$dir/other.o"
}

barriers()
{
    objdump -d "$1" | grep -cE '\s(lock|mfence|xchg .*\(.*)(\s|$)'
}

fewer_barriers()
{
    case $(uname -m) in
    x86_64) ;;
    *) return ;;
    esac
    compile_without '-DEV_NO_*'
    [ "$(barriers "$dir/ev.o")" -lt "$(barriers "$dir/other.o")" ] ||
        echo "not fewer barriers"
}

features() # VALUE
{
    case " ${flags[*]} " in
    *_ENABLE=* | *MULTIPLICITY* | *EV_USE_*) return ;;
    esac
    there $(($1 & 4)) 'T ev_loop_new'
    there $(($1 & 8)) 'T ev_depth'
    there $(($1 & 16)) 'T ev_idle_start'
    there $(($1 & 32)) 'U epoll_ctl'
    there $(($1 & 64 && $1 & 16)) 'U signalfd'
}

effect() # FLAG
{
    local value=${1#*=} kind
    case $1 in
    EV_FEATURES=*) features "$value" ;;
    EV_MULTIPLICITY=*) there "$value" 'T ev_loop_new' ;;
    EV_WALK_ENABLE=1) has 'T ev_walk' ;;
    EV_RELEV_ENABLE=*) there "$value" 'T relev_version' ;;
    EV_LIBEVENT_ENABLE=*) there "$value" 'T event_init' ;;
    EV_*_ENABLE=*)
        kind=${1#EV_} kind=${kind%_ENABLE=*}
        case " ${flags[*]} " in
        *_PREPARE_ENABLE=0*_EMBED_ENABLE=0* | *_SIGNAL_*=0*_CHILD_ENABLE=0*) ;;
        *_PREPARE_ENABLE=0* | *_SIGNAL_ENABLE=0*) value=1 ;; # is needed
        esac
        [[ " $kinds " != *" $kind "* ]] || there "$value" "T ev_${kind,,}_start"
        ;;
    EV_USE_KQUEUE=0) lacks 'U k(queue|event)' ;;
    EV_USE_EPOLL=0) lacks 'U epoll_.*' ;;
    # The calls may remain: epoll asks poll whether an fd can be written to.
    # select is used to sleep, and by poll with more fds than it takes.
    EV_USE_POLL=0) lacks '. .*[0-9]poll_(backend|block).*' ;;
    EV_USE_SELECT=0) lacks '. .*select_(backend|wait).*' ;;
    EV_USE_INOTIFY=0) lacks 'U inotify_.*' ;;
    EV_USE_EVENTFD=0) lacks 'U eventfd' ;;
    EV_USE_PIPE2=0) lacks 'U (pipe2|dup3)' ;;
    EV_USE_PPOLL=0) lacks 'U ppoll' ;;
    EV_USE_SIGNALFD=0) lacks 'U signalfd' ;;
    EV_USE_TIMERFD=0) lacks 'U timerfd_.*' ;;
    EV_USE_USDT=1)
        readelf -n "$dir/ev.o" | grep -q stapsdt || echo "no tracepoints" ;;
    EV_USE_NANOSLEEP=0) lacks 'U (clock_)?nanosleep' ;;
    EV_USE_CLOCK_SYSCALL=1) has 'U syscall' && lacks 'U clock_gettime' ;;
    EV_PID_HASHSIZE=*) ;; # a hint
    EV_NO_SMP=1 | EV_NO_THREADS=1) fewer_barriers ;;
    NDEBUG) lacks 'U __assert.*' ;;
    config=probed) lacks 'U (eventfd|signalfd|timerfd.*|inotify.*)' ;;
    config=header) has '[BDGR] smoke_ev_header' ;;
    config=event) has '[BDGR] smoke_event_header' && has 'T event_init' ;;
    config=hidden)
        readelf -Ws "$dir/ev.o" | grep -q 'HIDDEN .* ev_run$' ||
            echo "ev_run is not hidden"
        ;;
    EV_USE_STDEXCEPT=*)
        $cxx "${flags[@]}" -fsyntax-only "$top/t/nets/matrix/classes.cc" 2>&1
        ;;
    config=none)
        compile_without '-DEV_*_*' && cmp "$dir/ev.o" "$dir/other.o" 2>&1
        ;;
    esac
}

# effects FLAG...: as the line of the matrix has them, each on what try() made.
effects()
{
    local flag
    case " $* " in
    *" -DSMOKE_INCLUDE "*)
        [[ " $* " != *" -DEV_API_STATIC "* ]] ||
            nm -g "$dir/smoke" | sed -n 's/ [TDB] ev_/ not private:&/p'
        return 0
        ;;
    esac
    nm "$dir/ev.o" | awk '{ print $(NF - 1), $NF }' >"$dir/names"
    case " ${flags[*]} " in
    *" -DEV_RELEV_ENABLE="*) ;;
    *" -DEV_STANDALONE "*) lacks 'T relev_.*' ;;
    *) has 'T relev_version' ;;
    esac
    for flag; do effect "${flag#-D}"; done
    true
}
