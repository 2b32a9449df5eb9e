// Is an active watcher still what it was when it was started?

#include "debug.hh"

#include "../core/watcher.hh"

#if RELEV_DEBUG

#include <stddef.h>

namespace evi { namespace {

// relev-debug has the allocator fill freed and new memory with these.
constexpr unsigned char freed_fill = 0xa5;
constexpr unsigned char fresh_fill = 0x5a;

size_t image_size(int type)
{
    if (type == EV_IO) return sizeof(ev_io);
    if (type == EV_SIGNAL) return sizeof(ev_signal);
    if (type == EV_CHILD) return sizeof(ev_child);
    return sizeof(Watcher);
}

bool filled(const Image& image, size_t size, unsigned char fill)
{
    // The allocator keeps its own pointers at the beginning.
    for (size_t i = offsetof(Watcher, data); i < size; ++i)
        if (image.bytes[i] != fill) return false;
    return true;
}

int image_number(const Image& image, int type)
{
    if (type == EV_IO) return image.io.fd;
    if (type == EV_SIGNAL) return image.signal.signum;
    return type == EV_CHILD ? image.child.pid : -1;
}

int image_events(const Image& image, int type)
{
    return type == EV_IO ? image.io.events & ~EV__IOFDSET : 0;
}

bool listed(const Hooklist& list, const Watched& one, int index)
{
    return index > 0 && index <= list.count && list[index - 1] == one.w;
}

bool listed(const Index& all, const Watched& one, int index)
{
    return index > 0 && index <= all.used && all.at(index - 1) == one.w;
}

template <class W>
bool heaped(const Heap<W>& heap, const Watched& one, int index)
{
    return index >= heap.begin() && index < heap.end()
        && base(heap.at(index)) == one.w;
}

// Does the loop find the watcher by its member `active`?
bool index_right(const Loop& loop, const Watched& one, int index)
{
    const Kinds& all = loop.watchers;
    switch (one.type) {
        case EV_IO:
            return index >= 1 && index < 2 + max(1, loop.fds.refused.count);
        case EV_TIMER:
            return heaped(all.timers, one, index);
        case EV_PERIODIC:
            return heaped(all.periodics.heap, one, index);
        case EV_SIGNAL:
            return listed(all.signals.all, one, index);
        case EV_CHILD:
            return listed(all.children, one, index);
        case EV_STAT:
            return listed(all.stats.all, one, index);
        case EV_IDLE:
            return listed(all.idles.queues[one.priority - pri_min], one, index);
        case EV_PREPARE:
            return listed(all.prepares, one, index);
        case EV_CHECK:
            return listed(all.checks, one, index);
        case EV_FORK:
            return listed(all.forks, one, index);
        case EV_CLEANUP:
            return listed(all.cleanups, one, index);
        case EV_ASYNC:
            return listed(all.asyncs, one, index);
        default:
            return index == 1;
    }
}

// For a watcher that the loop finds. Program that set the time of an active
// timer believe that it is in force.
bool expiry_kept(const Loop& loop, const Watched& one)
{
    const Kinds& all = loop.watchers;
    if (one.type == EV_TIMER) return all.timers.expiry_kept(one.w->active);
    return one.type != EV_PERIODIC
        || all.periodics.heap.expiry_kept(one.w->active);
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
    bool same = image_number(image, one.type) == one.number
             && image_events(image, one.type) == one.events;
    bool indexed = index_right(loop, one, image.head.active);
    bool ranked = priority_get(&image.head) == one.priority
               || one.type == EV_CHILD;  // set by the library
    error = Error::reinit;
    if (!image.head.active && !image.head.pending
        && priority_legal(&image.head))
        return image.head.cb ? "initialised again while active"
                             : "overwritten with zeros while active";
    error = Error::changed;
    if (indexed && ranked && same && expiry_kept(loop, one)) return nullptr;
    if (indexed && ranked) return "its members were changed while active";
    if (indexed && same && priority_legal(&image.head))
        return "its priority was changed while active";
    error = Error::overwritten;
    return "freed or overwritten while active";
}

const char* judge(const Loop& loop, const Watched& one, Error& error)
{
    Image image = {};
    error = Error::freed;
    if (!memory_copy(image.bytes, one.w, image_size(one.type)))
        return "freed while active: its memory is unmapped";
    return judge(loop, one, image, error);
}

}}  // evi

#endif
