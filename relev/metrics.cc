// Metrics: what is counted while the loop runs.

#include "metrics.hh"

#include "../core/fds.hh"
#include "../core/lifetime.hh"
#include "../core/pending.hh"
#include "owner.hh"
#include "state.hh"

#include <limits.h>

#if EV_RELEV_ENABLE

namespace evi { namespace {

// Bucket i is for less than 2 to the power of i microseconds.
int bucket_of(ev_tstamp seconds)
{
    ev_tstamp usec = seconds * 1000000;
    if (!(usec >= 1)) return 0;
    constexpr int last = RELEV_BUCKETS - 1;
    if (usec >= ev_tstamp(1u << (last - 1))) return last;
    return 32 - __builtin_clz(static_cast<unsigned>(usec));
}

inline bool lateness_wanted(const Loop& loop)
{
    return loop.relev && loop.relev->metrics.level;
}

inline void lateness_note(Loop& loop, const Lateness& late)
{
    Metrics& m = loop.relev->metrics;
    m.lateness[late.bucket] += late.count;
    m.late += late.sum;
}

[[gnu::noinline]] void lateness_next(Loop& loop, Lateness& late, ev_tstamp by)
{
    lateness_note(loop, late);
    late = {};
    late.bucket = bucket_of(by);
    late.least = late.bucket ? ev_tstamp(1u << (late.bucket - 1)) * 1e-6 : 0;
    assert(!(late.least > by * 1.0001));
}

inline void lateness_add(Loop& loop, Lateness& late, ev_tstamp by)
{
    if (unlikely(!(by >= late.least))) lateness_next(loop, late, by);
    ++late.count;
    late.sum += by;
}

// Counting takes a time for each watcher, so it is put off for as many
// iterations as there are watchers, or until the loop frees unused memory.
void references_note(Loop& loop, Metrics& m)
{
    if (loop.active != m.references && --m.recount <= 0) watchers_count(loop);
}

// About twice a second the watchers are counted in any case.
void metrics_trim(Loop& loop)
{
    Metrics& m = loop.relev->metrics;
    m.references = INT_MIN;  // not what they are
    m.recount = 0;
}

void most_note(const Loop& loop, Metrics& m)
{
    uint64_t count = 1;  // the one to be dispatched
    for (auto& queue : loop.pending.queues)
        count += static_cast<uint64_t>(queue.count);
    if (count > m.most) m.most = count;
}

// The loop stops working, at `now`.
void working_note(Metrics& m, ev_tstamp now)
{
    if (!(now > m.woke)) return;
    assert(m.working >= 0);
    m.working += now - m.woke;
    if (int bucket = bucket_of(now - m.woke)) ++m.iteration_times[bucket];
}

void metrics_wait_begin(Loop& loop, ev_tstamp)
{
    Metrics& m = loop.relev->metrics;
    ++m.iterations;
    references_note(loop, m);
    if (m.awake) working_note(m, m.level == 2 ? m.ended : loop.clock.mono);
    m.awake = false;  // for now
}

void metrics_woke(Loop& loop)
{
    Metrics& m = loop.relev->metrics;
    m.awake = true;
    m.woke = loop.clock.mono;
}

void metrics_call_begin(Loop& loop, const Call& made)
{
    Metrics& m = loop.relev->metrics;
    if (m.level == 2) most_note(loop, m);
    if (made.once) ++m.once;
    else if (!made.inner) ++m.by_bit[lowest_bit(made.type)];
}

void metrics_call_end(Loop& loop, const Call& made)
{
    Metrics& m = loop.relev->metrics;
    ev_tstamp took = max(made.ended - made.began, ev_tstamp(0));
    m.ended = made.ended;
    if (made.inner) return;
    m.calling += took;
    ++m.callback_times[bucket_of(took)];
    callback_note(loop.relev->callbacks, made.callback, made.type, took);
}

// Level 1 alone. Instructions are counted here: it must not cost more than a
// twentieth of an iteration with one event. So it does not see each wake-up,
// only those with events. After a wait, `woke` is 0 until then.

[[gnu::noinline]] void brief_poll_rest(Loop& loop, ev_tstamp timeout)
{
    Relev& relev = *loop.relev;
    Metrics& m = relev.metrics;
    references_note(loop, m);
    if (m.woke > 0) working_note(m, loop.clock.mono);
    m.woke = 0;
    relev.observers.real_poll(loop, timeout);
}

void brief_poll(Loop& loop, ev_tstamp timeout)
{
    Relev& relev = *loop.relev;
    Metrics& m = relev.metrics;
    ++m.iterations;
    bool changed = loop.active != m.references;
    if (unlikely(changed || loop.clock.mono > m.woke))
        return brief_poll_rest(loop, timeout);
    m.woke = 0;
    relev.observers.real_poll(loop, timeout);
}

[[gnu::cold, gnu::noinline]] void brief_skip(Loop& loop, int events)
{
    ++loop.relev->metrics.canceled[lowest_bit(events)];
}

struct BriefPass {
    Loop& loop;

