// The timerfd of a loop with periodics: on Linux it reports at once that the
// clock was set. With TFD_TIMER_CANCEL_ON_SET it becomes readable then.

#include "periodic.hh"

#include "../core/clock.hh"
#include "../core/fork.hh"
#include "../core/watcher.hh"

#if EV_USE_TIMERFD
#include <sys/timerfd.h>
#endif

#if EV_PERIODIC_ENABLE

namespace evi { namespace {

#if EV_USE_TIMERFD

// Within the range of time_t and of the kernel (292 years).
constexpr auto far_away =
    static_cast<time_t>(sizeof(time_t) > 4 ? 1ll << 33 : 0x7fffffff);

[[gnu::cold, gnu::noinline]] bool clock_notice_open(Periodics& p)
{
    p.fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    return p.fd >= 0;
}

// Makes the fd readable when the clock is set; clears an earlier event.
[[gnu::cold, gnu::noinline]] void clock_notice_arm(const Periodics& p)
{
    itimerspec never = {};
    never.it_value.tv_sec = far_away;
    timerfd_settime(p.fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                    nullptr);
}

#else

bool clock_notice_open(Periodics&) { return false; }
void clock_notice_arm(const Periodics&) {}

#endif

[[gnu::cold, gnu::noinline]] void clock_was_set(Loop& loop, ev_io* w,
                                                int revents)
{
    if (revents & EV_ERROR && !io_restart_internal(loop, w)) {
        loop.watchers.periodics.open = loop.watchers.periodics.tried = false;
        periodics_notice(loop);
    }
    Periodics& p = loop.watchers.periodics;
    if (p.open && !fork_flagged(loop)) clock_notice_arm(p);
    clock_suspect(loop);
    clock_update(loop, forever);
}

// Called when the first periodic starts. Without a timerfd, the loop detects a
// clock change when it reads the wall clock.
[[gnu::cold, gnu::noinline]] void periodics_notice(Loop& loop)
{
    Periodics& p = loop.watchers.periodics;
    if (p.tried || loop.flags & EVFLAG_NOTIMERFD) return;

    p.tried = true;
    p.open = clock_notice_open(p);
    if (!p.open) return;
    clock_notice_arm(p);
    ev_init(&p.io, (Callback<ev_io, clock_was_set>()));
    io_start_internal(loop, &p.io, p.fd);
}

[[gnu::cold, gnu::noinline]] void periodics_close(Loop& loop)
{
    Periodics& p = loop.watchers.periodics;
    if (p.open && p.io.fd >= 0) descriptor_close(p.fd);
    p.open = p.tried = false;
}

}}  // evi

#endif
