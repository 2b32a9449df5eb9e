// relev_callbacks_read: which callbacks took most time.

#include "callbacks.hh"

#include "state.hh"

#if EV_RELEV_ENABLE

namespace evi { namespace {

void busy_clear(Busy& busy)
{
    busy.callback = nullptr;
    busy.type = 0;
    busy.calls = 0;
    busy.total = busy.longest = 0;
}

void busy_add(Busy& busy, uint64_t calls, ev_tstamp took, ev_tstamp longest)
{
    busy.calls += calls;
    busy.total += took;
    if (longest > busy.longest) busy.longest = longest;
}

// The one that took least time makes room.
[[gnu::cold, gnu::noinline]] Busy& busy_replace(Callbacks& callbacks)
{
    assert(callbacks.used == RELEV_CALLBACKS);
    Busy* least = &callbacks.all[1];
    for (Busy& busy : callbacks.all)
        if (busy.callback && busy.total < least->total) least = &busy;
    assert(least->callback);
    busy_add(callbacks.all[0], least->calls, least->total, least->longest);
    busy_clear(*least);
    return *least;
}

Busy& busy_new(Callbacks& callbacks, const void* callback, int type)
{
    bool full = callbacks.used == RELEV_CALLBACKS;
    if (!callbacks.used) callbacks.used = 1;
    Busy& busy =
        full ? busy_replace(callbacks) : callbacks.all[callbacks.used++];
    busy.type = type;
    busy.callback = callback;
    return busy;
}

Busy& busy_find(Callbacks& callbacks, const void* callback, int type)
{
    for (int i = 1; i < callbacks.used; ++i) {
        Busy& busy = callbacks.all[i];
        if (busy.callback == callback && busy.type == type) return busy;
    }
    return busy_new(callbacks, callback, type);
}

void callback_note(Callbacks& callbacks, const void* callback, int type,
                   ev_tstamp took)
{
    if (!callback) return busy_add(callbacks.all[0], 1, took, took);
    busy_add(busy_find(callbacks, callback, type), 1, took, took);
}

void callbacks_clear(Callbacks& callbacks)
{
    for (Busy& busy : callbacks.all) busy_clear(busy);
    callbacks.used = 0;
}

bool busy_copy(const Busy& busy, struct relev_callback& to)
{
    to.callback = busy.callback;
    to.type = busy.type;
    to.calls = busy.calls;
    to.total = busy.total;
    to.longest = busy.longest;
    return to.calls && busy.callback == to.callback;
}

int callbacks_copy(const Callbacks& callbacks,
                   struct relev_callback (&to)[RELEV_CALLBACKS])
{
    int count = 0;
    for (const Busy& busy : callbacks.all) {
        struct relev_callback one = {};
        if (!busy_copy(busy, one)) continue;
        int i = count++;
        assert(i < RELEV_CALLBACKS);
        for (; i && to[i - 1].total < one.total; --i) to[i] = to[i - 1];
        to[i] = one;
    }
    return count;
}

}}  // evi

// The C API.

int relev_callbacks_read(struct ev_loop* loop, struct relev_callback* callbacks,
                         size_t size, int count) EV_NOEXCEPT
{
    if (!loop || count < 0 || (count && !callbacks)) return evi::failed(EINVAL);
    struct relev_callback all[RELEV_CALLBACKS];
    const evi::Relev* relev = evi::entry(loop).relev;
    int found = relev ? evi::callbacks_copy(relev->callbacks, all) : 0;
    for (int i = 0; i < count && i < found; ++i) {
        char* to = reinterpret_cast<char*>(callbacks);
        evi::copy_known(to + static_cast<size_t>(i) * size, size, all[i]);
    }
    return found;
}

#endif
