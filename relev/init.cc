// Functions for languages that cannot use macros of C: what ev_TYPE_init and
// the like do, and the sizes of watchers.

#include "../core/watcher.hh"
#include "owner.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// The member `data`, where EV_COMMON has it. Otherwise null, with EINVAL.
template <class W>
auto data_of(W* w, int) -> decltype(&static_cast<void*&>(w->data))
{
    return &w->data;
}
template <class W>
void** data_of(W*, long)
{
    errno = EINVAL;
    return nullptr;
}

}}  // evi

// The C API.

[[gnu::cold]] size_t relev_sizeof(int type) EV_NOEXCEPT
{
    const evi::Kind& kind = evi::kind_of(type);
    if (kind.type) return kind.size;
    errno = EINVAL;
    return 0;
}

[[gnu::cold]] void relev_io_init(ev_io* w,
                                 void (*cb)(struct ev_loop*, ev_io*, int),
                                 int fd, int events) EV_NOEXCEPT
{
    ev_io_init(w, cb, fd, events);
}

[[gnu::cold]] void relev_timer_init(ev_timer* w,
                                    void (*cb)(struct ev_loop*, ev_timer*, int),
                                    ev_tstamp after,
                                    ev_tstamp repeat) EV_NOEXCEPT
{
    ev_timer_init(w, cb, after, repeat);
}

[[gnu::cold]] void relev_periodic_init(
    ev_periodic* w, void (*cb)(struct ev_loop*, ev_periodic*, int),
    ev_tstamp offset, ev_tstamp interval,
    ev_tstamp (*reschedule_cb)(ev_periodic* w, ev_tstamp now)
        EV_NOEXCEPT) EV_NOEXCEPT
{
    ev_periodic_init(w, cb, offset, interval, reschedule_cb);
}

[[gnu::cold]] void relev_signal_init(ev_signal* w,
                                     void (*cb)(struct ev_loop*, ev_signal*,
                                                int),
                                     int signum) EV_NOEXCEPT
{
    ev_signal_init(w, cb, signum);
}

[[gnu::cold]] void relev_child_init(ev_child* w,
                                    void (*cb)(struct ev_loop*, ev_child*, int),
                                    int pid, int trace) EV_NOEXCEPT
{
    ev_child_init(w, cb, pid, trace);
}

#if EV_STAT_ENABLE
[[gnu::cold]] void relev_stat_init(ev_stat* w,
                                   void (*cb)(struct ev_loop*, ev_stat*, int),
                                   const char* path,
                                   ev_tstamp interval) EV_NOEXCEPT
{
    ev_stat_init(w, cb, path, interval);
}
#endif

[[gnu::cold]] void relev_idle_init(ev_idle* w,
                                   void (*cb)(struct ev_loop*, ev_idle*,
                                              int)) EV_NOEXCEPT
{
    ev_idle_init(w, cb);
}

[[gnu::cold]] void relev_prepare_init(ev_prepare* w,
                                      void (*cb)(struct ev_loop*, ev_prepare*,
                                                 int)) EV_NOEXCEPT
{
    ev_prepare_init(w, cb);
}

[[gnu::cold]] void relev_check_init(ev_check* w,
                                    void (*cb)(struct ev_loop*, ev_check*,
                                               int)) EV_NOEXCEPT
{
    ev_check_init(w, cb);
}

#if EV_EMBED_ENABLE
[[gnu::cold]] void relev_embed_init(ev_embed* w,
                                    void (*cb)(struct ev_loop*, ev_embed*, int),
                                    struct ev_loop* other) EV_NOEXCEPT
{
    ev_embed_init(w, cb, other);
}
#endif

[[gnu::cold]] void relev_fork_init(ev_fork* w,
                                   void (*cb)(struct ev_loop*, ev_fork*,
                                              int)) EV_NOEXCEPT
{
    ev_fork_init(w, cb);
}

[[gnu::cold]] void relev_cleanup_init(ev_cleanup* w,
                                      void (*cb)(struct ev_loop*, ev_cleanup*,
                                                 int)) EV_NOEXCEPT
{
    ev_cleanup_init(w, cb);
}

#if EV_ASYNC_ENABLE
[[gnu::cold]] void relev_async_init(ev_async* w,
                                    void (*cb)(struct ev_loop*, ev_async*,
                                               int)) EV_NOEXCEPT
{
    ev_async_init(w, cb);
}
#endif

[[gnu::cold]] int relev_is_active(const void* w) EV_NOEXCEPT
{
    return ev_is_active(w) != 0;
}

[[gnu::cold]] int relev_is_pending(const void* w) EV_NOEXCEPT
{
    return ev_is_pending(w) != 0;
}

[[gnu::cold]] int relev_priority(const void* w) EV_NOEXCEPT
{
    return ev_priority(w);
}

[[gnu::cold]] void relev_set_priority(void* w, int priority) EV_NOEXCEPT
{
    ev_set_priority(w, priority);
}

[[gnu::cold]] void relev_set_cb(void* w,
                                void (*cb)(struct ev_loop*, ev_watcher*,
                                           int)) EV_NOEXCEPT
{
    ev_set_cb(static_cast<ev_watcher*>(w), cb);
}

[[gnu::cold]] void* relev_data(const void* w) EV_NOEXCEPT
{
    auto* data = evi::data_of(
        const_cast<ev_watcher*>(static_cast<const ev_watcher*>(w)), 0);
    return data ? *data : nullptr;
}

[[gnu::cold]] void relev_set_data(void* w, void* data) EV_NOEXCEPT
{
    auto* member = evi::data_of(static_cast<ev_watcher*>(w), 0);
    if (member) *member = data;
}

#endif
