// relev_metrics_read: the metrics of a loop.

#include "../core/clock.hh"
#include "../core/pending.hh"
#include "state.hh"

#include <stddef.h>

#if EV_RELEV_ENABLE

namespace evi { namespace {

static_assert(offsetof(struct relev_metrics, iterations) == sizeof(relev_count),
              "the size, then iterations");

void callbacks_count(const Metrics& m, struct relev_metrics& to)
{
    to.callbacks[RELEV_KIND_ONCE] = m.once;
    for (int bit = 0; bit < 32; ++bit) {
        int event = static_cast<int>(1u << bit);
        int kind = kind_index(event);
        to.callbacks[kind] += m.by_bit[bit];
        if (event != inner_canceled) to.events[kind] += m.canceled[bit];
    }
    for (int i = 0; i < RELEV_KINDS; ++i) {
        to.events[i] += to.callbacks[i];
        to.active[i] = m.active[i];
    }
}

// The iterations are read after the histogram, but another processor's writes
// may be seen in another order.
void times_copy(const Metrics& m, ev_tstamp now, struct relev_metrics& to)
{
    relev_count took_time = 0;
    for (int i = 0; i < RELEV_BUCKETS; ++i) {
        to.callback_times[i] = m.callback_times[i];
        to.iteration_times[i] = m.iteration_times[i];
        to.lateness[i] = m.lateness[i];
        to.expired += to.lateness[i];
        took_time += to.iteration_times[i];
    }
    to.iterations = max(relev_count(m.iterations), took_time);
    to.iteration_times[0] += to.iterations - took_time;
    to.enabled = max(now - m.began, ev_tstamp(0));
    to.working = m.working;
    to.late = m.late;
    to.calling = m.calling;
}

void longest_copy(const Callbacks& callbacks, struct relev_metrics& to)
{
    struct relev_callback all[RELEV_CALLBACKS];
    int count = callbacks_copy(callbacks, all);
    for (int i = 0; i < count; ++i) {
        if (!(all[i].longest > to.longest)) continue;
        to.longest = all[i].longest;
        to.longest_callback = all[i].callback;
        to.longest_type = static_cast<relev_count>(all[i].type);
    }
}

int metrics_read(const Loop& loop, struct relev_metrics& to)
{
    to = {};
    to.size = sizeof to;
    if (!loop.relev || !loop.relev->metrics.level) return 0;
    const Metrics& m = loop.relev->metrics;
    to.changes = m.changes;
    to.most = m.most;
    to.fds = m.fds;
    callbacks_count(m, to);
    times_copy(m, mono_of(loop), to);
    longest_copy(loop.relev->callbacks, to);
    return m.level;
}

}}  // evi

// The C API.

int relev_metrics_read(struct ev_loop* loop, struct relev_metrics* metrics,
                       size_t size) EV_NOEXCEPT
{
    if (!loop || !metrics) return evi::failed(EINVAL);
    struct relev_metrics all;
    int level = evi::metrics_read(evi::entry(loop), all);
    evi::copy_known(metrics, size, all);
    return level;
}

#endif
