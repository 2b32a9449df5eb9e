// ev++.h: the watchers and loops of ev.h as C++ classes, as in libev 4.33.
//
// This holds for every declaration here, unless its own comment differs:
//
// Since:    the first release; all names are libev 4.33's. C++98 suffices.
// Meaning:  a function does what the C function of that name in ev.h does.
// Memory:   an object contains its C watcher and owns nothing else. Loops and
//           callback objects that are passed to it must outlive it.
// Failure:  only the constructors of dynamic_loop and default_loop can fail:
//           they throw bad_loop, or abort where exceptions are disabled.
// Threads:  as in ev.h; async::send may be called at any time from any thread.
// Manual:   ev++(3).

#ifndef EVPP_H__
#define EVPP_H__

#ifdef EV_H
#include EV_H
#else
#include "ev.h"
#endif

// 1: bad_loop derives from std::exception.
#ifndef EV_USE_STDEXCEPT
#define EV_USE_STDEXCEPT 1
#endif

#if EV_USE_STDEXCEPT
#include <stdexcept>
#endif
#include <stdlib.h>

// EVPP_P_ is an unnamed loop parameter, EVPP_L the loop of a loop_ref as an
// argument; a trailing underscore adds a comma. Without EV_MULTIPLICITY they
// are empty. EVPP_NOTHROW is EV_NOEXCEPT in a form that C++98 has, too.
#if EV_MULTIPLICITY
#define EVPP_P_ struct ev_loop*,
#define EVPP_L raw_loop
#define EVPP_L_ raw_loop,
#else
#define EVPP_P_
#define EVPP_L
#define EVPP_L_
#endif
#if __cplusplus >= 201103L
#define EVPP_NOTHROW noexcept
#else
#define EVPP_NOTHROW throw()
#endif

// All functions are inline: no other object refers to their mangled names.
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnoexcept-type"
#endif

#undef ERROR  // some systems define it

namespace ev {

typedef ev_tstamp tstamp;

// Events.
enum {
    UNDEF = EV_UNDEF,
    NONE = EV_NONE,
    READ = EV_READ,
    WRITE = EV_WRITE,
#if EV_COMPAT3
    TIMEOUT = EV_TIMEOUT,
#endif
    TIMER = EV_TIMER,
    PERIODIC = EV_PERIODIC,
    SIGNAL = EV_SIGNAL,
    CHILD = EV_CHILD,
    STAT = EV_STAT,
    IDLE = EV_IDLE,
    CHECK = EV_CHECK,
    PREPARE = EV_PREPARE,
    FORK = EV_FORK,
    ASYNC = EV_ASYNC,
    EMBED = EV_EMBED,
    ERROR = EV_ERROR
};

// Flags and backends of loops.
enum {
    AUTO = EVFLAG_AUTO,
    NOENV = EVFLAG_NOENV,
    FORKCHECK = EVFLAG_FORKCHECK,
    SELECT = EVBACKEND_SELECT,
    POLL = EVBACKEND_POLL,
    EPOLL = EVBACKEND_EPOLL,
    KQUEUE = EVBACKEND_KQUEUE,
    DEVPOLL = EVBACKEND_DEVPOLL,
    PORT = EVBACKEND_PORT
};

// How long loop_ref::run runs, see ev_run.
enum {
#if EV_COMPAT3
    NONBLOCK = EVRUN_NOWAIT,
    ONESHOT = EVRUN_ONCE,
#endif
    NOWAIT = EVRUN_NOWAIT,
    ONCE = EVRUN_ONCE
};

// Which calls of run are ended by loop_ref::break_loop.
enum how_t { ONE = EVBREAK_ONE, ALL = EVBREAK_ALL };

// Thrown if none of the requested backends works.
#if EV_USE_STDEXCEPT
struct bad_loop : std::exception {
    const char* what() const EVPP_NOTHROW
    {
        return "no event loop: none of the backends asked for, perhaps by "
               "LIBEV_FLAGS, can be used";
    }
};
#else
struct bad_loop {};
#endif

// Private: called by a constructor that cannot make its loop.
#if defined __cpp_exceptions || defined __EXCEPTIONS
inline void no_loop_() { throw bad_loop(); }
#else
inline void no_loop_() { abort(); }
#endif

// A reference to a loop that something else owns: a pointer with methods.
struct loop_ref {
#if EV_MULTIPLICITY
    loop_ref(struct ev_loop* l) EV_NOEXCEPT : raw_loop(l) {}

