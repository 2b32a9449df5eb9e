// The border between the C API and the core: `struct ev_loop` there is Loop
// here. Only here is known whether there are many loops or one.

#ifndef EVI_BOUNDARY_HH
#define EVI_BOUNDARY_HH

#include "loop.hh"

namespace evi { namespace {

// Its memory is static, so that signals and ev_default_loop need no heap.
Loop default_loop = {};

#if EVI_OWN_CALLBACKS
__thread Loop* caller;  // a callback of the user's make need not be told
inline void caller_note(Loop& loop) { caller = &loop; }
#else
inline void caller_note(Loop&) {}
#endif

#if EV_MULTIPLICITY

inline Loop& self(struct ev_loop* loop)
{
    return *reinterpret_cast<Loop*>(loop);
}

inline struct ev_loop* name(Loop& loop)
{
    return reinterpret_cast<struct ev_loop*>(&loop);
}

// The two ways out: to a watcher's callback and to a loop's. A callback may
// leave by longjmp or by throwing, so nobody on the way may be noexcept.

inline void call(Loop& l, Watcher* watcher, int revents)
{
    caller_note(l);
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

inline void call(Loop& loop, Watcher* watcher, int revents)
{
    caller_note(loop);
    auto* w = reinterpret_cast<ev_watcher*>(watcher);
    EV_CB_INVOKE(w, revents);
}

inline void call(Loop&, LoopCallback callback) { callback(); }

inline void default_publish(Loop*) {}
inline void now_publish(ev_tstamp wall) { ev_rt_now = wall; }

#endif

// The callback of an internal watcher, to be given to ev_init: a function that
// gets the loop as it is in here. It becomes what ev.h declares, or whatever
// function users make of EV_CB_DECLARE that is passed the watcher and an int.

#if EVI_OWN_CALLBACKS

template <class T>
struct Pick {  // the first argument of that type
    template <class... Rest>
    static T from(T found, Rest...)
    {
        return found;
    }

    template <class Other, class... Rest>
    static T from(Other, Rest... rest)
    {
        return from(rest...);
    }
};

template <class W, void (*handler)(Loop&, W*, int)>
struct Callback {
    template <class... Args>
    using Function = void (*)(Args...);

    template <class... Args>
    static void enter(Args... args)
    {
        handler(*caller, Pick<W*>::from(args...), Pick<int>::from(args...));
    }

    template <class... Args>
    operator Function<Args...>() const
    {
        return enter<Args...>;
    }
};

#else

template <class W, void (*handler)(Loop&, W*, int)>
struct Callback {
    using Function = void (*)(EV_P_ W*, int);

    static void enter(EV_P_ W* w, int revents)
    {
        handler(self(EV_A), w, revents);
    }

    operator Function() const { return enter; }
};

#endif

}}  // evi

#endif
