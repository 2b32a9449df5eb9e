// See clock.hh. The loop uses poll(2).

#include "clock.hh"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cmath>

namespace virtual_time {

// A timer is due when the clock shows more than its time, so each read moves
// the clock by a nanosecond, and each wait ends a tick late. Waits end at
// whole ticks: so the reads do not add up.
constexpr long tick = 1000000000 / ticks_per_second;

bool on = false;
std::function<void()> stuck;
static long clock_at, begun;  // ns

void set(long ticks) { clock_at = begun = ticks * tick; }
void advance(long ticks) { begun = clock_at += ticks * tick; }

// A loop without timers asks for a minute, or for ever; and for a minute, too,
// if a timer is farther than that.
static int waited(double seconds)
{
    constexpr double longer_than_all_programs = 3e5;
    if (seconds < 0
        || double(clock_at - begun) > 1e9 * longer_than_all_programs) {
        begun = clock_at;
        stuck();
    } else if (seconds > 59) {
        clock_at += 59000000000 - 1000;  // not where a timer may be
    } else {
        long end = clock_at + std::lround(seconds * 1e9);
        clock_at = (std::lround(double(end) / tick) + 1) * tick;
    }
    return 0;
}

}  // namespace virtual_time

using namespace virtual_time;

static int real_poll(pollfd* fds, nfds_t count, const timespec* limit)
{
    return static_cast<int>(syscall(SYS_ppoll, fds, count, limit, nullptr, 8));
}

extern "C" {

int clock_gettime(clockid_t id, timespec* t) noexcept
{
    bool ours = id == CLOCK_MONOTONIC || id == CLOCK_REALTIME;
    if (!on || !ours)
        return static_cast<int>(syscall(SYS_clock_gettime, id, t));
    constexpr long second = 1000000000;
    long now = ++clock_at;
    *t = {now / second + (id == CLOCK_REALTIME ? second : 0), now % second};
    return 0;
}

int gettimeofday(timeval* t, void*) noexcept
{
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = {now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

int ppoll(pollfd* fds, nfds_t count, const timespec* limit, const sigset_t*)
{
    static const timespec none = {};
    if (!on) return real_poll(fds, count, limit);
    int ready = real_poll(fds, count, &none);
    if (ready || (limit && !limit->tv_sec && !limit->tv_nsec)) return ready;
    return waited(
        !limit ? -1 : double(limit->tv_sec) + double(limit->tv_nsec) * 1e-9);
}

int poll(pollfd* fds, nfds_t count, int ms)
{
    timespec limit = {ms / 1000, ms % 1000 * 1000000};
    return ppoll(fds, count, ms < 0 ? nullptr : &limit, nullptr);
}
}
