/* ev.h: the C interface of the event loop, the same as that of libev 4.33.
 *
 * This holds for every declaration here, unless its own comment differs:
 *
 * Since:    the first release; all names, values and layouts are libev 4.33's.
 * Times:    ev_tstamp, in seconds; absolute times count from 1970 (UTC).
 * Memory:   the caller owns the watchers, and must not move or free them while
 *           they are active or pending. Pointer arguments are not copied.
 * Failure:  functions that return nothing cannot fail. Out of memory ends the
 *           program with a message, see ev_set_allocator; an unexpected error
 *           of a system call goes to the callback set by ev_set_syserr_cb.
 * Threads:  only one thread at a time may use a loop and its watchers;
 *           different loops are independent. The comments of functions without
 *           a loop argument say which threads may call them. Only ev_async_send
 *           and ev_feed_signal may be called at any time from any thread, and
 *           from signal handlers.
 * Manual:   "ev_run(3)" names a page and its section.
 */
#ifndef EV_H_
#define EV_H_

/* EV_CPP(x) is x in C++ and nothing in C. EV_NOEXCEPT marks functions that must
 * not throw; EV_THROW is its older name. */
#ifdef __cplusplus
#define EV_CPP(x) x
#else
#define EV_CPP(x)
#endif
#ifndef EV_NOEXCEPT
#if defined __cplusplus && __cplusplus >= 201103L
#define EV_NOEXCEPT noexcept
#else
#define EV_NOEXCEPT
#endif
#endif
#define EV_THROW EV_NOEXCEPT

/* CONFIGURATION. Each of these may be defined before this header is included.
 * They change layouts and prototypes, so the program and the library must use
 * the same values. The installed library is built with the defaults. Manual:
 * ev_config(7). */

/* 1: also declare the names of libev 3, such as ev_loop for ev_run. */
#ifndef EV_COMPAT3
#define EV_COMPAT3 1
#endif

/* A bit mask that sets the defaults of the options below. */
#ifndef EV_FEATURES
#ifdef __OPTIMIZE_SIZE__
#define EV_FEATURES 0x7c
#else
#define EV_FEATURES 0x7f
#endif
#endif
#define EV_FEATURE_CODE ((EV_FEATURES)&1)
#define EV_FEATURE_DATA ((EV_FEATURES)&2)
#define EV_FEATURE_CONFIG ((EV_FEATURES)&4)
#define EV_FEATURE_API ((EV_FEATURES)&8)
#define EV_FEATURE_WATCHERS ((EV_FEATURES)&16)
#define EV_FEATURE_BACKENDS ((EV_FEATURES)&32)
#define EV_FEATURE_OS ((EV_FEATURES)&64)

/* The lowest and the highest priority; both are in use. If they are equal,
 * watchers have no priority member. */
#ifndef EV_MINPRI
#define EV_MINPRI (EV_FEATURE_CONFIG ? -2 : 0)
#endif
#ifndef EV_MAXPRI
#define EV_MAXPRI (EV_FEATURE_CONFIG ? +2 : 0)
#endif

/* 1: many loops, passed as first argument. 0: one loop, no loop argument. */
#ifndef EV_MULTIPLICITY
#define EV_MULTIPLICITY EV_FEATURE_CONFIG
#endif

/* Which kinds of watchers are compiled in; io and timer always are. */
#ifndef EV_PERIODIC_ENABLE
#define EV_PERIODIC_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_STAT_ENABLE
#define EV_STAT_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_PREPARE_ENABLE
#define EV_PREPARE_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_CHECK_ENABLE
#define EV_CHECK_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_IDLE_ENABLE
#define EV_IDLE_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_FORK_ENABLE
#define EV_FORK_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_CLEANUP_ENABLE
#define EV_CLEANUP_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_SIGNAL_ENABLE
#define EV_SIGNAL_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_CHILD_ENABLE
#define EV_CHILD_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_ASYNC_ENABLE
#define EV_ASYNC_ENABLE EV_FEATURE_WATCHERS
#endif
#ifndef EV_EMBED_ENABLE
#define EV_EMBED_ENABLE EV_FEATURE_WATCHERS
#endif

/* 1: declare ev_walk, which libev's library does not have. */
#ifndef EV_WALK_ENABLE
#define EV_WALK_ENABLE 0
#endif

/* A kind that is implemented by another kind needs that one. */
#if EV_CHILD_ENABLE && !EV_SIGNAL_ENABLE
#undef EV_SIGNAL_ENABLE
#define EV_SIGNAL_ENABLE 1
#endif
#if !EV_MULTIPLICITY
#undef EV_EMBED_ENABLE
#elif EV_EMBED_ENABLE
#undef EV_IO_ENABLE
#define EV_IO_ENABLE 1
#undef EV_PREPARE_ENABLE
#define EV_PREPARE_ENABLE 1
#endif

#include <string.h>

/* An integer type that a signal handler may write. */
#ifndef EV_ATOMIC_T
#include <signal.h>
#define EV_ATOMIC_T sig_atomic_t volatile
#endif

#if EV_STAT_ENABLE
#include <sys/stat.h>
#endif

/* How functions defined in this header are declared. */
#if defined __cplusplus
#define EV_INLINE static inline
#elif defined __STDC_VERSION__ && __STDC_VERSION__ >= 199901L
#define EV_INLINE static inline
#elif defined __GNUC__
#define EV_INLINE static __inline__
#else
#define EV_INLINE static
#endif

