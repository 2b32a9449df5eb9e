// relev_dump: what a loop waits for, and what keeps ev_run running.
//
// Nothing is allocated, so that it also works in a program that is short of
// memory, or in a debugger.

#include "../core/pending.hh"
#include "dump_watcher.hh"
#include "state.hh"
#include "text.hh"
#include "walk.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

constexpr int once_bit = 31;  // no kind has it
constexpr int line_size = 800;

struct Dump {
    int fd;
    bool failed;
    int listed;
    int counts[32];  // of watchers, by event bit; the last: of ev_once
    int held;        // references of these
};

[[gnu::cold]] void put(Text& text, int number)
{
    text.put(static_cast<long long>(number));
}

// A line that is too long is cut off.
[[gnu::cold]] void line_write(Dump& dump, Text& text)
{
    int length = min(text.end(), text.size - 2);
    assert(length >= 0);
    text.buffer[length++] = '\n';
    for (int at = 0; at < length && !dump.failed;) {
        ssize_t n =
            write(dump.fd, text.buffer + at, static_cast<size_t>(length - at));
        if (n >= 0) at += static_cast<int>(n);
        else dump.failed = errno != EINTR;
    }
}

[[gnu::cold]] void count(Dump& dump, const Owner& owner)
{
    ++dump.counts[owner.once ? once_bit : lowest_bit(owner.type)];
    dump.held += kind_of(owner.type).references;
    ++dump.listed;
}

[[gnu::cold]] void put_rest(Text& text, Loop& loop, const Watcher* w,
                            const void* callback)
{
    if (int priority = priority_get(w))
        text.put(", priority "), put(text, priority);
    if (int events = pending_events(loop, w))
        text.put(", pending "), put_events(text, events);
    if (!callback) return;
    text.put(", callback ");
    put_function(text, callback);
}

[[gnu::cold]] void watcher_dump(Dump& dump, Loop& loop, const Owner& owner,
                                Watcher* w, int type)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    text.put(owner.once ? "ev_once" : kind_of(owner.type).name);
    if (owner.w) text.put(' '), text.put(static_cast<const void*>(owner.w));
    text.put(": ");
    if (owner.w) w = owner.w, type = owner.type;  // else of ev_once
    describe(text, loop, w, kind_of(type));
    put_rest(text, loop, w, owner.callback);
    if (owner.w) debug_describe(text, loop, owner.w);
    count(dump, owner);
    line_write(dump, text);
}

// Not inlined: see observed_call.
[[gnu::cold, gnu::noinline]] bool of_program(const Loop& loop, Watcher* w,
                                             int type)
{
    Owner owner = owner_of(loop, w, type);
    return owner.w == w;
}

// A watcher of unknown kind: is it one of the library?
[[gnu::cold]] bool internal(const Loop& loop, Watcher* w)
{
    for (int type = 1; type < EV_CUSTOM; type <<= 1)
        if (!of_program(loop, w, type)) return true;
    return false;
}

// Events of watchers that are not active: fed, or of a timer that expired.
[[gnu::cold]] void pending_dump(Dump& dump, Loop& loop, Watcher* w)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    if (!w || w->active || internal(loop, w)) return;
    text.put("watcher "), text.put(static_cast<const void*>(w));
    text.put(": not active");
    put_rest(text, loop, w, callback_of(w));
    ++dump.listed;
    line_write(dump, text);
}

[[gnu::cold]] void references_dump(Dump& dump, const Loop& loop)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    text.put("references: "), put(text, loop.active);
    text.put(" ("), put(text, dump.held), text.put(" of watchers, ");
    put(text, loop.active - dump.held);
    text.put(" by ev_ref and ev_unref)");
    line_write(dump, text);
}

struct Reasons {
    Text& text;
    int count;

    void add(int n, const char* name)
    {
        text.put(count++ ? ", " : " ");
        text.put(static_cast<long long>(n));
        text.put(' '), text.put(name);
    }
};

[[gnu::cold]] int pending_live(const Loop& loop)
{
    int live = 0;
    for (auto& queue : loop.pending.queues)
        for (int i = 0; i < queue.count; ++i) live += queue[i].w != nullptr;
    return live;
}

// A watcher does not keep ev_run running if its reference was dropped.
[[gnu::cold]] void reasons_add(Reasons& reasons, const Dump& dump,
                               const Loop& loop)
{
    int by_ref = loop.active - dump.held;
    for (int bit = 0; bit < 32 && loop.active > 0; ++bit) {
        const Kind& kind = kind_of(static_cast<int>(1u << bit));
        if (!kind.references || !dump.counts[bit]) continue;
        reasons.add(dump.counts[bit], bit == once_bit ? "ev_once" : kind.name);
    }
    if (by_ref > 0) reasons.add(by_ref, "ev_ref");
    if (int live = pending_live(loop))
        reasons.add(live, live > 1 ? "pending events" : "pending event");
    if (!reasons.count) reasons.text.put(" nothing");
    if (by_ref >= 0) return;
    reasons.text.put(" (and ");
    reasons.text.put(static_cast<long long>(-by_ref));
    reasons.text.put(" ev_unref)");
}

[[gnu::cold]] void reasons_dump(Dump& dump, const Loop& loop)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    Reasons reasons = {text, 0};
    text.put("ev_run goes on because of:");
    reasons_add(reasons, dump, loop);
    if (loop.breaking) text.put("; ev_break ends it");
    line_write(dump, text);
}

[[gnu::cold]] int loop_dump(Loop& loop, int fd)
{
    Dump dump = {fd, false, 0, {}, 0};
    int error = errno;
    walk(loop, [&](const Owner& owner, Watcher* w, int type) {
        watcher_dump(dump, loop, owner, w, type);
    });
    for (int k = pri_count; k--;) {
        auto& queue = loop.pending.queues[k];
        for (int i = queue.count; i--;) pending_dump(dump, loop, queue[i].w);
    }
    references_dump(dump, loop);
    reasons_dump(dump, loop);
    if (dump.failed) return -1;
    errno = error;
    return dump.listed;
}

}}  // evi

// The C API.

[[gnu::cold]] int relev_dump(struct ev_loop* loop, int fd) EV_NOEXCEPT
{
    if (loop) return evi::loop_dump(evi::loop_of(loop), fd);
    errno = EINVAL;
    return -1;
}

[[gnu::cold]] unsigned int relev_refs(struct ev_loop* loop) EV_NOEXCEPT
{
    return static_cast<unsigned>(evi::max(evi::loop_of(loop).active, 0));
}

#endif
