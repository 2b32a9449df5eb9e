// relev_progress_read and relev_set_slow_cb.

#include "progress.hh"

#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

constexpr auto released = std::memory_order_release;
constexpr auto acquired = std::memory_order_acquire;

void progress_write(Loop& loop, int state, const Call* made, ev_tstamp since)
{
    Progress& p = loop.relev->progress;
    unsigned version = p.version.load(std::memory_order_relaxed);
    auto sec = static_cast<long>(since);
    ev_tstamp part = since - static_cast<ev_tstamp>(sec);
    assert(!(version & 1));
    p.version.store(version + 1, std::memory_order_relaxed);
    p.iteration.store(loop.iterations, released);
    p.state.store(state, released);
    p.type.store(made ? made->type : 0, released);
    p.callback.store(made ? made->callback : nullptr, released);
    p.since_sec.store(sec, released);
    p.since_nsec.store(static_cast<long>(part * ev_tstamp(1e9)), released);
    p.version.store(version + 2, released);
}

void progress_wait_begin(Loop& loop, ev_tstamp)
{
    ev_tstamp ended = loop.relev->progress.ended;
    progress_write(loop, RELEV_WAITING, nullptr, max(ended, loop.clock.mono));
}

void progress_woke(Loop& loop)
{
    progress_write(loop, RELEV_BETWEEN, nullptr, loop.clock.mono);
}

void progress_call_begin(Loop& loop, const Call& made)
{
    progress_write(loop, RELEV_CALLING, &made, made.began);
}

void progress_call_end(Loop& loop, const Call& made)
{
    Progress& p = loop.relev->progress;
    p.ended = made.ended;
    progress_write(loop, RELEV_BETWEEN, nullptr, made.ended);
    ev_tstamp took = made.ended - made.began;
    if (!p.slow || !made.type || !(took > p.threshold)) return;
    p.slow(c_loop(loop), made.type, made.callback, took, p.slow_data);
}

constexpr Observer progress_observer = {
    true,          progress_wait_begin, nullptr,
    progress_woke, progress_call_begin, progress_call_end,
    nullptr,
};

void progress_update(Loop& loop)
{
    Relev& relev = *loop.relev;
    bool wanted = relev.metrics.level == 2 || relev.progress.slow;
    bool enabled = relev.progress.enabled.load(acquired);
    if (wanted == enabled) return;
    if (wanted) {
        progress_write(loop, RELEV_BETWEEN, nullptr, loop.clock.mono);
        observer_add(loop, progress_observer);
    } else {
        observer_remove(loop, progress_observer);
    }
    relev.progress.enabled.store(wanted, released);
}

void slow_set(Loop& loop, ev_tstamp threshold, relev_slow_cb* callback,
              void* data)
{
    if (!callback && !loop.relev) return;
    Progress& p = relev_of(loop).progress;
    p.threshold = threshold;
    p.slow = callback;
    p.slow_data = data;
    progress_update(loop);
}

void progress_copy(const Progress& p, struct relev_progress& to)
{
    to.iteration = p.iteration.load(acquired);
    to.state = p.state.load(acquired);
    to.type = p.type.load(acquired);
    to.callback = p.callback.load(acquired);
    to.since =
        static_cast<ev_tstamp>(p.since_sec.load(acquired))
        + static_cast<ev_tstamp>(p.since_nsec.load(acquired)) * ev_tstamp(1e-9);
}

int progress_read(const Loop& loop, struct relev_progress& to)
{
    if (!loop.relev || !loop.relev->progress.enabled.load(acquired))
        return failed(ENODATA);
    const Progress& p = loop.relev->progress;
    for (;;) {
        unsigned version = p.version.load(acquired);
        progress_copy(p, to);
        bool kept = p.version.load(acquired) == version;
        if (kept && !(version & 1)) return 0;
    }
}

}}  // evi

// The C API.

int relev_set_slow_cb(struct ev_loop* loop, ev_tstamp threshold,
                      relev_slow_cb* cb, void* data) EV_NOEXCEPT
{
    if (!loop) return evi::failed(EINVAL);
    evi::slow_set(evi::entry(loop), threshold, cb, data);
    return 0;
}

int relev_progress_read(struct ev_loop* loop, struct relev_progress* progress,
                        size_t size) EV_NOEXCEPT
{
    if (!loop || !progress) return evi::failed(EINVAL);
    struct relev_progress now = {};
    if (evi::progress_read(evi::entry(loop), now) < 0) return -1;
    evi::copy_known(progress, size, now);
    return 0;
}

#endif