/* The common members of all watchers are accessed through ev_watcher, whatever
 * the kind: the compiler must assume that these types may alias. */
#ifdef __GNUC__
#define EV_MAY_ALIAS_ __attribute__((__may_alias__))
#else
#define EV_MAY_ALIAS_
#endif

/* EV_API_STATIC: the library is included in this translation unit and private
 * to it. EV_API_DECL stands before every declaration of the interface. */
#ifndef EV_API_DECL
#if defined EV_API_STATIC && defined __GNUC__
#define EV_API_DECL static __attribute__((__unused__))
#elif defined EV_API_STATIC
#define EV_API_DECL static
#else
#define EV_API_DECL extern
#endif
#endif

/* 0: types, values and macros only, no functions. */
#ifndef EV_PROTOTYPES
#define EV_PROTOTYPES 1
#endif

/* What ev_version_major and ev_version_minor return. */
#define EV_VERSION_MAJOR 4
#define EV_VERSION_MINOR 33

/* ev_loop is the name of a function and of a struct, hence no -Wshadow. Names
 * that are extern "C" are not mangled, hence no -Wnoexcept-type. */
#ifdef __cplusplus
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#ifdef __clang__
#pragma GCC diagnostic ignored "-Wnoexcept-type"
#endif
extern "C" {
#endif

/* A point in time or a duration, in seconds. */
#ifndef EV_TSTAMP_T
#define EV_TSTAMP_T double
#endif
typedef EV_TSTAMP_T ev_tstamp;

/* A loop: an opaque type, made by ev_loop_new or ev_default_loop. EV_P is the
 * loop in a parameter list, EV_A in an argument list. EV_DEFAULT is the default
 * loop (made if it does not exist), EV_DEFAULT_UC the same without that check.
 * The names with a trailing underscore add a comma. With EV_MULTIPLICITY 0 all
 * of them are empty. Manual: ev_macros(3). */
#if EV_MULTIPLICITY
struct ev_loop;
#define EV_P struct ev_loop* loop
#define EV_P_ EV_P,
#define EV_A loop
#define EV_A_ EV_A,
#define EV_DEFAULT_UC ev_default_loop_uc_()
#define EV_DEFAULT_UC_ EV_DEFAULT_UC,
#define EV_DEFAULT ev_default_loop(0)
#define EV_DEFAULT_ EV_DEFAULT,
#else
#define EV_P void
#define EV_P_
#define EV_A
#define EV_A_
#define EV_DEFAULT_UC
#define EV_DEFAULT_UC_
#define EV_DEFAULT
#define EV_DEFAULT_
#endif

/* EVENTS: the bits of revents, the event mask that a callback receives and that
 * the functions for events take. Manual: ev_watcher(3). */
enum {
    EV_UNDEF = (int)0xFFFFFFFF, /* no event has this value */
    EV_NONE = 0x00,
    EV_READ = 0x01,     /* reading will not block */
    EV_WRITE = 0x02,    /* writing will not block */
    EV__IOFDSET = 0x80, /* private: ev_io_set was called */
    EV_IO = EV_READ,    /* stands for ev_io where a kind is passed */
    EV_TIMER = 0x0100,  /* the timer expired */
#if EV_COMPAT3
    EV_TIMEOUT = EV_TIMER,
#endif
    EV_PERIODIC = 0x0200,      /* the periodic watcher expired */
    EV_SIGNAL = 0x0400,        /* the signal was caught */
    EV_CHILD = 0x0800,         /* the process ended or was traced */
    EV_STAT = 0x1000,          /* the file's attributes changed */
    EV_IDLE = 0x2000,          /* there is nothing else to do */
    EV_PREPARE = 0x4000,       /* the loop is about to wait */
    EV_CHECK = 0x8000,         /* the loop has waited */
    EV_EMBED = 0x010000,       /* the embedded loop has work */
    EV_FORK = 0x020000,        /* the loop runs in a forked child now */
    EV_CLEANUP = 0x040000,     /* the loop is being destroyed */
    EV_ASYNC = 0x080000,       /* ev_async_send was called */
    EV_CUSTOM = 0x01000000,    /* for programs; the library never sends it */
    EV_ERROR = (int)0x80000000 /* the watcher was stopped by an error */
};

/* WATCHERS. A watcher is a plain struct that a program initializes (ev_init and
 * ev_TYPE_set, or ev_TYPE_init), starts and stops. Manual: ev_watcher(3), and
 * ev_TYPE(3), a page per kind.
 *
 * In the comments of members, "private" means: for the library only, may be
 * read but has no documented meaning; "stopped": may be written while the
 * watcher is not active; "any time": may be written at any time.
 */

/* Members that are added to every watcher. */
#ifndef EV_COMMON
#define EV_COMMON void* data;
#endif

/* How a callback is declared in a watcher, and how it is invoked. */
#ifndef EV_CB_DECLARE
#define EV_CB_DECLARE(type) void (*cb)(EV_P_ struct type * w, int revents);
#endif
#ifndef EV_CB_INVOKE
#define EV_CB_INVOKE(watcher, revents) (watcher)->cb(EV_A_(watcher), (revents))
#endif

/* Declares a callback for an ev_TYPE: EV_CB(io, on_input) { ... } */
#define EV_CB(type, name) void name(EV_P_ struct ev_##type* w, int revents)

#if EV_MINPRI == EV_MAXPRI
#undef EV_DECL_PRIORITY
#define EV_DECL_PRIORITY
#elif !defined EV_DECL_PRIORITY
#define EV_DECL_PRIORITY int priority;
#endif

/* The first members of every watcher. active and pending are private: active is
 * 0 or the watcher's position in a structure of its kind, pending is 0 or its
 * position in the queue of its priority. data is for the program, any time; cb
 * is set by ev_set_cb, any time. */
#define EV_WATCHER(type) \
    int active;          \
    int pending;         \
    EV_DECL_PRIORITY     \
    EV_COMMON            \
    EV_CB_DECLARE(type)

/* The first members of watchers that are kept in lists; next is private. */
#define EV_WATCHER_LIST(type) EV_WATCHER(type) struct ev_watcher_list* next;

/* The first members of watchers that are kept in heaps; at is private: see
 * ev_timer_remaining. */
#define EV_WATCHER_TIME(type) EV_WATCHER(type) ev_tstamp at;

/* The common members: a pointer to a watcher of any kind may be cast to a
 * pointer to this one. */
typedef struct EV_MAY_ALIAS_ ev_watcher {
    EV_WATCHER(ev_watcher)
} ev_watcher;

/* The common members of io, signal, child and stat watchers. */
typedef struct EV_MAY_ALIAS_ ev_watcher_list {
    EV_WATCHER_LIST(ev_watcher_list)
} ev_watcher_list;

/* The common members of timer and periodic watchers. */
typedef struct EV_MAY_ALIAS_ ev_watcher_time {
    EV_WATCHER_TIME(ev_watcher_time)
} ev_watcher_time;

/* Watches a file descriptor. The callback receives EV_READ, EV_WRITE or both
 * while the descriptor is ready, and EV_ERROR as well if it cannot be watched.
 * The caller owns the descriptor, and closes it after ev_io_stop. */
typedef struct ev_io {
    EV_WATCHER_LIST(ev_io)
    int fd;     /* stopped */
    int events; /* stopped: EV_READ, EV_WRITE or both */
} ev_io;

/* Invokes its callback with EV_TIMER after a delay, and then every repeat
 * seconds if that is positive. Uses monotonic time. */
typedef struct ev_timer {
    EV_WATCHER_TIME(ev_timer)
    ev_tstamp repeat; /* any time, used at the next expiry or start */
} ev_timer;

/* Invokes its callback with EV_PERIODIC at a wall-clock time: at offset; with
 * an interval, at every offset + N * interval; with reschedule_cb, at the time
 * that it returns. reschedule_cb receives the current time and must return a
 * later one. It must not stop or free the watcher, and must not call functions
 * of the loop. */
typedef struct ev_periodic {
    EV_WATCHER_TIME(ev_periodic)
    ev_tstamp offset;   /* any time, used at the next expiry or start */
    ev_tstamp interval; /* likewise */
    ev_tstamp (*reschedule_cb)(struct ev_periodic* w,
                               ev_tstamp now) EV_NOEXCEPT; /* likewise */
} ev_periodic;

/* Invokes its callback with EV_SIGNAL after the process received a signal.
 * While a watcher of the signal is active, the library owns the signal's
 * disposition. Only one loop at a time can watch a signal. */
typedef struct ev_signal {
    EV_WATCHER_LIST(ev_signal)
    int signum; /* stopped */
} ev_signal;

/* Invokes its callback with EV_CHILD when a child process ends; in the default
 * loop only. The library calls waitpid, the program must not. The callback runs
 * at priority EV_MAXPRI. */
typedef struct ev_child {
    EV_WATCHER_LIST(ev_child)
    int flags;   /* private */
    int pid;     /* stopped; 0: any child */
    int rpid;    /* the process that changed */
    int rstatus; /* its status, for the macros of sys/wait.h */
} ev_child;

#if EV_STAT_ENABLE
/* What stat(2) gives; st_nlink is 0 if the path could not be examined. */
typedef struct stat ev_statdata;

/* Invokes its callback with EV_STAT when the result of lstat(2) for a path
 * changed. The path is not copied and must stay valid while the watcher is
 * active. interval is the polling interval, used where the kernel does not
 * report changes; 0 selects the default. */
typedef struct ev_stat {
    EV_WATCHER_LIST(ev_stat)
    ev_timer timer;     /* private */
    ev_tstamp interval; /* stopped */
    const char* path;   /* stopped */
    ev_statdata prev;   /* the attributes before the latest change */
    ev_statdata attr;   /* the attributes when last read */
    int wd;             /* private */
} ev_stat;
#endif

/* Invokes its callback with EV_IDLE in every iteration that has no event of the
 * same or a higher priority. While one is active the loop does not wait. */
typedef struct ev_idle {
    EV_WATCHER(ev_idle)
} ev_idle;

/* Invokes its callback with EV_PREPARE just before the loop waits. */
typedef struct ev_prepare {
    EV_WATCHER(ev_prepare)
} ev_prepare;

/* Invokes its callback with EV_CHECK just after the loop waited, before the
 * callbacks of the new events. */
typedef struct ev_check {
    EV_WATCHER(ev_check)
} ev_check;

/* Invokes its callback with EV_FORK when the loop first runs in a forked
 * child. */
typedef struct ev_fork {
    EV_WATCHER(ev_fork)
} ev_fork;

/* Invokes its callback with EV_CLEANUP in ev_loop_destroy. Holds no reference.
 */
typedef struct ev_cleanup {
    EV_WATCHER(ev_cleanup)
} ev_cleanup;

#if EV_EMBED_ENABLE
/* Watches another loop, whose backend must be embeddable. When that loop has
 * events, invokes its callback with EV_EMBED, and the callback sweeps the loop;
 * without a callback the loop is swept at once. The caller owns the other loop.
 */
typedef struct ev_embed {
    EV_WATCHER(ev_embed)
    struct ev_loop* other; /* stopped */
    ev_io io;              /* private, as all that follows */
    ev_prepare prepare;
    ev_check check;
    ev_timer timer;
    ev_periodic periodic;
    ev_idle idle;
    ev_fork fork;
    ev_cleanup cleanup;
} ev_embed;
#endif

#if EV_ASYNC_ENABLE
/* Invokes its callback with EV_ASYNC after ev_async_send, which any thread or
 * signal handler may call. Several sends may cause one call. */
typedef struct ev_async {
    EV_WATCHER(ev_async)
    EV_ATOMIC_T sent; /* private */
} ev_async;

/* Nonzero from ev_async_send until the event is queued. From any thread. */
#ifdef __ATOMIC_SEQ_CST
#define ev_async_pending(w) (+__atomic_load_n(&(w)->sent, __ATOMIC_SEQ_CST))
#else
#define ev_async_pending(w) (+(w)->sent)
#endif
#endif

/* Large enough for a watcher of any kind. */
union ev_any_watcher {
    struct ev_watcher w;
    struct ev_watcher_list wl;

    struct ev_io io;
    struct ev_timer timer;
    struct ev_periodic periodic;
    struct ev_signal signal;
    struct ev_child child;
#if EV_STAT_ENABLE
    struct ev_stat stat;
#endif
#if EV_IDLE_ENABLE
    struct ev_idle idle;
#endif
    struct ev_prepare prepare;
    struct ev_check check;
#if EV_FORK_ENABLE
    struct ev_fork fork;
#endif
#if EV_CLEANUP_ENABLE
    struct ev_cleanup cleanup;
#endif
#if EV_EMBED_ENABLE
    struct ev_embed embed;
#endif
#if EV_ASYNC_ENABLE
    struct ev_async async;
#endif
};

/* LOOP FLAGS for ev_default_loop and ev_loop_new, or-ed with EVBACKEND_ bits.
 * Manual: ev_loop_new(3), ev_run(3). */
enum {
    EVFLAG_AUTO = 0x00000000U,      /* the recommended choice */
    EVFLAG_NOENV = 0x01000000U,     /* ignore LIBEV_FLAGS */
    EVFLAG_FORKCHECK = 0x02000000U, /* check for a fork in every iteration */
    EVFLAG_NOINOTIFY = 0x00100000U, /* ev_stat polls */
#if EV_COMPAT3
    EVFLAG_NOSIGFD = 0, /* no effect since libev 4 */
#endif
    EVFLAG_SIGNALFD = 0x00200000U,  /* receive signals by signalfd */
    EVFLAG_NOSIGMASK = 0x00400000U, /* unblock signals that are watched */
    EVFLAG_NOTIMERFD = 0x00800000U, /* no timerfd to detect clock changes */

    /* Backends. Those that this system lacks are accepted and ignored. They are
     * in one enum with the flags so that C++20 lets programs or them. */
    EVBACKEND_SELECT = 0x00000001U,
    EVBACKEND_POLL = 0x00000002U,
    EVBACKEND_EPOLL = 0x00000004U,
    EVBACKEND_KQUEUE = 0x00000008U,
    EVBACKEND_DEVPOLL = 0x00000010U,
    EVBACKEND_PORT = 0x00000020U,
    EVBACKEND_LINUXAIO = 0x00000040U,
    EVBACKEND_IOURING = 0x00000080U,
    EVBACKEND_ALL = 0x000000FFU, /* every backend that exists */
    EVBACKEND_MASK = 0x0000FFFFU /* the bits reserved for backends */
};

/* How long ev_run runs; 0: until nothing is active, or until ev_break. */
enum {
    EVRUN_NOWAIT = 1, /* one iteration that does not wait */
    EVRUN_ONCE = 2    /* one iteration that waits for an event */
};

/* Which calls of ev_run are ended by ev_break. */
enum {
    EVBREAK_CANCEL = 0, /* none: cancels an earlier ev_break */
    EVBREAK_ONE = 1,    /* the innermost */
    EVBREAK_ALL = 2     /* all calls for this loop, outer ones too */
};

#if EV_PROTOTYPES
/* GLOBAL FUNCTIONS. Any thread may call them; two threads must not call an
 * ev_set_ function at the same time. Manual: ev(3). */

/* The version of the library in use. The major version must be equal to
 * EV_VERSION_MAJOR, the minor version at least EV_VERSION_MINOR. */
EV_API_DECL int ev_version_major(void) EV_NOEXCEPT;
EV_API_DECL int ev_version_minor(void) EV_NOEXCEPT;

/* The EVBACKEND_ bits that are compiled in; those that are recommended; those
 * whose loops can be embedded in another loop. */
EV_API_DECL unsigned int ev_supported_backends(void) EV_NOEXCEPT;
EV_API_DECL unsigned int ev_recommended_backends(void) EV_NOEXCEPT;
EV_API_DECL unsigned int ev_embeddable_backends(void) EV_NOEXCEPT;

/* The current wall-clock time, read from the system, unlike ev_now. */
EV_API_DECL ev_tstamp ev_time(void) EV_NOEXCEPT;

/* Blocks the calling thread for that long; returns at once if delay is 0 or
 * less. */
EV_API_DECL void ev_sleep(ev_tstamp delay) EV_NOEXCEPT;

/* Sets the allocator. cb works like realloc; size 0 frees. If it returns null
 * for another size, the library aborts. Call this before anything else. cb must
 * not throw. */
EV_API_DECL void ev_set_allocator(void* (*cb)(void* ptr, long size)EV_NOEXCEPT)
    EV_NOEXCEPT;

/* Sets the callback for failed system calls and for errors of the program. It
 * is called with errno set; when it returns, a failed system call is tried
 * again. Null, the default, prints msg and aborts if a system call failed. cb
 * must not free msg, and must not throw. */
EV_API_DECL void ev_set_syserr_cb(void (*cb)(const char* msg)
                                      EV_NOEXCEPT) EV_NOEXCEPT;

/* LOOPS. Manual: ev_loop_new(3), ev_run(3). */

#if EV_MULTIPLICITY

/* Returns the default loop, the one that waits for all children. The first call
 * makes it, with EVFLAG_ and EVBACKEND_ bits. Null: none of the requested
 * backends works. Two threads must not make it at the same time. */
EV_API_DECL struct ev_loop* ev_default_loop(unsigned int flags EV_CPP(= 0))
    EV_NOEXCEPT;

/* Private: use EV_DEFAULT_UC. Null while there is no default loop. */
EV_API_DECL struct ev_loop* ev_default_loop_ptr;

EV_INLINE struct ev_loop* ev_default_loop_uc_(void) EV_NOEXCEPT
{
    return ev_default_loop_ptr;
}

/* Whether the loop is the default loop. */
EV_INLINE int ev_is_default_loop(EV_P) EV_NOEXCEPT
{
    return EV_A == EV_DEFAULT_UC;
}

/* Makes another loop, which the caller destroys. Null: none of the requested
 * backends works. From any thread. */
EV_API_DECL struct ev_loop* ev_loop_new(unsigned int flags EV_CPP(= 0))
    EV_NOEXCEPT;

/* The wall-clock time when the loop last woke up. Timers count from there. */
EV_API_DECL ev_tstamp ev_now(EV_P) EV_NOEXCEPT;

#else

/* Makes the only loop; nonzero if it exists. */
EV_API_DECL int ev_default_loop(unsigned int flags EV_CPP(= 0)) EV_NOEXCEPT;

/* Private: use ev_now. */
EV_API_DECL ev_tstamp ev_rt_now;

EV_INLINE ev_tstamp ev_now(void) EV_NOEXCEPT { return ev_rt_now; }

EV_INLINE int ev_is_default_loop(void) EV_NOEXCEPT { return 1; }

#endif

/* Calls the cleanup watchers, then frees the loop. Its other watchers must be
 * stopped before, or never be used again. Null is accepted. Must not be called
 * in a callback of the same loop. Callbacks may throw through it. */
EV_API_DECL void ev_loop_destroy(EV_P);

/* Marks the loop as forked: the next iteration recreates its kernel objects.
 * Call it in the child, before the loop is used there. */
EV_API_DECL void ev_loop_fork(EV_P) EV_NOEXCEPT;

/* The EVBACKEND_ bit in use. */
EV_API_DECL unsigned int ev_backend(EV_P) EV_NOEXCEPT;

/* Updates ev_now to the current time. For callbacks that ran for long. */
EV_API_DECL void ev_now_update(EV_P) EV_NOEXCEPT;

#if EV_WALK_ENABLE
/* Calls cb for each active watcher of the kinds in types: EV_IO, EV_TIMER and
 * so on, or-ed; -1: all. cb gets one of these bits and the watcher, and may
 * stop this and any other watcher; it must not throw. */
EV_API_DECL void ev_walk(EV_P_ int types,
                         void (*cb)(EV_P_ int type, void* w)) EV_NOEXCEPT;
#endif

/* Waits for events and invokes callbacks, until nothing holds a reference to
 * the loop or ev_break is called; flags are EVRUN_ values. Returns the number
 * of references. May be nested. Callbacks may leave it by an exception or by
 * longjmp. */
EV_API_DECL int ev_run(EV_P_ int flags EV_CPP(= 0));

/* Makes ev_run return after the pending callbacks; how is an EVBREAK_. */
EV_API_DECL void ev_break(EV_P_ int how EV_CPP(= EVBREAK_ONE)) EV_NOEXCEPT;

/* Adds or removes a reference. An active watcher holds one. With ev_unref after
 * its start and ev_ref before its stop, the watcher does not keep ev_run
 * running. */
EV_API_DECL void ev_ref(EV_P) EV_NOEXCEPT;
EV_API_DECL void ev_unref(EV_P) EV_NOEXCEPT;

/* Calls cb once, when the fd is ready or the timeout expires, whichever comes
 * first. fd -1: no fd; a negative timeout: no timeout. revents is EV_READ,
 * EV_WRITE, EV_TIMER or EV_ERROR. Cannot be canceled. Manual: ev_once(3). */
EV_API_DECL void ev_once(EV_P_ int fd, int events, ev_tstamp timeout,
                         void (*cb)(int revents, void* arg),
                         void* arg) EV_NOEXCEPT;

/* Dispatches all pending events now, highest priority first. */
EV_API_DECL void ev_invoke_pending(EV_P);

#if EV_FEATURE_API
/* The number of times the loop has waited; wraps around. */
EV_API_DECL unsigned int ev_iteration(EV_P) EV_NOEXCEPT;

/* The nesting depth of ev_run; 0 outside of it. */
EV_API_DECL unsigned int ev_depth(EV_P) EV_NOEXCEPT;

/* Checks the loop's data structures and aborts if they are corrupted. */
EV_API_DECL void ev_verify(EV_P) EV_NOEXCEPT;

/* The minimum time between two polls for I/O, and the minimum length of a wait
 * for timers. One wake-up then handles several events: fewer wake-ups, more
 * latency. The default is 0. */
EV_API_DECL void ev_set_io_collect_interval(EV_P_ ev_tstamp interval)
    EV_NOEXCEPT;
EV_API_DECL void ev_set_timeout_collect_interval(EV_P_ ev_tstamp interval)
    EV_NOEXCEPT;

/* A pointer for the program, stored in the loop. */
EV_API_DECL void ev_set_userdata(EV_P_ void* data) EV_NOEXCEPT;
EV_API_DECL void* ev_userdata(EV_P) EV_NOEXCEPT;

/* Sets the function that the loop calls instead of ev_invoke_pending, for
 * instance to dispatch events in another thread. */
typedef void (*ev_loop_callback)(EV_P);
EV_API_DECL void ev_set_invoke_pending_cb(
    EV_P_ ev_loop_callback invoke_pending_cb) EV_NOEXCEPT;

/* Sets functions that are called just before and after the loop waits, to
 * unlock and lock a mutex that protects it. Null: none. They must not throw. */
EV_API_DECL void ev_set_loop_release_cb(EV_P_ void (*release)(EV_P) EV_NOEXCEPT,
                                        void (*acquire)(EV_P)
                                            EV_NOEXCEPT) EV_NOEXCEPT;

/* The number of pending events. */
EV_API_DECL unsigned int ev_pending_count(EV_P) EV_NOEXCEPT;

/* Between the two calls loop time is frozen: timers expire later by the time
 * spent, periodics do not. */
EV_API_DECL void ev_suspend(EV_P) EV_NOEXCEPT;
EV_API_DECL void ev_resume(EV_P) EV_NOEXCEPT;
#endif
#endif

/* INITIALIZING. A watcher must be initialized before it is used, and may be
 * initialized again only while it is neither active nor pending. The macros may
 * evaluate the watcher several times, the other arguments once. Manual:
 * ev_watcher(3).
 */

/* clang-format off */
/* Sets priority 0 and the callback, inactive; ev_TYPE_set must follow. */
#define ev_init(ev, cb_) do { \
    ((ev_watcher*)(void*)(ev))->active = 0; \
    ((ev_watcher*)(void*)(ev))->pending = 0; \
    ev_set_priority((ev), 0); \
    ev_set_cb((ev), cb_); } while (0)