    void skip(const Pending::Event& event) { brief_skip(loop, event.events); }

    void run(const Pending::Event& event)
    {
        ++loop.relev->metrics.by_bit[lowest_bit(event.events)];
        call(loop, event.w, event.events);
        verify_each_call(loop);
    }
};

// The same for the highest priority, where the loop's own watchers are.
struct CheckedPass {
    Loop& loop;

    void skip(const Pending::Event& event) { brief_skip(loop, event.events); }

    void run(const Pending::Event& event)
    {
        if (!of_the_loop(loop, event.w, event.events))
            ++loop.relev->metrics.by_bit[lowest_bit(event.events)];
        call(loop, event.w, event.events);
        verify_each_call(loop);
    }
};

constexpr uint64_t highest = uint64_t(1) << (pri_count - 1);

[[gnu::noinline]] void checked_dispatch(Loop& loop)
{
    assert(loop.pending.mask >= highest);
    if (loop.pending.mask >= reports_due) return reports_dispatch(loop);
    CheckedPass pass = {loop};
    auto& queue = loop.pending.queues[pri_count - 1];
    queue_invoke(loop, queue, 2 * highest - 1, pass);
}

void brief_dispatch(Loop& loop)
{
    Metrics& m = loop.relev->metrics;
    m.brief = true;
    m.woke = loop.clock.mono;
    uint64_t& mask = loop.pending.mask;
    BriefPass pass = {loop};
    while (mask) {
        if (unlikely(mask >= highest)) {
            checked_dispatch(loop);
            continue;
        }
        int k = 63 ^ __builtin_clzll(mask);
        queue_invoke(loop, loop.pending.queues[k], (uint64_t(2) << k) - 1,
                     pass);
    }
}

constexpr Alone brief = {brief_dispatch, brief_poll};

constexpr Observer metrics_counts = {
    false,        metrics_wait_begin, nullptr,
    metrics_woke, metrics_call_begin, nullptr,
    &brief,
};

constexpr Observer metrics_times = {
    true,         metrics_wait_begin, nullptr,
    metrics_woke, metrics_call_begin, metrics_call_end,
    nullptr,
};

// Was it counted? The level may have changed since its dispatch began.
void metrics_inner(Loop& loop, int revents, bool once)
{
    Metrics& m = loop.relev->metrics;
    assert(revents);
    Counter& counted = m.by_bit[lowest_bit(revents)];
    if (!m.brief || !counted) return;
    counted = counted - 1;
    if (once) ++m.once;
}

// From now on, all counters are 0.
void metrics_clear(Loop& loop)
{
    Metrics& m = loop.relev->metrics;
    m.iterations = m.most = m.once = m.changes = 0;
    shared_clear(m.by_bit), shared_clear(m.canceled);
    shared_clear(m.callback_times), shared_clear(m.iteration_times);
    shared_clear(m.lateness);
    m.working = m.late = m.calling = 0;
    callbacks_clear(loop.relev->callbacks);
    m.began = m.woke = loop.clock.mono;
    watchers_count(loop);
}

void metrics_enable(Loop& loop, int level)
{
    assert(level >= 0 && level <= 2);
    if (!level && !loop.relev) return;
    Metrics& m = relev_of(loop).metrics;
    if (level == m.level) return;
    if (!m.level) m.brief = false, metrics_clear(loop);
    m.level = level;
    if (level == 1) observer_add(loop, metrics_counts);
    if (level == 2) observer_add(loop, metrics_times);
    if (level != 1) observer_remove(loop, metrics_counts);
    if (level != 2) observer_remove(loop, metrics_times);
    progress_update(loop);
}

}}  // evi

// The C API.

int relev_metrics_reset(struct ev_loop* loop) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    evi::Loop& ours = evi::entry(loop);
    if (ours.relev && ours.relev->metrics.level) evi::metrics_clear(ours);
    return 0;
}

int relev_metrics_enable(struct ev_loop* loop, int level) EV_NOEXCEPT
{
    if (!loop || level < 0 || level > 2) return evi::failed(EINVAL);
    evi::metrics_enable(evi::entry(loop), level);
    return 0;
}

#endif
