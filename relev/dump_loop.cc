// The first lines of a dump: the loop itself.

#include "dump_loop.hh"

#include "dump_output.hh"
#include "dump_watcher.hh"
#include "owner.hh"
#include "readable.hh"
#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

[[gnu::cold]] const char* backend_name(const Loop& loop)
{
    unsigned flag = loop.backend->flag;
    return flag == EVBACKEND_SELECT ? "select"
         : flag == EVBACKEND_POLL   ? "poll"
         : flag == EVBACKEND_EPOLL  ? "epoll"
         : use_kqueue               ? "kqueue"
                                    : "another backend";
}

[[gnu::cold]] void put_loop(Text& text, const Loop& loop)
{
    text.put("loop "), text.put(static_cast<const void*>(&loop));
    if (loop.is_default) text.put(" (default)");
    text.put(": "), text.put(backend_name(loop));
    if (clock_virtual(loop)) text.put(", virtual time");
    text.put(", iteration ");
    text.put(static_cast<long long>(loop.iterations));
    text.put(", depth "), text.put(static_cast<long long>(loop.depth));
}

[[gnu::cold]] void put_state(Text& text, const struct relev_progress& progress)
{
    if (progress.state == RELEV_WAITING) return text.put("waiting for events");
    if (progress.state == RELEV_BETWEEN) return text.put("between callbacks");
    text.put("in a callback");
    if (const char* name = kind_of(progress.type).name)
        if (*name) text.put(" of "), text.put(name);
    if (progress.callback) {
        text.put(", ");
        put_function(text, reinterpret_cast<const void*>(progress.callback));
    }
}

[[gnu::cold]] void put_now(Text& text, Loop& loop, ev_tstamp mono)
{
    struct relev_progress progress;
    text.put("now: ");
    if (!loop.depth) return text.put("not in ev_run");
    if (progress_read(loop, progress) < 0)
        return text.put(
            "in ev_run (more with relev_set_slow_cb, or metrics of level 2)");
    put_state(text, progress);
    text.put(", for "),
        put_seconds(text, max(mono - progress.since, ev_tstamp(0)));
}

// By how much the earliest timer is overdue. An entry of the heap is earlier
// than its timer, if that was put off.
[[gnu::cold]] ev_tstamp lag_of(const Heap<TimeWatcher>& heap, ev_tstamp now)
{
    ev_tstamp lag = 0;
    auto& all = heap.all();
    if (!readable(all.data, static_cast<size_t>(all.count) * sizeof *all.data))
        return lag;
    for (int k = heap.begin(); k < heap.end(); ++k) {
        const TimeWatcher* w = heap.at(k);
        if (now - all[k].at > lag && readable(w, sizeof *w))
            lag = max(lag, now - w->at);
    }
    return lag;
}

[[gnu::cold]] ev_tstamp loop_lag(const Loop& loop, const Now& now)
{
    ev_tstamp lag = lag_of(loop.watchers.timers, now.mono);
    return max(lag, lag_of(loop.watchers.periodics.heap, now.wall));
}

[[gnu::cold]] void loop_dump(Output& output, Loop& loop, const Now& now)
{
    char buffer[300];
    Text text = {buffer, sizeof buffer, 0};
    put_loop(text, loop);
    output_line(output, text);
    text.length = 0;
    put_now(text, loop, now.mono);
    output_line(output, text);
    text.length = 0;
    text.put("lag: "), put_seconds(text, loop_lag(loop, now));
    output_line(output, text);
}

}}  // evi

#endif
