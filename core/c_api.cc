// The C API for making and destroying loops, with EV_MULTIPLICITY or without.

#include "c_api.hh"

#include "lifetime.hh"

#ifndef EV_API_STATIC
#if EV_MULTIPLICITY
struct ev_loop* ev_default_loop_ptr;
#else
ev_tstamp ev_rt_now;
#endif
#endif

#if EV_MULTIPLICITY

[[gnu::cold]] struct ev_loop* ev_default_loop(unsigned int flags) EV_NOEXCEPT
{
    if (!ev_default_loop_ptr) evi::default_new(flags);
    return ev_default_loop_ptr;
}

[[gnu::cold]] struct ev_loop* ev_loop_new(unsigned int flags) EV_NOEXCEPT
{
    evi::Loop* loop = evi::dynamic_new(flags);
    return loop ? evi::c_loop(*loop) : nullptr;
}

ev_tstamp ev_now(EV_P) EV_NOEXCEPT { return evi::entry(EV_A).clock.wall; }

[[gnu::cold]] void ev_loop_destroy(EV_P)
{
    if (!loop) return;
    evi::loop_destroy(evi::entry(loop));
}

#else

[[gnu::cold]] int ev_default_loop(unsigned int flags) EV_NOEXCEPT
{
    return evi::default_loop.is_default || evi::default_new(flags);
}

void ev_loop_destroy(void) { evi::default_destroy(evi::default_loop); }

#endif
