// The border between the C API and the core: `struct ev_loop` in the API is
// Loop in the core. Only the border depends on EV_MULTIPLICITY.

#ifndef EVI_C_API_HH
#define EVI_C_API_HH

#include "relev.hh"

namespace evi { namespace {

// Static memory, so that signals and ev_default_loop need no heap.
Loop default_loop = {};

#if EVI_OWN_CALLBACKS
__thread Loop* caller;  // a callback type of the user may lack a loop argument
inline void caller_note(Loop& loop) { caller = &loop; }
#else
inline void caller_note(Loop&) {}
#endif

#if EV_MULTIPLICITY

inline Loop& loop_of(struct ev_loop* loop)
{
    return *reinterpret_cast<Loop*>(loop);
}

// The same, at the beginning of a function of the C API.
template <class W = void>
[[gnu::always_inline]] inline Loop& entry(
    struct ev_loop* loop, W* w = nullptr,
    const char* function = __builtin_FUNCTION())
{
    const void* caller = __builtin_return_address(0);
    return debug_entry(reinterpret_cast<Loop*>(loop), w, function, caller);
}

inline struct ev_loop* c_loop(Loop& loop)
{
    return reinterpret_cast<struct ev_loop*>(&loop);
}

// All callbacks are called here: those of watchers, and those of loops. A
// callback may longjmp or throw, so no function on the call stack may be
// noexcept.

inline void call(Loop& l, Watcher* watcher, int revents)
{
    caller_note(l);
    struct ev_loop* loop = c_loop(l);
    auto* w = reinterpret_cast<ev_watcher*>(watcher);
    Calling before = debug_call(l, watcher, revents);
    trace_callback_begin(l, watcher, revents);
    EV_CB_INVOKE(w, revents);
    trace_callback_end(l, watcher);
    debug_called(l, before);
    static_cast<void>(loop);  // a program's EV_CB_INVOKE may not use it
}

inline void call(Loop& loop, LoopCallback callback)
{
    Calling before = debug_call(loop, nullptr, 0);
    callback(c_loop(loop));
    debug_called(loop, before);
}

inline void call(Loop& loop, WalkCallback callback, int type, Watcher* w)
{
    Calling before = debug_call(loop, nullptr, 0);
    callback(c_loop(loop), type, w);
    debug_called(loop, before);
}

#if EV_RELEV_ENABLE
inline void call(Loop& loop, relev_task* task, const void* callback)
{
    Calling before = debug_call(loop, nullptr, 0);
    debug_names(loop, callback);
    task->run(c_loop(loop), task);
    debug_called(loop, before);
}

inline void call(Loop& loop, void (*unrun)(relev_task*), relev_task* task)
{
    Calling before = debug_call(loop, nullptr, 0);
    unrun(task);
    debug_called(loop, before);
}
#endif

// Set what the inline functions of ev.h read: the default loop, and the time
// without EV_MULTIPLICITY.
inline void default_publish(Loop* loop)
{
    ev_default_loop_ptr = loop ? c_loop(*loop) : nullptr;
}
inline void now_publish(ev_tstamp) {}

// The stop function of a kind, as a function of the core.
template <class W, void (*stop)(struct ev_loop*, W*)>
void stop_by(Loop& loop, Watcher* w)
{
    stop(c_loop(loop), reinterpret_cast<W*>(w));
}

#else

template <class W, void (*stop)(W*)>
void stop_by(Loop&, Watcher* w)
{
    stop(reinterpret_cast<W*>(w));
}

inline Loop& loop_of() { return default_loop; }
inline Loop& entry(const void* = nullptr) { return default_loop; }

inline void call(Loop& loop, Watcher* watcher, int revents)
{
    caller_note(loop);
    auto* w = reinterpret_cast<ev_watcher*>(watcher);
    EV_CB_INVOKE(w, revents);
}

inline void call(Loop&, LoopCallback callback) { callback(); }

inline void call(Loop&, WalkCallback callback, int type, Watcher* w)
{
    callback(type, w);
}

inline void default_publish(Loop*) {}
inline void now_publish(ev_tstamp wall) { ev_rt_now = wall; }

#endif

// Both numbers of a watcher, read at once: 0 if it is neither active nor
// pending, and at least 2^32 if it is pending.
inline uint64_t watcher_key(const Watcher* w)
{
    return uint64_t(static_cast<uint32_t>(w->pending)) << 32
         | static_cast<uint32_t>(w->active);
}

// Is there nothing to stop or to clear? This is asked before a reference to the
// loop is made, which may be null then.
template <class W>
bool at_rest(const W* w)
{
    return !watcher_key(
        static_cast<const Watcher*>(static_cast<const void*>(w)));
}

// Callback<W, handler>() converts to the callback of an internal watcher, for
// ev_init; the handler receives a Loop&. The callback has the type that ev.h
// declares, or the type of the user's EV_CB_DECLARE, which must have the
// watcher and an int among its parameters.

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

// Neither can be found out: the members are the user's.
inline const void* callback_of(const Watcher*) { return nullptr; }

template <class W, void (*handler)(Loop&, W*, int)>
bool calls(const W*)
{
    return false;
}

#else

template <class W, void (*handler)(Loop&, W*, int)>
struct Callback {
    using Function = void (*)(EV_P_ W*, int);

    static void enter(EV_P_ W* w, int revents)
    {
        handler(loop_of(EV_A), w, revents);
    }

    operator Function() const { return enter; }
};

inline const void* callback_of(const Watcher* w)
{
    return reinterpret_cast<const void*>(w->cb);
}

// Is that the callback of this internal watcher?
template <class W, void (*handler)(Loop&, W*, int)>
bool calls(const W* w)
{
    return w->cb == Callback<W, handler>::enter;
}

#endif

}}  // evi

#endif