    bool operator==(const loop_ref& other) const EV_NOEXCEPT
    {
        return raw_loop == other.raw_loop;
    }
    bool operator!=(const loop_ref& other) const EV_NOEXCEPT
    {
        return raw_loop != other.raw_loop;
    }
    bool operator==(const struct ev_loop* other) const EV_NOEXCEPT
    {
        return raw_loop == other;
    }
    bool operator!=(const struct ev_loop* other) const EV_NOEXCEPT
    {
        return raw_loop != other;
    }

    operator struct ev_loop *() const EV_NOEXCEPT { return raw_loop; }
    operator const struct ev_loop *() const EV_NOEXCEPT { return raw_loop; }

    // Makes the default loop if there is none.
    bool is_default() const EV_NOEXCEPT
    {
        return raw_loop == ev_default_loop(0);
    }
#else
    loop_ref() EV_NOEXCEPT {}
    bool operator==(const loop_ref&) const EV_NOEXCEPT { return true; }
    bool operator!=(const loop_ref&) const EV_NOEXCEPT { return false; }
#endif

#if EV_COMPAT3
    void loop(int flags = 0) { ev_run(EVPP_L_ flags); }
    void unloop(how_t how = ONE) EV_NOEXCEPT { ev_break(EVPP_L_ how); }
#endif
    void run(int flags = 0) { ev_run(EVPP_L_ flags); }
    void break_loop(how_t how = ONE) EV_NOEXCEPT { ev_break(EVPP_L_ how); }
    void post_fork() EV_NOEXCEPT { ev_loop_fork(EVPP_L); }

    unsigned int backend() const EV_NOEXCEPT { return ev_backend(EVPP_L); }
    tstamp now() const EV_NOEXCEPT { return ev_now(EVPP_L); }

    void ref() EV_NOEXCEPT { ev_ref(EVPP_L); }
    void unref() EV_NOEXCEPT { ev_unref(EVPP_L); }

#if EV_FEATURE_API
    unsigned int iteration() const EV_NOEXCEPT { return ev_iteration(EVPP_L); }
    unsigned int depth() const EV_NOEXCEPT { return ev_depth(EVPP_L); }
    void set_io_collect_interval(tstamp interval) EV_NOEXCEPT
    {
        ev_set_io_collect_interval(EVPP_L_ interval);
    }
    void set_timeout_collect_interval(tstamp interval) EV_NOEXCEPT
    {
        ev_set_timeout_collect_interval(EVPP_L_ interval);
    }
#endif

    // ev_once. The callback is a C function, a method, operator() of an object,
    // or a method or function with fewer parameters.
    void once(int fd, int events, tstamp timeout, void (*cb)(int, void*),
              void* arg = 0) EV_NOEXCEPT
    {
        ev_once(EVPP_L_ fd, events, timeout, cb, arg);
    }

    template <class K, void (K::*method)(int)>
    void once(int fd, int events, tstamp timeout, K* object) EV_NOEXCEPT
    {
        once(fd, events, timeout, method_thunk<K, method>, object);
    }

    template <class K>
    void once(int fd, int events, tstamp timeout, K* object) EV_NOEXCEPT
    {
        once(fd, events, timeout, method_thunk<K, &K::operator()>, object);
    }

    template <class K, void (K::*method)()>
    void once(int fd, int events, tstamp timeout, K* object) EV_NOEXCEPT
    {
        once(fd, events, timeout, method_noargs_thunk<K, method>, object);
    }

    template <void (*cb)(int)>
    void once(int fd, int events, tstamp timeout) EV_NOEXCEPT
    {
        once(fd, events, timeout, simpler_func_thunk<cb>);
    }

    template <void (*cb)()>
    void once(int fd, int events, tstamp timeout) EV_NOEXCEPT
    {
        once(fd, events, timeout, simplest_func_thunk<cb>);
    }