/* Changes the events of a stopped io watcher whose fd stays the same; cheaper
 * than ev_io_set. */
#define ev_io_modify(ev, events_) \
    do { (ev)->events = ((ev)->events & EV__IOFDSET) | (events_); } while (0)

/* Set what a stopped watcher waits for; the last six kinds have no parameters.
 */
#define ev_io_set(ev, fd_, events_) do { \
    (ev)->fd = (fd_); (ev)->events = (events_) | EV__IOFDSET; } while (0)
#define ev_timer_set(ev, after_, repeat_) do { \
    ((ev_watcher_time*)(void*)(ev))->at = (after_); \
    (ev)->repeat = (repeat_); } while (0)
#define ev_periodic_set(ev, ofs_, ival_, rcb_) do { (ev)->offset = (ofs_); \
    (ev)->interval = (ival_); (ev)->reschedule_cb = (rcb_); } while (0)
#define ev_signal_set(ev, signum_) do { (ev)->signum = (signum_); } while (0)
#define ev_child_set(ev, pid_, trace_) \
    do { (ev)->pid = (pid_); (ev)->flags = !!(trace_); } while (0)
#define ev_stat_set(ev, path_, interval_) do { (ev)->path = (path_); \
    (ev)->interval = (interval_); (ev)->wd = -2; } while (0)
