// Tracepoints for bpftrace, perf and SystemTap (USDT). Without a tracer, each
// costs a load and a branch. See relev_trace(7).

#ifndef EVI_TRACE_HH
#define EVI_TRACE_HH

#include "../core/loop.hh"

namespace evi { namespace {

#if EV_USE_USDT

// The tracers count themselves here. sys/sdt.h expects these names.
#define EVI_COUNTED gnu::used, gnu::section(".probes")
[[EVI_COUNTED]] volatile unsigned short relev_poll__begin_semaphore __asm__(
    "relev_poll__begin_semaphore");
[[EVI_COUNTED]] volatile unsigned short relev_poll__end_semaphore __asm__(
    "relev_poll__end_semaphore");
[[EVI_COUNTED]] volatile unsigned short relev_callback__begin_semaphore __asm__(
    "relev_callback__begin_semaphore");
[[EVI_COUNTED]] volatile unsigned short relev_callback__end_semaphore __asm__(
    "relev_callback__end_semaphore");

// relev/trace.cc
void poll_begin_trace(Loop&, ev_tstamp timeout);
void poll_end_trace(Loop&);
void callback_begin_trace(Loop&, Watcher*, int revents);
void callback_end_trace(Loop&, const Watcher*);

inline void trace_poll_begin(Loop& loop, ev_tstamp timeout)
{
    if (unlikely(relev_poll__begin_semaphore)) poll_begin_trace(loop, timeout);
}

inline void trace_poll_end(Loop& loop)
{
    if (unlikely(relev_poll__end_semaphore)) poll_end_trace(loop);
}

inline void trace_callback_begin(Loop& loop, Watcher* w, int revents)
{
    if (unlikely(relev_callback__begin_semaphore))
        callback_begin_trace(loop, w, revents);
}

// The watcher may be freed by now.
inline void trace_callback_end(Loop& loop, const Watcher* w)
{
    if (unlikely(relev_callback__end_semaphore)) callback_end_trace(loop, w);
}

#else

inline void trace_poll_begin(Loop&, ev_tstamp) {}
inline void trace_poll_end(Loop&) {}
inline void trace_callback_begin(Loop&, Watcher*, int) {}
inline void trace_callback_end(Loop&, const Watcher*) {}

#endif

}}  // evi

#endif