    // Private: the callbacks passed to ev_once.
    template <class K, void (K::*method)(int)>
    static void method_thunk(int revents, void* arg)
    {
        (static_cast<K*>(arg)->*method)(revents);
    }
    template <class K, void (K::*method)()>
    static void method_noargs_thunk(int, void* arg)
    {
        (static_cast<K*>(arg)->*method)();
    }
    template <void (*cb)(int)>
    static void simpler_func_thunk(int revents, void*)
    {
        cb(revents);
    }
    template <void (*cb)()>
    static void simplest_func_thunk(int, void*)
    {
        cb();
    }

    void feed_fd_event(int fd, int revents) EV_NOEXCEPT
    {
        ev_feed_fd_event(EVPP_L_ fd, revents);
    }
#if EV_SIGNAL_ENABLE
    void feed_signal_event(int signum) EV_NOEXCEPT
    {
        ev_feed_signal_event(EVPP_L_ signum);
    }
#endif

#if EV_MULTIPLICITY
    struct ev_loop* raw_loop;
#endif
};

#if EV_MULTIPLICITY
// A new loop, destroyed with the object.
struct dynamic_loop : loop_ref {
    dynamic_loop(unsigned int flags = AUTO) : loop_ref(ev_loop_new(flags))
    {
        if (!raw_loop) no_loop_();
    }

    ~dynamic_loop() EV_NOEXCEPT
    {
        ev_loop_destroy(raw_loop);
        raw_loop = 0;
    }

private:
    dynamic_loop(const dynamic_loop&);
    dynamic_loop& operator=(const dynamic_loop&);
};
#endif

// The default loop, made with the flags if it does not exist; never destroyed.
struct default_loop : loop_ref {
#if EV_MULTIPLICITY
    default_loop(unsigned int flags = AUTO) : loop_ref(ev_default_loop(flags))
    {
        if (!raw_loop) no_loop_();
    }
#else
    default_loop(unsigned int flags = AUTO)
    {
        if (!ev_default_loop(flags)) no_loop_();
    }
#endif

private:
    default_loop(const default_loop&);
    default_loop& operator=(const default_loop&);
};

inline loop_ref get_default_loop() EV_NOEXCEPT
{
#if EV_MULTIPLICITY
    return ev_default_loop(0);
#else
    return loop_ref();
#endif
}

inline tstamp now(EV_P) EV_NOEXCEPT { return ev_now(EV_A); }
inline void delay(tstamp interval) EV_NOEXCEPT { ev_sleep(interval); }
inline int version_major() EV_NOEXCEPT { return ev_version_major(); }
inline int version_minor() EV_NOEXCEPT { return ev_version_minor(); }
inline unsigned int supported_backends() EV_NOEXCEPT
{
    return ev_supported_backends();
}
inline unsigned int recommended_backends() EV_NOEXCEPT
{
    return ev_recommended_backends();
}
inline unsigned int embeddable_backends() EV_NOEXCEPT
{
    return ev_embeddable_backends();
}
inline void set_allocator(void* (*cb)(void* ptr,
                                      long size)EV_NOEXCEPT) EV_NOEXCEPT
{
    ev_set_allocator(cb);
}
inline void set_syserr_cb(void (*cb)(const char* msg) EV_NOEXCEPT) EV_NOEXCEPT
{
    ev_set_syserr_cb(cb);
}

// The common base of the watcher classes: W is the C watcher, Self the class.
template <class W, class Self>
struct base : W {
#if EV_MULTIPLICITY
    loop_ref loop;  // the loop in which the watcher is started

    base(loop_ref l) EV_NOEXCEPT : loop(l) { ev_init(this, 0); }

    // Moves a stopped watcher to another loop.
    void set(struct ev_loop* l) EV_NOEXCEPT { loop = l; }
#else
    base() EV_NOEXCEPT { ev_init(this, 0); }
#endif

    // Stops the watcher if it is active, and starts it again at scope end.
    struct freeze_guard {
        Self& w;
        bool active;

        freeze_guard(Self* self) EV_NOEXCEPT : w(*self), active(w.is_active())
        {
            if (active) w.stop();
        }
        ~freeze_guard()
        {
            if (active) w.start();
        }
    };