#define ev_embed_set(ev, other_) do { (ev)->other = (other_); } while (0)
#define ev_idle_set(ev)
#define ev_prepare_set(ev)
#define ev_check_set(ev)
#define ev_fork_set(ev)
#define ev_cleanup_set(ev)
#define ev_async_set(ev)

/* ev_init and ev_TYPE_set in one call. */
#define ev_io_init(ev, cb, fd, events) \
    do { ev_init((ev), (cb)); ev_io_set((ev), (fd), (events)); } while (0)
#define ev_timer_init(ev, cb, after, repeat) \
    do { ev_init((ev), (cb)); ev_timer_set((ev), (after), (repeat)); } while (0)
#define ev_periodic_init(ev, cb, ofs, ival, rcb) do { ev_init((ev), (cb)); \
    ev_periodic_set((ev), (ofs), (ival), (rcb)); } while (0)
#define ev_signal_init(ev, cb, signum) \
    do { ev_init((ev), (cb)); ev_signal_set((ev), (signum)); } while (0)
#define ev_child_init(ev, cb, pid, trace) \
    do { ev_init((ev), (cb)); ev_child_set((ev), (pid), (trace)); } while (0)
#define ev_stat_init(ev, cb, path, interval) do { ev_init((ev), (cb)); \
    ev_stat_set((ev), (path), (interval)); } while (0)
