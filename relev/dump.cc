// relev_dump: what a loop waits for, and what keeps ev_run running.
//
// It may be called at any instruction of the loop's thread, by a signal handler
// or a debugger: nothing is allocated, no lock is taken, and all that the loop
// refers to is checked before it is read. An operation that is half done can
// leave an array that is being moved, or an entry that is not valid.

#include "../core/clock.hh"
#include "../core/pending.hh"
#include "dump_loop.hh"
#include "dump_output.hh"
#include "dump_watcher.hh"
#include "readable.hh"
#include "state.hh"
#include "text.hh"
#include "walk.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

constexpr int once_bit = 31;  // no kind has it
constexpr int line_size = 800;

struct Dump {
    Output output;
    bool queues;  // those of the pending events can be read
    int unreadable;
    int listed;
    int counts[32];  // of watchers, by event bit; the last: of ev_once
    int held;        // references of these
};

[[gnu::cold]] void put(Text& text, int number)
{
    text.put(static_cast<long long>(number));
}

[[gnu::cold]] void count(Dump& dump, const Owner& owner)
{
    ++dump.counts[owner.once ? once_bit : lowest_bit(owner.type)];
    dump.held += kind_of(owner.type).references;
    ++dump.listed;
}

[[gnu::cold]] void put_rest(const Dump& dump, Text& text, Loop& loop,
                            const Watcher* w, const void* callback)
{
    if (int priority = priority_get(w))
        text.put(", priority "), put(text, priority);
    if (int events = dump.queues ? pending_events(loop, w) : 0)
        text.put(", pending "), put_events(text, events);
    if (!callback) return;
    text.put(", callback ");
    put_function(text, callback);
}

// A watcher of the library itself: of the loop, or a part of one.
[[gnu::cold]] void internal_dump(Dump& dump, Loop& loop, const Owner& owner,
                                 Watcher* w, int type)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    text.put(kind_of(type).name), text.put(' ');
    text.put(static_cast<const void*>(w)), text.put(": ");
    describe(text, loop, w, kind_of(type));
    put_rest(dump, text, loop, w, nullptr);
    text.put(", of the library");
    if (owner.w) {
        text.put(", for "), text.put(kind_of(owner.type).name);
        text.put(' '), text.put(static_cast<const void*>(owner.w));
    }
    output_line(dump.output, text);
}

[[gnu::cold]] void watcher_dump(Dump& dump, Loop& loop, const Owner& owner,
                                Watcher* w, int type)
{
    bool inner = owner.type != type && type != EV_PREPARE;
    if (!owner.type || inner) return internal_dump(dump, loop, owner, w, type);
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    text.put(owner.once ? "ev_once" : kind_of(owner.type).name);
    if (owner.w) text.put(' '), text.put(static_cast<const void*>(owner.w));
    text.put(": ");
    if (owner.w) w = owner.w, type = owner.type;  // else of ev_once
    describe(text, loop, w, kind_of(type));
    put_rest(dump, text, loop, w, owner.callback);
    if (owner.w) debug_describe(text, loop, owner.w);
    count(dump, owner);
    output_line(dump.output, text);
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
    if (!w) return;
    if (!readable(w, sizeof *w)) {
        ++dump.unreadable;
        return;
    }
    if (w->active || internal(loop, w)) return;
    text.put("watcher "), text.put(static_cast<const void*>(w));
    text.put(": not active");
    put_rest(dump, text, loop, w, callback_of(w));
    ++dump.listed;
    output_line(dump.output, text);
}

[[gnu::cold]] bool queues_readable(const Loop& loop)
{
    bool all = true;
    for (auto& queue : loop.pending.queues)
        all &= readable(queue.data,
                        static_cast<size_t>(queue.count) * sizeof *queue.data);
    return all;
}

[[gnu::cold]] void queues_dump(Dump& dump, Loop& loop)
{
    for (int k = pri_count; k-- && dump.queues;) {
        auto& queue = loop.pending.queues[k];
        for (int i = queue.count; i--;) pending_dump(dump, loop, queue[i].w);
    }
}

// Of an operation that is half done, or watchers that were freed while active.
[[gnu::cold]] void unreadable_dump(Dump& dump)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    if (!dump.unreadable) return;
    text.put("not readable: "), put(text, dump.unreadable);
    text.put(" (watchers whose memory is gone, or lists that are changing)");
    output_line(dump.output, text);
}

[[gnu::cold]] void references_dump(Dump& dump, const Loop& loop)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    text.put("references: "), put(text, loop.active);
    text.put(" ("), put(text, dump.held), text.put(" of watchers, ");
    put(text, loop.active - dump.held);
    text.put(" by ev_ref and ev_unref)");
    output_line(dump.output, text);
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

