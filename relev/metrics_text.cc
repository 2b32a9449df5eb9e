// relev_metrics_text: the metrics in the OpenMetrics format.

#include "metrics_text.hh"

#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

// One line for each kind, with the value of that kind.
void kinds_put(Scrape& to, const char* suffix, const relev_count* values)
{
    for (int i = 0; i < RELEV_KINDS; ++i) {
        const char* kind = kind_name(i);
        if (!kind) continue;
        to.sample(suffix, "kind", kind);
        to.number(values[i]);
    }
}

void total_put(Scrape& to, relev_count value)
{
    to.sample("_total");
    to.number(value);
}

void gauge_put(Scrape& to, relev_count value)
{
    to.sample("");
    to.number(value);
}

void bucket_put(Scrape& to, int i, relev_count below)
{
    char buffer[30];
    Text le = {buffer, sizeof buffer, 0};
    uint64_t usec = uint64_t(1) << i;
    if (i == RELEV_BUCKETS - 1) {
        le.put("+Inf");
    } else {
        le.digits<10>(usec / 1000000), le.put('.');
        le.digits<10>(usec % 1000000, 6);
    }
    le.end();
    to.sample("_bucket", "le", buffer), to.number(below);
}

void histogram_put(Scrape& to, const relev_count* buckets, ev_tstamp sum)
{
    relev_count below = 0;
    for (int i = 0; i < RELEV_BUCKETS; ++i)
        bucket_put(to, i, below += buckets[i]);
    to.sample("_count"), to.number(below);
    to.sample("_sum"), to.seconds(sum);
}

// Two libraries may have functions, and file names, that are the same.
[[gnu::cold]] bool name_shared(const struct relev_callback* all,
                               const uint64_t* hashes, int count, int one)
{
    bool shared = false;
    for (int i = 0; i < count; ++i)
        shared |=
            hashes[i] == hashes[one] && all[i].callback != all[one].callback;
    return shared;
}

[[gnu::cold]] void callbacks_put(Scrape& to, const char* suffix,
                                 void (*put)(Scrape&,
                                             const struct relev_callback&))
{
    struct relev_callback all[RELEV_CALLBACKS];
    int count = callbacks_copy(to.loop->relev->callbacks, all);
    uint64_t hashes[RELEV_CALLBACKS];
    for (int i = 0; i < count; ++i) hashes[i] = callback_hash(all[i]);
    for (int i = 0; i < count; ++i) {
        to.sample(suffix, all[i], name_shared(all, hashes, count, i));
        put(to, all[i]);
    }
}

void callback_seconds(Scrape& to, const struct relev_callback& one)
{
    to.seconds(one.total);
}

void callback_calls(Scrape& to, const struct relev_callback& one)
{
    to.number(one.calls);
}

void callback_longest(Scrape& to, const struct relev_callback& one)
{
    to.seconds(one.longest);
}

void iterations_family(Scrape& to) { total_put(to, to.m.iterations); }
void changes_family(Scrape& to) { total_put(to, to.m.changes); }
void events_family(Scrape& to) { kinds_put(to, "_total", to.m.events); }
void callbacks_family(Scrape& to) { kinds_put(to, "_total", to.m.callbacks); }
void active_family(Scrape& to) { kinds_put(to, "", to.m.active); }
void fds_family(Scrape& to) { gauge_put(to, to.m.fds); }
void most_family(Scrape& to) { gauge_put(to, to.m.most); }
void busy_of_each_family(Scrape& to)
{
    callbacks_put(to, "_total", callback_seconds);
}
void calls_of_each_family(Scrape& to)
{
    callbacks_put(to, "_total", callback_calls);
}
void longest_of_each_family(Scrape& to)
{
    callbacks_put(to, "", callback_longest);
}

void iteration_times_family(Scrape& to)
{
    histogram_put(to, to.m.iteration_times, to.m.working);
}

void lateness_family(Scrape& to)
{
    histogram_put(to, to.m.lateness, to.m.late);
}

void callback_times_family(Scrape& to)
{
    histogram_put(to, to.m.callback_times, to.m.calling);
}

constexpr Family families[] = {
    {1, "iterations", "counter", "Iterations of the loop.", iterations_family},
    {1, "changes", "counter", "Changes of descriptors.", changes_family},
    {1, "events", "counter", "Events that left the queue.", events_family},
    {1, "callbacks", "counter", "Callbacks that were called.",
     callbacks_family},
    {1, "active", "gauge", "Active watchers.", active_family},
    {1, "fds", "gauge", "Descriptors with watchers.", fds_family},
    {1, "iteration_seconds", "histogram", "Iterations, without the wait.",
     iteration_times_family},
    {1, "timer_lateness_seconds", "histogram", "Timers: expiry until detected.",
     lateness_family},
    {2, "pending_most", "gauge", "The most events pending at once.",
     most_family},
    {2, "callback_seconds", "histogram", "Callbacks.", callback_times_family},
    {2, "callback_busy_seconds", "counter", "Time in each callback.",
     busy_of_each_family},
    {2, "callback_calls", "counter", "Calls of each callback.",
     calls_of_each_family},
    {2, "callback_longest_seconds", "gauge", "The longest call of each.",
     longest_of_each_family},
};

void family_put(Scrape& to, const Family& family, struct ev_loop* const* loops,
                const char* const* labels, int count)
{
    assert(family.level == 1 || family.level == 2);
    bool begun = false;
    to.name = family.name;
    for (int i = 0; i < count; ++i) {
        to.loop = &loop_of(loops[i]);
        to.labels = labels ? labels[i] : nullptr;
        if (metrics_read(*to.loop, to.m) < family.level) continue;
        if (!begun) to.head(family);
        begun = true;
        family.put(to);
    }
}

int metrics_write(struct ev_loop* const* loops, const char* const* labels,
                  int count, Text text, const char* end)
{
    bool legal = text.size >= 0 && (text.buffer || !text.size);
    if (!legal || !labels_legal(loops, labels, count)) return failed(EINVAL);
    Scrape to = {text, nullptr, nullptr, nullptr, {}};
    for (const Family& family : families)
        family_put(to, family, loops, labels, count);
    to.text.put(end);
    return to.text.end();
}

}}  // evi

// The C API.

int relev_metrics_text(struct ev_loop* loop, char* buffer, int size,
                       const char* labels) EV_NOEXCEPT
{
    if (loop) evi::entry(loop);
    return evi::metrics_write(&loop, &labels, 1, {buffer, size, 0}, "# EOF\n");
}

int relev_metrics_part(struct ev_loop* const* loops, const char* const* labels,
                       int count, char* buffer, int size) EV_NOEXCEPT
{
    if (!loops && count > 0) return evi::failed(EINVAL);
    for (int i = 0; i < count; ++i)
        if (loops[i]) evi::entry(loops[i]);
    return evi::metrics_write(loops, labels, count, {buffer, size, 0}, "");
}

#endif