#define ev_idle_init(ev, cb) \
    do { ev_init((ev), (cb)); ev_idle_set((ev)); } while (0)
#define ev_prepare_init(ev, cb) \
    do { ev_init((ev), (cb)); ev_prepare_set((ev)); } while (0)
#define ev_check_init(ev, cb) \
    do { ev_init((ev), (cb)); ev_check_set((ev)); } while (0)
#define ev_embed_init(ev, cb, other) \
    do { ev_init((ev), (cb)); ev_embed_set((ev), (other)); } while (0)
#define ev_fork_init(ev, cb) \
    do { ev_init((ev), (cb)); ev_fork_set((ev)); } while (0)
#define ev_cleanup_init(ev, cb) \
    do { ev_init((ev), (cb)); ev_cleanup_set((ev)); } while (0)
#define ev_async_init(ev, cb) \
    do { ev_init((ev), (cb)); ev_async_set((ev)); } while (0)
/* clang-format on */

/* STATE. These take a watcher of any kind, as ev_feed_event does. */

/* Pending: nonzero while an event is queued for the watcher. Active: nonzero
 * while the watcher is started. */
#define ev_is_pending(ev) (0 + ((const ev_watcher*)(const void*)(ev))->pending)
#define ev_is_active(ev) (0 + ((const ev_watcher*)(const void*)(ev))->active)