[[gnu::cold]] int pending_live(const Dump& dump, const Loop& loop)
{
    int live = 0;
    if (!dump.queues) return 0;
    for (auto& queue : loop.pending.queues)
        for (int i = 0; i < queue.count; ++i) live += queue[i].w != nullptr;
    return live;
}

[[gnu::cold]] const char* reason_name(const Dump& dump, int bit)
{
    const Kind& kind = kind_of(static_cast<int>(1u << bit));
    if (!kind.references || !dump.counts[bit]) return nullptr;
    return bit == once_bit ? "ev_once" : kind.name;
}

// Which watchers have lost their references is known if all have, or if there
// is one kind of them.
[[gnu::cold]] void put_unref(Text& text, const Dump& dump, int n, bool all)
{
    int several = 0;
    const char* only = nullptr;
    for (int bit = 0; bit < 32; ++bit)
        if (const char* name = reason_name(dump, bit)) ++several, only = name;
    text.put(" (and "), put(text, n), text.put(" ev_unref");
    if (several == 1) text.put(" for "), text.put(only);
    else if (several && all) text.put(" for all watchers");
    text.put(')');
}

// A watcher does not keep ev_run running if its reference was dropped.
[[gnu::cold]] void reasons_add(Reasons& reasons, const Dump& dump,
                               const Loop& loop)
{
    int by_ref = loop.active - dump.held;
    for (int bit = 0; bit < 32 && loop.active > 0; ++bit)
        if (const char* name = reason_name(dump, bit))
            reasons.add(dump.counts[bit], name);
    if (by_ref > 0) reasons.add(by_ref, "ev_ref");
    if (int live = pending_live(dump, loop))
        reasons.add(live, live > 1 ? "pending events" : "pending event");
    if (!reasons.count) reasons.text.put(" nothing");
    if (by_ref < 0) put_unref(reasons.text, dump, -by_ref, loop.active <= 0);
}

[[gnu::cold]] void reasons_dump(Dump& dump, const Loop& loop)
{
    char buffer[line_size];
    Text text = {buffer, line_size, 0};
    Reasons reasons = {text, 0};
    text.put("ev_run goes on because of:");
    reasons_add(reasons, dump, loop);
    if (loop.breaking) text.put("; ev_break ends it");
    output_line(dump.output, text);
}

[[gnu::cold]] void dump_all(Dump& dump, Loop& loop, bool internal)
{
    dump.queues = queues_readable(loop);
    loop_dump(dump.output, loop, {mono_of(loop), wall_of(loop)});
    dump.unreadable = walk(
        loop,
        [&](const Owner& owner, Watcher* w, int type) {
            watcher_dump(dump, loop, owner, w, type);
        },
        readable, internal);
    dump.unreadable += !dump.queues;
    queues_dump(dump, loop);
    unreadable_dump(dump);
    references_dump(dump, loop);
    reasons_dump(dump, loop);
}

[[gnu::cold]] int dump_to(Loop& loop, int fd, bool internal)
{
    Dump dump = {};
    int error = errno;
    output_begin(dump.output, fd);
    dump_all(dump, loop, internal);
    output_end(dump.output);
    errno = dump.output.error ? dump.output.error : error;
    return dump.output.error ? -1 : dump.listed;
}

[[gnu::cold]] int dump_to_file(Loop& loop, const char* path, bool internal)
{
    int error = errno;
    int fd = output_open(path, &loop);
    if (fd < 0) return -1;
    int listed = dump_to(loop, fd, internal);
    if (listed >= 0) errno = error;
    error = errno;
    close(fd);
    errno = error;
    return listed;
}

}}  // evi

// The C API.

[[gnu::cold]] int relev_dump(struct ev_loop* loop, int fd) EV_NOEXCEPT
{
    evi::Loop* ours = evi::loop_accepted(loop);
    return ours ? evi::dump_to(*ours, fd, false) : -1;
}

[[gnu::cold]] int relev_dump_file(struct ev_loop* loop, const char* path,
                                  int flags) EV_NOEXCEPT
{
    evi::Loop* ours = evi::loop_accepted(loop);
    bool internal = flags & RELEV_DUMP_INTERNAL;
    return ours ? evi::dump_to_file(*ours, path, internal) : -1;
}

[[gnu::cold]] unsigned int relev_refs(struct ev_loop* loop) EV_NOEXCEPT
{
    return static_cast<unsigned>(evi::max(evi::entry(loop).active, 0));
}

#endif
