// The border between the C API and the core: `struct ev_loop` there is Loop
// here. Only here is known whether there are many loops or one.

#ifndef EVI_BOUNDARY_HH
#define EVI_BOUNDARY_HH

#include "loop.hh"

namespace evi { namespace {

// Its memory is static, so that signals and ev_default_loop need no heap.
Loop default_loop = {};

#if EV_MULTIPLICITY

inline Loop& self(struct ev_loop* loop)
{
    return *reinterpret_cast<Loop*>(loop);
}

inline struct ev_loop* name(Loop& loop)
{
    return reinterpret_cast<struct ev_loop*>(&loop);
}

// The loop that calls, for callbacks that are not told.
__thread Loop* calling;

// The callback of an internal watcher, to be given to ev_init: a function that
// gets the loop as it is in here. It becomes what ev.h declares, or what users
// make of EV_CB_DECLARE who do without the loop.
template <class W, void (*handler)(Loop&, W*, int)>
struct Callback {
    static void told(struct ev_loop* loop, W* w, int revents)
    {
        handler(self(loop), w, revents);
    }
    static void untold(W* w, int revents) { handler(*calling, w, revents); }

    using Told = void (*)(struct ev_loop*, W*, int);
    using Untold = void (*)(W*, int);
    operator Told() const { return told; }
    operator Untold() const { return untold; }
};

// The two ways out: to a watcher's callback and to a loop's. A callback may
// leave by longjmp or by throwing, so nobody on the way may be noexcept.

inline void call(Loop& l, Watcher* watcher, int revents)
{
    if (own_callbacks) calling = &l;
    struct ev_loop* loop = name(l);
    auto* w = reinterpret_cast<ev_watcher*>(watcher);
    EV_CB_INVOKE(w, revents);
    static_cast<void>(loop);  // an EV_CB_INVOKE may do without it
}

inline void call(Loop& loop, LoopCallback callback) { callback(name(loop)); }

// Where programs find the default loop, and embedders' ev_now the time.
inline void default_publish(Loop* loop)
{
    ev_default_loop_ptr = loop ? name(*loop) : nullptr;
}
inline void now_publish(ev_tstamp) {}

#else

inline Loop& self() { return default_loop; }

template <class W, void (*handler)(Loop&, W*, int)>
struct Callback {
    static void told(W* w, int revents) { handler(self(), w, revents); }

    using Told = void (*)(W*, int);
    operator Told() const { return told; }
};

inline void call(Loop&, Watcher* watcher, int revents)
{
    auto* w = reinterpret_cast<ev_watcher*>(watcher);
    EV_CB_INVOKE(w, revents);
}

inline void call(Loop&, LoopCallback callback) { callback(); }

inline void default_publish(Loop*) {}
inline void now_publish(ev_tstamp wall) { ev_rt_now = wall; }

#endif

}}  // evi

#endif