/* The callback. It may be changed at any time. */
#define ev_cb_(ev) (ev)->cb
#define ev_cb(ev) ((ev)->cb)
#ifndef ev_set_cb
#define ev_set_cb(ev, cb_) (ev_cb_(ev) = (cb_))
#endif

/* The priority, EV_MINPRI to EV_MAXPRI; other values are clamped. May be set
 * while the watcher is neither active nor pending. Events of higher priority
 * are dispatched first. */
#if EV_MINPRI == EV_MAXPRI
#define ev_priority(ev) ((void)(ev), EV_MINPRI)
#define ev_set_priority(ev, pri) ((void)(ev), (void)(pri))
#else
#define ev_priority(ev) (+((const ev_watcher*)(const void*)(ev))->priority)
#define ev_set_priority(ev, pri) (((ev_watcher*)(void*)(ev))->priority = (pri))
#endif

/* When an active periodic watcher expires next. ev_at also takes timers, whose
 * expiry is in the loop's monotonic time; libev does not have ev_at. */
#define ev_at(ev) (+((const ev_watcher_time*)(const void*)(ev))->at)
#define ev_periodic_at(ev) ev_at(ev)

#if EV_PROTOTYPES
/* WATCHER FUNCTIONS. Each kind has ev_TYPE_start, which does nothing if the
 * watcher is active, and ev_TYPE_stop, which cancels a pending event and then
 * does nothing more if the watcher is inactive. A watcher that cannot be
 * started is refused and reported, see ev_errors(7). Manual: ev_TYPE(3), the
 * page of the kind. */

