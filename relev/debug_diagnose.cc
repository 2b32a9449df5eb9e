// Is an active watcher still what it was when it was started?

#include "debug.hh"

#include "../core/watcher.hh"

#if RELEV_DEBUG

#include <stddef.h>

namespace evi { namespace {

// relev-debug has the allocator fill freed and new memory with these.
constexpr unsigned char freed_fill = 0xa5;
constexpr unsigned char fresh_fill = 0x5a;

#if EV_STAT_ENABLE

constexpr size_t stat_size = offsetof(ev_stat, path) + sizeof(char*);

Fixed stat_fixed(const Image& image)
{
    auto* w = reinterpret_cast<const ev_stat*>(&image);
    return {w->path, w->interval};
}

#else

constexpr size_t stat_size = sizeof(Watcher);

Fixed stat_fixed(const Image&) { return {}; }

#endif

#if EV_EMBED_ENABLE

constexpr size_t embed_size = offsetof(ev_embed, io);

Fixed embed_fixed(const Image& image)
{
    return {reinterpret_cast<const ev_embed*>(&image)->other, 0};
}

#else

constexpr size_t embed_size = sizeof(Watcher);

Fixed embed_fixed(const Image&) { return {}; }

#endif

size_t image_size(int type)
{
    if (type == EV_STAT) return stat_size;
    if (type == EV_EMBED) return embed_size;
    auto number = static_cast<size_t>(kind_of(type).number);
    if (type == EV_IO) return sizeof(ev_io);
    return number ? number + sizeof(int) : sizeof(Watcher);
}

bool filled(const Image& image, size_t size, unsigned char fill)
{
    // The allocator keeps two pointers of its own at the beginning.
    for (size_t i = 2 * sizeof(void*); i < size; ++i)
        if (image.bytes[i] != fill) return false;
    return true;
}

int image_events(const Image& image, int type)
{
    return type == EV_IO ? image.io.events & ~EV__IOFDSET : 0;
}

Fixed image_fixed(const Image& image, int type)
{
    if (type == EV_STAT) return stat_fixed(image);
    return type == EV_EMBED ? embed_fixed(image) : Fixed();
}

bool fixed_same(const Fixed& a, const Fixed& b)
{
    return a.address == b.address
        && !memcmp(&a.interval, &b.interval, sizeof a.interval);
}

bool container_holds(const Hooklist& list, const Watcher* w)
{
    return hook_listed(list, w);
}

bool container_holds(const Index& index, const Watcher* w)
{
    return index.holds(w);
}

bool container_holds(const Heap<TimeWatcher>& heap, Watcher* w)
{
    return heap.contains(timed(w));
}

// Does the loop find the watcher by its member `active`?
bool found(const Loop& loop, const Kind& kind, Watcher* w, int active)
{
    if (kind.holds) return kind.holds(loop, w);
    bool listed =
        kind.lists != nowhere || kind.heap != nowhere || kind.index != nowhere;
    bool held = !listed && active == 1;
    containers(kind, const_cast<Kinds&>(loop.watchers),
               [&held, w](auto& all) { held |= container_holds(all, w); });
    return held;
}

// For a watcher that the loop finds. A program that sets the time of an
// active timer expects that the loop uses it.
bool expiry_kept(const Loop& loop, const Watched& one)
{
    const Kinds& all = loop.watchers;
    if (one.type == EV_TIMER) return all.timers.all()[one.w->active].kept();
    return one.type != EV_PERIODIC
        || all.periodics.heap.all()[one.w->active].kept();
}

// What happened to an active watcher; null: nothing.
const char* judge(const Loop& loop, const Watched& one, const Image& image,
                  Error& error)
{
    size_t size = image_size(one.type);
    error = Error::freed;
    if (filled(image, size, freed_fill)) return "freed while active";
    if (filled(image, size, fresh_fill))
        return "freed while active, and its memory allocated again";

    assert(one.type && size <= sizeof image);
    bool same = number_of(one.type, &image.head) == one.number
             && image_events(image, one.type) == one.events
             && fixed_same(image_fixed(image, one.type), one.fixed);
    bool indexed = found(loop, kind_of(one.type), one.w, image.head.active);
    bool ranked = priority_get(&image.head) == one.priority
               || one.type == EV_CHILD;  // set by the library
    error = Error::reinit;
    if (!image.head.active && !image.head.pending
        && priority_legal(&image.head))
        return image.head.cb ? "initialized again while active"
                             : "overwritten with zeros while active";
    error = Error::changed;
    if (indexed && ranked && same)
        // The heap sets `active` of a watcher that it moves.
        return expiry_kept(loop, one)
                 ? nullptr
                 : "initialized again, or its time changed, while active";
    if (indexed && ranked) return "its members were changed while active";
    if (indexed && same && priority_legal(&image.head))
        return "its priority was changed while active";
    error = Error::overwritten;
    return "freed or overwritten while active";
}

const char* judge(const Loop& loop, const Watched& one, Memory& memory,
                  Error& error)
{
    Image image = {};
    error = Error::freed;
    switch (memory.copy(image.bytes, one.w, image_size(one.type))) {
        case Copy::done:
            return judge(loop, one, image, error);
        case Copy::unmapped:
            return "freed while active: its memory is unmapped";
        default:
            return nullptr;  // it is not known
    }
}

}}  // evi

#endif
