// relev_metrics_text: the metrics in the OpenMetrics format.

#include "state.hh"
#include "text.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

struct Scrape {
    Text text;
    const char* labels;  // or null

    void head(const char* name, const char* type, const char* help)
    {
        text.put("# TYPE relev_"), text.put(name);
        text.put(' '), text.put(type);
        text.put("\n# HELP relev_"), text.put(name);
        text.put(' '), text.put(help), text.put('\n');
    }

    // The beginning of a sample, with one label of our own unless it is null.
    void sample(const char* name, const char* suffix, const char* label,
                const char* value)
    {
        bool both = labels && *labels && label;
        text.put("relev_"), text.put(name), text.put(suffix);
        if (label || (labels && *labels)) text.put('{');
        if (labels) text.put(labels);
        if (both) text.put(',');
        if (label) text.put(label), text.put("=\""), text.put(value);
        if (label) text.put('"');
        if (label || (labels && *labels)) text.put('}');
        text.put(' ');
    }

    void number(relev_count value)
    {
        text.digits<10>(value);
        text.put('\n');
    }

    void seconds(ev_tstamp value)
    {
        assert(value >= 0);
        auto nsec =
            static_cast<uint64_t>(value * ev_tstamp(1e9) + ev_tstamp(.5));
        text.digits<10>(nsec / 1000000000);
        text.put('.');
        text.digits<10>(nsec % 1000000000, 9);
        text.put('\n');
    }

    void counter(const char* name, const char* help, relev_count value)
    {
        head(name, "counter", help);
        sample(name, "_total", nullptr, nullptr), number(value);
    }

    void gauge(const char* name, const char* help, relev_count value)
    {
        head(name, "gauge", help);
        sample(name, "", nullptr, nullptr), number(value);
    }

    void kinds(const char* name, const char* suffix, const relev_count* values)
    {
        for (int i = 0; i < RELEV_KINDS; ++i) {
            const char* kind = kind_name(i);
            if (!kind) continue;
            sample(name, suffix, "kind", kind);
            number(values[i]);
        }
    }

    void bucket(const char* name, int i, relev_count below)
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
        sample(name, "_bucket", "le", buffer), number(below);
    }

    void histogram(const char* name, const char* help,
                   const relev_count* buckets, ev_tstamp sum)
    {
        head(name, "histogram", help);
        relev_count below = 0;
        for (int i = 0; i < RELEV_BUCKETS; ++i)
            bucket(name, i, below += buckets[i]);
        sample(name, "_count", nullptr, nullptr), number(below);
        sample(name, "_sum", nullptr, nullptr), seconds(sum);
    }
};

void put_counters(Scrape& to, const struct relev_metrics& m)
{
    to.counter("iterations", "Iterations of the loop.", m.iterations);
    to.counter("polls", "Waits, and checks without a wait.", m.polls);
    to.counter("blocking_polls", "Polls that could wait.", m.blocking);
    to.counter("changes", "Changes of descriptors.", m.changes);
    to.head("events", "counter", "Events that left the queue.");
    to.kinds("events", "_total", m.events);
    to.head("callbacks", "counter", "Callbacks that were called.");
    to.kinds("callbacks", "_total", m.callbacks);
    to.head("active", "gauge", "Active watchers.");
    to.kinds("active", "", m.active);
    to.gauge("fds", "Descriptors that are watched.", m.fds);
    to.head("waiting_seconds", "counter", "Time in waits.");
    to.sample("waiting_seconds", "_total", nullptr, nullptr);
    to.seconds(m.waiting);
}

void put_times(Scrape& to, const struct relev_metrics& m)
{
    to.histogram("iteration_seconds", "Iterations, without the wait.",
                 m.iteration_times, m.working);
    to.histogram("timer_lateness_seconds", "Timers: expiry until noticed.",
                 m.lateness, m.late);
}

void put_level_2(Scrape& to, const struct relev_metrics& m)
{
    to.gauge("pending_most", "The most events pending at once.", m.most);
    to.histogram("callback_seconds", "Callbacks.", m.callback_times, m.calling);
    to.head("longest_callback_seconds", "gauge", "The longest callback.");
    to.sample("longest_callback_seconds", "", "kind",
              kind_name(kind_index(static_cast<int>(m.longest_type))));
    to.seconds(m.longest);
}

int metrics_write(Loop& loop, Scrape to)
{
    struct relev_metrics m;
    int level = metrics_read(loop, m);
    if (level) {
        put_counters(to, m);
        put_times(to, m);
    }
    if (level == 2) put_level_2(to, m);
    to.text.put("# EOF\n");
    return to.text.end();
}

}}  // evi

// The C API.

int relev_metrics_text(struct ev_loop* loop, char* buffer, int size,
                       const char* labels) EV_NOEXCEPT
{
    if (!loop || size < 0 || (size && !buffer)) return evi::failed(EINVAL);
    return evi::metrics_write(evi::entry(loop), {{buffer, size, 0}, labels});
}

#endif