/* Queues an event for a watcher of any kind, active or not, as if it had
 * happened: the callback receives revents. Manual: ev_feed_event(3). */
EV_API_DECL void ev_feed_event(EV_P_ void* w, int revents) EV_NOEXCEPT;

/* Queues an event for every io watcher of the fd that waits for one of the
 * events in revents. */
EV_API_DECL void ev_feed_fd_event(EV_P_ int fd, int revents) EV_NOEXCEPT;

#if EV_SIGNAL_ENABLE
/* Acts as if the signal had arrived. From any thread or signal handler. */
EV_API_DECL void ev_feed_signal(int signum) EV_NOEXCEPT;

/* Queues the event at once for the loop's watchers of the signal. */
EV_API_DECL void ev_feed_signal_event(EV_P_ int signum) EV_NOEXCEPT;
#endif

/* Invokes the callback at once, whatever the watcher's state. */
EV_API_DECL void ev_invoke(EV_P_ void* w, int revents);

/* Cancels a pending event and returns its revents; 0 if there was none. */
EV_API_DECL int ev_clear_pending(EV_P_ void* w) EV_NOEXCEPT;

EV_API_DECL void ev_io_start(EV_P_ ev_io* w) EV_NOEXCEPT;
EV_API_DECL void ev_io_stop(EV_P_ ev_io* w) EV_NOEXCEPT;

/* Again: restarts the timer with repeat seconds, or stops it if repeat is 0;
 * cancels a pending event. Remaining: the seconds until expiry, or the delay of
 * a stopped timer. */
