/* Prints what programs compiled against a header have built into them: the
 * layout and the types of structs, and the values of names. Compiled as C++17,
 * once with our header and once with the reference's: t/compat/abi.sh compares.
 */
#include <cstddef>
#include <cstdio>
#include <typeinfo>

#include ABI_HEADER

#define STRUCT(s)                                                      \
    std::printf("struct %s: size %zu, alignment %zu\n", #s, sizeof(s), \
                alignof(s))
#define MEMBER(s, m)                                                     \
    std::printf("%s.%s: at %zu, size %zu, %s\n", #s, #m, offsetof(s, m), \
                sizeof(static_cast<s*>(nullptr)->m), /* not evaluated */ \
                typeid(decltype(s::m)).name())
#define VALUE(v) std::printf("%s = %lld\n", #v, static_cast<long long>(v))
#define TYPE(t) std::printf("%s: %s\n", #t, typeid(t).name())
#define FUNCTION(f) std::printf("%s: %s\n", #f, typeid(decltype(f)).name())

/* The exact type of an expression: with const, and whether it is an lvalue. */
template <class T>
struct Exact {
};
#define EXPRESSION(what, e) \
    std::printf("%s: %s\n", what, typeid(Exact<decltype((e))>).name())

#if EV_MINPRI == EV_MAXPRI
#define PRIORITY(s)
#else
#define PRIORITY(s) MEMBER(s, priority),
#endif
#define WATCHER(s)                                    \
    STRUCT(s), MEMBER(s, active), MEMBER(s, pending), \
        PRIORITY(s) MEMBER(s, data), MEMBER(s, cb)
#define LIST(s) WATCHER(s), MEMBER(s, next)
#define TIMED(s) WATCHER(s), MEMBER(s, at)

static void dump_common()
{
    WATCHER(ev_watcher);
    LIST(ev_watcher_list);
    TIMED(ev_watcher_time);
    STRUCT(union ev_any_watcher);
    TYPE(ev_tstamp);
    TYPE(EV_ATOMIC_T);

    LIST(ev_io), MEMBER(ev_io, fd), MEMBER(ev_io, events);
    TIMED(ev_timer), MEMBER(ev_timer, repeat);
    TIMED(ev_periodic), MEMBER(ev_periodic, offset);
    MEMBER(ev_periodic, interval), MEMBER(ev_periodic, reschedule_cb);
    LIST(ev_signal), MEMBER(ev_signal, signum);
    LIST(ev_child), MEMBER(ev_child, flags), MEMBER(ev_child, pid);
    MEMBER(ev_child, rpid), MEMBER(ev_child, rstatus);
    WATCHER(ev_idle);
    WATCHER(ev_prepare);
    WATCHER(ev_check);
    WATCHER(ev_fork);
    WATCHER(ev_cleanup);
}

#if EV_STAT_ENABLE
static void dump_stat()
{
    TYPE(ev_statdata);
    LIST(ev_stat), MEMBER(ev_stat, timer), MEMBER(ev_stat, interval);
    MEMBER(ev_stat, path), MEMBER(ev_stat, prev), MEMBER(ev_stat, attr);
    MEMBER(ev_stat, wd);
}
#else
static void dump_stat() {}
#endif

#if EV_ASYNC_ENABLE
static void dump_async()
{
    static ev_async w;
    static const ev_async constant = {};

    WATCHER(ev_async), MEMBER(ev_async, sent);
    EXPRESSION("ev_async_pending", ev_async_pending(&w));
    EXPRESSION("ev_async_pending", ev_async_pending(&constant));
}
#else
static void dump_async() {}
#endif

#if EV_EMBED_ENABLE
static void dump_embed()
{
    WATCHER(ev_embed), MEMBER(ev_embed, other), MEMBER(ev_embed, io);
    MEMBER(ev_embed, prepare), MEMBER(ev_embed, check);
    MEMBER(ev_embed, timer), MEMBER(ev_embed, periodic);
    MEMBER(ev_embed, idle), MEMBER(ev_embed, fork), MEMBER(ev_embed, cleanup);
}
#else
static void dump_embed() {}
#endif

#ifdef EVENT_H_
static void dump_event()
{
    STRUCT(struct event), MEMBER(event, iosig), MEMBER(event, to);
    MEMBER(event, ev_base), MEMBER(event, ev_callback), MEMBER(event, ev_arg);
    MEMBER(event, ev_fd), MEMBER(event, ev_pri), MEMBER(event, ev_res);
    MEMBER(event, ev_flags), MEMBER(event, ev_events);
    TYPE(event_callback_fn);
    TYPE(event_log_cb);
}
#else
static void dump_event() {}
#endif

#include "abi_names.h" /* dump_names, made by the script */

int main()
{
    dump_common();
    dump_stat();
    dump_async();
    dump_embed();
    dump_event();
    dump_names();
}
