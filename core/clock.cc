// The clocks. Timers use the monotonic clock, which never jumps. ev_now returns
// wall time, which can be set at any moment.
//
// The wall clock is read at most twice a second. In between, wall time is the
// monotonic time plus the last offset. If a new offset differs by a second or
// more, the wall clock has jumped, and periodics are rescheduled. Without a
// monotonic clock, `mono` is a wall time too. Then a step backwards, or a step
// longer than the wait, is a jump, and timers are shifted by it.

#include "clock.hh"

#include "../watchers/steps.hh"

#include <sys/select.h>
#include <sys/time.h>

namespace evi { namespace {

constexpr ev_tstamp jump_least = 1;   // a smaller difference is slewing
constexpr ev_tstamp read_every = .5;  // how often the wall clock is read
constexpr ev_tstamp sleep_most = 86400;

ev_tstamp to_seconds(const timespec& t)
{
    return static_cast<ev_tstamp>(t.tv_sec)
         + static_cast<ev_tstamp>(t.tv_nsec) * ev_tstamp(1e-9);
}

#if EV_USE_CLOCK_SYSCALL

bool clock_read(clockid_t clock, timespec* t)
{
    return !syscall(clock_gettime_number, clock, t);
}

#else

// As a rule: programs preload a fake clock there.
bool clock_read(clockid_t clock, timespec* t)
{
    return !clock_gettime(clock, t);
}

#endif

[[gnu::cold, gnu::noinline]] ev_tstamp time_wall()
{
    timespec t = {};
    if (use_realtime && clock_read(CLOCK_REALTIME, &t)) return to_seconds(t);

    timeval tv;
    gettimeofday(&tv, nullptr);
    return static_cast<ev_tstamp>(tv.tv_sec)
         + static_cast<ev_tstamp>(tv.tv_usec) * ev_tstamp(1e-6);
}

ev_tstamp time_mono()
{
    timespec t = {};
    if (use_monotonic && clock_read(CLOCK_MONOTONIC, &t)) return to_seconds(t);
    return time_wall();
}

// Reads both clocks, one right after the other. Returns how far the offset
// between them has changed.
[[gnu::cold]] ev_tstamp offset_renew(Loop& loop, ev_tstamp last)
{
    Clock& clock = loop.clock;
    if (clock_virtual(loop)) {
        virtual_read(loop);
    } else {
        clock.read_at = clock.mono = time_mono();
        clock.wall = time_wall();
    }
    clock.offset = clock.wall - clock.mono;
    ev_tstamp apart = clock.offset - last;
    return apart < 0 ? -apart : apart;
}

[[gnu::cold]] void clock_init(Loop& loop)
{
    offset_renew(loop, 0);
    if (!use_monotonic) loop.clock.mono = loop.clock.wall;
    now_publish(loop.clock.wall);
}

void clock_suspect(Loop& loop) { loop.clock.read_at = -forever; }

// If the thread is preempted between the two reads, it looks like a jump. So a
// jump counts only if several reads in a row show it.
[[gnu::cold, gnu::noinline]] void offset_update(Loop& loop)
{
    ev_tstamp last = loop.clock.offset;
    int tries = 4;
    while (offset_renew(loop, last) >= jump_least && --tries) {}
    if (!tries || periodics_jumped(loop)) periodics_reschedule(loop);
}

inline bool update_by_monotonic(Loop& loop)
{
    Clock& clock = loop.clock;
    clock.mono = time_mono();
    clock.wall = clock.mono + clock.offset;
    bool due = clock.mono - clock.read_at >= read_every;
    if (unlikely(due)) offset_update(loop);
    return due;
}

[[gnu::cold]] bool update_by_wall(Loop& loop, ev_tstamp longest)
{
    if (unlikely(clock_virtual(loop))) {
        offset_update(loop);
        return true;
    }
    Clock& clock = loop.clock;
    ev_tstamp last = clock.mono;
    clock.wall = clock.mono = time_wall();
    bool jumped = clock.mono < last || clock.mono > last + longest + jump_least;
    if (jumped) timers_shift(loop, clock.mono - last);
    if (jumped || periodics_jumped(loop)) periodics_reschedule(loop);
    bool due = jumped || clock.mono - clock.read_at >= read_every;
    if (due) clock.read_at = clock.mono;
    return due;
}

bool clock_update(Loop& loop, ev_tstamp longest)
{
    bool due = use_monotonic ? update_by_monotonic(loop)
                             : update_by_wall(loop, longest);
    now_publish(loop.clock.wall);
    return due;
}

[[gnu::cold]] void time_sleep(ev_tstamp delay)
{
    if (!(delay > 0)) return;
    delay = min(delay, sleep_most);

    // A signal ends it early: then the loop has something to do.
    auto whole = static_cast<time_t>(delay);
    ev_tstamp part = delay - static_cast<ev_tstamp>(whole);
    if (use_nanosleep) {
        timespec t = {whole, static_cast<long>(part * ev_tstamp(1e9))};
        nanosleep(&t, nullptr);
    } else {
        timeval t = {whole, static_cast<suseconds_t>(part * ev_tstamp(1e6))};
        select(0, nullptr, nullptr, nullptr, &t);
    }
}

}}  // evi

// The C API.

ev_tstamp ev_time(void) EV_NOEXCEPT { return evi::time_wall(); }

[[gnu::cold]] void ev_sleep(ev_tstamp delay) EV_NOEXCEPT
{
    evi::time_sleep(delay);
}

[[gnu::cold]] void ev_now_update(EV_P) EV_NOEXCEPT
{
    evi::clock_update(evi::entry(EV_A), evi::forever);
}

[[gnu::cold]] void ev_suspend(EV_P) EV_NOEXCEPT
{
    evi::clock_update(evi::entry(EV_A), evi::forever);
}

// For timers, the time between suspend and resume does not count.
[[gnu::cold]] void ev_resume(EV_P) EV_NOEXCEPT
{
    evi::Loop& ours = evi::entry(EV_A);
    ev_tstamp suspended = ours.clock.mono;
    evi::clock_update(ours, evi::forever);
    evi::timers_shift(ours, ours.clock.mono - suspended);
    evi::periodics_reschedule(ours);
}