EV_API_DECL void ev_timer_start(EV_P_ ev_timer* w) EV_NOEXCEPT;
EV_API_DECL void ev_timer_stop(EV_P_ ev_timer* w) EV_NOEXCEPT;
EV_API_DECL void ev_timer_again(EV_P_ ev_timer* w) EV_NOEXCEPT;
EV_API_DECL ev_tstamp ev_timer_remaining(EV_P_ ev_timer* w) EV_NOEXCEPT;

#if EV_PERIODIC_ENABLE
/* Again: stops and starts; for use after members were changed. */
EV_API_DECL void ev_periodic_start(EV_P_ ev_periodic* w) EV_NOEXCEPT;
EV_API_DECL void ev_periodic_stop(EV_P_ ev_periodic* w) EV_NOEXCEPT;
EV_API_DECL void ev_periodic_again(EV_P_ ev_periodic* w) EV_NOEXCEPT;
#endif
#if EV_SIGNAL_ENABLE
EV_API_DECL void ev_signal_start(EV_P_ ev_signal* w) EV_NOEXCEPT;
EV_API_DECL void ev_signal_stop(EV_P_ ev_signal* w) EV_NOEXCEPT;
#endif
#if EV_CHILD_ENABLE
/* In the default loop only. */
EV_API_DECL void ev_child_start(EV_P_ ev_child* w) EV_NOEXCEPT;
EV_API_DECL void ev_child_stop(EV_P_ ev_child* w) EV_NOEXCEPT;
#endif
#if EV_STAT_ENABLE
/* Stat: reads the attributes into attr now, without a callback. */
EV_API_DECL void ev_stat_start(EV_P_ ev_stat* w) EV_NOEXCEPT;
EV_API_DECL void ev_stat_stop(EV_P_ ev_stat* w) EV_NOEXCEPT;
EV_API_DECL void ev_stat_stat(EV_P_ ev_stat* w) EV_NOEXCEPT;
#endif
#if EV_IDLE_ENABLE
EV_API_DECL void ev_idle_start(EV_P_ ev_idle* w) EV_NOEXCEPT;
EV_API_DECL void ev_idle_stop(EV_P_ ev_idle* w) EV_NOEXCEPT;
#endif
#if EV_PREPARE_ENABLE
EV_API_DECL void ev_prepare_start(EV_P_ ev_prepare* w) EV_NOEXCEPT;
EV_API_DECL void ev_prepare_stop(EV_P_ ev_prepare* w) EV_NOEXCEPT;
#endif
#if EV_CHECK_ENABLE
EV_API_DECL void ev_check_start(EV_P_ ev_check* w) EV_NOEXCEPT;
EV_API_DECL void ev_check_stop(EV_P_ ev_check* w) EV_NOEXCEPT;
#endif
#if EV_FORK_ENABLE
EV_API_DECL void ev_fork_start(EV_P_ ev_fork* w) EV_NOEXCEPT;
EV_API_DECL void ev_fork_stop(EV_P_ ev_fork* w) EV_NOEXCEPT;
#endif
#if EV_CLEANUP_ENABLE
EV_API_DECL void ev_cleanup_start(EV_P_ ev_cleanup* w) EV_NOEXCEPT;
EV_API_DECL void ev_cleanup_stop(EV_P_ ev_cleanup* w) EV_NOEXCEPT;
#endif
#if EV_EMBED_ENABLE
/* Sweep: handles the events of the other loop, without waiting. */
EV_API_DECL void ev_embed_start(EV_P_ ev_embed* w) EV_NOEXCEPT;
EV_API_DECL void ev_embed_stop(EV_P_ ev_embed* w) EV_NOEXCEPT;
EV_API_DECL void ev_embed_sweep(EV_P_ ev_embed* w) EV_NOEXCEPT;
#endif
#if EV_ASYNC_ENABLE
/* Send: from any thread or signal handler; the watcher must be active. */
EV_API_DECL void ev_async_start(EV_P_ ev_async* w) EV_NOEXCEPT;
EV_API_DECL void ev_async_stop(EV_P_ ev_async* w) EV_NOEXCEPT;
EV_API_DECL void ev_async_send(EV_P_ ev_async* w) EV_NOEXCEPT;
#endif

/* THE NAMES OF LIBEV 3: aliases of the functions that they call. Manual:
 * ev_run(3). */
#if EV_COMPAT3
#define EVLOOP_NONBLOCK EVRUN_NOWAIT
#define EVLOOP_ONESHOT EVRUN_ONCE
#define EVUNLOOP_CANCEL EVBREAK_CANCEL
#define EVUNLOOP_ONE EVBREAK_ONE
#define EVUNLOOP_ALL EVBREAK_ALL
EV_INLINE void ev_loop(EV_P_ int flags) { ev_run(EV_A_ flags); }
EV_INLINE void ev_unloop(EV_P_ int how) { ev_break(EV_A_ how); }
EV_INLINE void ev_default_destroy(void) { ev_loop_destroy(EV_DEFAULT); }
EV_INLINE void ev_default_fork(void) { ev_loop_fork(EV_DEFAULT); }
#if EV_FEATURE_API
EV_INLINE unsigned int ev_loop_count(EV_P) { return ev_iteration(EV_A); }
EV_INLINE unsigned int ev_loop_depth(EV_P) { return ev_depth(EV_A); }
EV_INLINE void ev_loop_verify(EV_P) { ev_verify(EV_A); }
#endif
#else
typedef struct ev_loop ev_loop;
#endif
#endif

#ifdef __cplusplus
}
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif
#endif

#endif