    // Set the callback, at any time: a function, and a pointer that is stored
    // in the member `data`; a method; operator(); or a method without
    // parameters. For methods, `data` holds the object.
    template <void (*function)(Self& w, int)>
    void set(void* pointer = 0) EV_NOEXCEPT
    {
        set_(pointer, function_thunk<function>);
    }

    template <class K, void (K::*method)(Self& w, int)>
    void set(K* object) EV_NOEXCEPT
    {
        set_(object, method_thunk<K, method>);
    }

    template <class K>
    void set(K* object) EV_NOEXCEPT
    {
        set_(object, method_thunk<K, &K::operator()>);
    }

    template <class K, void (K::*method)()>
    void set(K* object) EV_NOEXCEPT
    {
        set_(object, method_noargs_thunk<K, method>);
    }

    // Invokes the callback at once, as ev_invoke does.
    void operator()(int revents = EV_UNDEF)
    {
        EV_CB_INVOKE(static_cast<W*>(this), revents);
    }

    bool is_active() const EV_NOEXCEPT { return ev_is_active(c_watcher()); }
    bool is_pending() const EV_NOEXCEPT { return ev_is_pending(c_watcher()); }

    void feed_event(int revents) EV_NOEXCEPT
    {
        W* w = this;
        ev_feed_event(EV_A_ w, revents);
    }

    // Private: the functions that the library calls, and how they are set.
    void set_(const void* pointer,
              void (*function)(EVPP_P_ W* w, int revents)) EV_NOEXCEPT
    {
        W* w = this;
        w->data = const_cast<void*>(pointer);
        ev_set_cb(w, function);
    }

    template <void (*function)(Self& w, int)>
    static void function_thunk(EVPP_P_ W* w, int revents)
    {
        function(*static_cast<Self*>(w), revents);
    }

    template <class K, void (K::*method)(Self& w, int)>
    static void method_thunk(EVPP_P_ W* w, int revents)
    {
        (static_cast<K*>(w->data)->*method)(*static_cast<Self*>(w), revents);
    }

    template <class K, void (K::*method)()>
    static void method_noargs_thunk(EVPP_P_ W* w, int)
    {
        (static_cast<K*>(w->data)->*method)();
    }

private:
    const W* c_watcher() const EV_NOEXCEPT { return this; }
};

// The members of every watcher class: start, stop, no copies. A watcher uses
// the default loop unless it is given another; its destructor stops it.
#if EV_MULTIPLICITY
#define EVPP_CONSTRUCTOR(name, cname)                 \
    name(loop_ref l = get_default_loop()) EV_NOEXCEPT \
        : base<ev_##cname, name>(l)                   \
    {                                                 \
    }
#else
#define EVPP_CONSTRUCTOR(name, cname) \
    name() EV_NOEXCEPT {}
#endif
#define EVPP_CLASS(name, cname)        \
public:                                \
    EVPP_CONSTRUCTOR(name, cname)      \
    ~name() EV_NOEXCEPT { stop(); }    \
    void start() EV_NOEXCEPT           \
    {                                  \
        ev_##cname* w = this;          \
        ev_##cname##_start(EV_A_ w);   \
    }                                  \
    void stop() EV_NOEXCEPT            \
    {                                  \
        ev_##cname* w = this;          \
        ev_##cname##_stop(EV_A_ w);    \
    }                                  \
    using base<ev_##cname, name>::set; \
                                       \
private:                               \
    name(const name&);                 \
    name& operator=(const name&);      \
                                       \
public:

// In all classes, set may be called at any time, and an active watcher stays
// active. start with arguments calls set, then starts.

struct io : base<ev_io, io> {
    EVPP_CLASS(io, io)

    void set(int file, int mask) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_io_set(this, file, mask);
    }

    // Changes the event mask, and keeps the fd.
    void set(int mask) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_io_modify(this, mask);
    }

    void start(int file, int mask) EV_NOEXCEPT
    {
        set(file, mask);
        start();
    }
};

struct timer : base<ev_timer, timer> {
    EVPP_CLASS(timer, timer)

