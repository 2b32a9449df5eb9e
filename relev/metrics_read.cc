// relev_metrics_read: the metrics of a loop.

#include "state.hh"
#include "walk.hh"

#include <stddef.h>

#if EV_RELEV_ENABLE

namespace evi { namespace {

static_assert(offsetof(struct relev_metrics, iterations) == sizeof(relev_count),
              "the size, then iterations");

void active_count(Loop& loop, struct relev_metrics& to)
{
    walk(loop, [&to](const Owner& owner, Watcher*, int) {
        ++to.active[owner.once ? int(RELEV_KIND_ONCE) : kind_index(owner.type)];
    });
    auto& table = loop.fds.table;
    for (int fd = 0; fd < table.count; ++fd) to.fds += table[fd].watched();
}

void callbacks_count(const Relev& relev, struct relev_metrics& to)
{
    const Metrics& m = relev.metrics;
    to.callbacks[RELEV_KIND_ONCE] = m.once;
    for (int bit = 0; bit < 32; ++bit) {
        int kind = kind_index(static_cast<int>(1u << bit));
        to.callbacks[kind] += m.by_bit[bit];
        to.events[kind] += relev.observers.cancelled[bit];
    }
    for (int i = 0; i < RELEV_KINDS; ++i) to.events[i] += to.callbacks[i];
}

void times_copy(const Metrics& m, struct relev_metrics& to)
{
    relev_count took_time = 0;
    for (int i = 0; i < RELEV_BUCKETS; ++i) {
        to.callback_times[i] = m.callback_times[i];
        to.iteration_times[i] = m.iteration_times[i];
        to.lateness[i] = m.lateness[i];
        to.expired += m.lateness[i];
        took_time += m.iteration_times[i];
    }
    assert(took_time <= m.iterations);
    to.iteration_times[0] += m.iterations - took_time;
    to.waiting = max(to.enabled - m.working, ev_tstamp(0));
    to.working = m.working;
    to.late = m.late;
    to.calling = m.calling;
    to.longest = m.longest;
    to.longest_callback = m.longest_callback;
    to.longest_type = static_cast<relev_count>(m.longest_type);
}

int metrics_read(Loop& loop, struct relev_metrics& to)
{
    to = {};
    to.size = sizeof to;
    if (!loop.relev || !loop.relev->metrics.level) return 0;
    Metrics& m = loop.relev->metrics;
    iterations_note(loop, m);
    to.iterations = m.iterations;
    to.polls = m.polls;
    to.blocking = m.polls - m.at_once;
    to.changes = loop.relev->observers.changes;
    to.most = m.most;
    to.enabled = loop.clock.mono - m.began;
    callbacks_count(*loop.relev, to);
    active_count(loop, to);
    times_copy(m, to);
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
