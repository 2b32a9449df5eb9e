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

[[gnu::cold]] int clock_watch_open(Loop&)
{
    return timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
}

// Makes the fd readable when the clock is set; clears an earlier event.
[[gnu::cold, gnu::noinline]] void clock_watch_arm(int fd)
{
    itimerspec never = {};
    never.it_value.tv_sec = far_away;
    timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never,
                    nullptr);
}

#else

int clock_watch_open(Loop&) { return -1; }
void clock_watch_arm(int) {}

#endif

[[gnu::cold, gnu::noinline]] void clock_was_set(Loop& loop, ev_io* w,
                                                int revents)
{
    if (revents & EV_ERROR) io_restart_internal(loop, w);
    if (!fork_flagged(loop)) clock_watch_arm(w->fd);
    clock_suspect(loop);
    clock_update(loop, forever);
}

// Called when the first periodic starts. Without a timerfd, the loop detects a
// clock change when it reads the wall clock.
[[gnu::cold, gnu::noinline]] void periodics_watch_clock(Loop& loop)
{
    Own& own = loop.watchers.periodics.own;
    if (own.tried || loop.flags & EVFLAG_NOTIMERFD) return;

    ev_init(&own.io, (Callback<ev_io, clock_was_set>()));
    if (own_begin(loop, own, clock_watch_open)) clock_watch_arm(own.io.fd);
}

}}  // evi

#endif
