// The tracepoints. These functions are called only while a tracer is attached.

#include "../core/relev.hh"

#include "../core/pending.hh"
#include "observe.hh"

#if EV_USE_USDT

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

namespace evi { namespace {

Call call_of(const Loop&, const Pending::Event&);

[[gnu::noinline, gnu::cold]] void poll_begin_trace(Loop& loop,
                                                   ev_tstamp timeout)
{
    bool forever_long = timeout >= forever;
    auto usec = static_cast<long>(timeout * 1000000);
    STAP_PROBE2(relev, poll__begin, &loop, forever_long ? -1L : usec);
}

[[gnu::noinline, gnu::cold]] void poll_end_trace(Loop& loop)
{
    STAP_PROBE2(relev, poll__end, &loop,
                static_cast<long>(pending_count(loop)));
}

// A watcher of the library itself has the kind 0.
[[gnu::noinline, gnu::cold]] void callback_begin_trace(Loop& loop, Watcher* w,
                                                       int revents)
{
    Call call = call_of(loop, {w, revents});
    const void* callback = call.type ? call.callback : callback_of(w);
    STAP_PROBE6(relev, callback__begin, &loop, call.type, w, callback,
                call.number, revents);
}

[[gnu::noinline, gnu::cold]] void callback_end_trace(Loop& loop,
                                                     const Watcher* w)
{
    STAP_PROBE2(relev, callback__end, &loop, w);
}

}}  // evi

#endif