    void set(ev_tstamp after, ev_tstamp period = 0.) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_timer_set(this, after, period);
    }

    void start(ev_tstamp after, ev_tstamp period = 0.) EV_NOEXCEPT
    {
        set(after, period);
        start();
    }

    void again() EV_NOEXCEPT
    {
        ev_timer* w = this;
        ev_timer_again(EV_A_ w);
    }

    ev_tstamp remaining()
    {
        ev_timer* w = this;
        return ev_timer_remaining(EV_A_ w);
    }
};

#if EV_PERIODIC_ENABLE
struct periodic : base<ev_periodic, periodic> {
    EVPP_CLASS(periodic, periodic)

    void set(ev_tstamp moment, ev_tstamp period = 0.) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_periodic_set(this, moment, period, 0);
    }

    void start(ev_tstamp moment, ev_tstamp period = 0.) EV_NOEXCEPT
    {
        set(moment, period);
        start();
    }

    void again() EV_NOEXCEPT
    {
        ev_periodic* w = this;
        ev_periodic_again(EV_A_ w);
    }
};
#endif

#if EV_SIGNAL_ENABLE
struct sig : base<ev_signal, sig> {
    EVPP_CLASS(sig, signal)

    void set(int number) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_signal_set(this, number);
    }

    void start(int number) EV_NOEXCEPT
    {
        set(number);
        start();
    }
};
#endif

#if EV_CHILD_ENABLE
struct child : base<ev_child, child> {
    EVPP_CLASS(child, child)

    void set(int process, int trace = 0) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_child_set(this, process, trace);
    }

    void start(int process, int trace = 0) EV_NOEXCEPT
    {
        set(process, trace);
        start();
    }
};
#endif

#if EV_STAT_ENABLE
struct stat : base<ev_stat, stat> {
    EVPP_CLASS(stat, stat)

    void set(const char* file, ev_tstamp period = 0.) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_stat_set(this, file, period);
    }

    void start(const char* file, ev_tstamp period = 0.) EV_NOEXCEPT
    {
        stop();
        set(file, period);
        start();
    }

    // Reads the attributes now, without a callback.
    void update() EV_NOEXCEPT
    {
        ev_stat* w = this;
        ev_stat_stat(EV_A_ w);
    }
};
#endif

#if EV_IDLE_ENABLE
struct idle : base<ev_idle, idle> {
    EVPP_CLASS(idle, idle)

    void set() EV_NOEXCEPT {}
};
#endif

#if EV_PREPARE_ENABLE
struct prepare : base<ev_prepare, prepare> {
    EVPP_CLASS(prepare, prepare)

    void set() EV_NOEXCEPT {}
};
#endif

#if EV_CHECK_ENABLE
struct check : base<ev_check, check> {
    EVPP_CLASS(check, check)

    void set() EV_NOEXCEPT {}
};
#endif

#if EV_EMBED_ENABLE
struct embed : base<ev_embed, embed> {
    EVPP_CLASS(embed, embed)

    // Sets the loop to embed. (set sets the loop that it is embedded in.)
    void set_embed(struct ev_loop* embedded) EV_NOEXCEPT
    {
        freeze_guard freeze(this);
        ev_embed_set(this, embedded);
    }

    void start(struct ev_loop* embedded) EV_NOEXCEPT
    {
        set_embed(embedded);
        start();
    }

    void sweep()
    {
        ev_embed* w = this;
        ev_embed_sweep(EV_A_ w);
    }
};
#endif

#if EV_FORK_ENABLE
struct fork : base<ev_fork, fork> {
    EVPP_CLASS(fork, fork)

    void set() EV_NOEXCEPT {}
};
#endif

#if EV_ASYNC_ENABLE
struct async : base<ev_async, async> {
    EVPP_CLASS(async, async)

    void send() EV_NOEXCEPT
    {
        ev_async* w = this;
        ev_async_send(EV_A_ w);
    }

    bool async_pending() EV_NOEXCEPT { return ev_async_pending(this); }
};
#endif

}  // namespace ev

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

#undef EVPP_P_
#undef EVPP_L
#undef EVPP_L_
#undef EVPP_NOTHROW
#undef EVPP_CONSTRUCTOR
#undef EVPP_CLASS

#endif
