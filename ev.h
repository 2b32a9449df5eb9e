/* ev.h: the C interface of the event loop, that of libev 4.33.
 *
 * What holds for every declaration here, unless its own comment differs:
 *
 * Since:    the first release; all names, values and layouts are libev 4.33's.
 * Times:    ev_tstamp, in seconds; absolute ones count from 1970 (UTC).
 * Memory:   watchers belong to the caller, who keeps them in place while they
 *           are active or pending. What is passed by pointer is not copied.
 * Failure:  functions that return nothing cannot fail. Out of memory ends the
 *           program with a message, see ev_set_allocator; a system call that
 *           fails unexpectedly goes to the callback of ev_set_syserr_cb.
 * Threads:  a loop and its watchers are used by one thread at a time; different
 *           loops are independent. Functions without a loop argument say so
 *           themselves. Only ev_async_send and ev_feed_signal may be called at
 *           any time from anywhere, signal handlers included.
 * Manual:   "ev_run(3)" names a page and its section.
 */
#ifndef EV_H_
#define EV_H_

/* EV_CPP(x) is x in C++ and nothing in C. EV_NOEXCEPT marks what no exception
 * may leave; EV_THROW is its older name. */
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

/* CONFIGURATION. Each of these may be defined before this header is read, for
 * the program and the library alike: they change layouts and prototypes. The
 * installed library is built with the defaults. Manual: ev_config(7). */

/* 1: also declare the names of libev 3, such as ev_loop for ev_run. */
#ifndef EV_COMPAT3
#define EV_COMPAT3 1
#endif

/* A sum of bits that sets the defaults of what follows. */
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

/* 1: many loops, passed as first argument. 0: one loop, and no argument. */
#ifndef EV_MULTIPLICITY
#define EV_MULTIPLICITY EV_FEATURE_CONFIG
#endif

/* Which kinds of watchers there are; io and timer always exist. */
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

/* 1: declare ev_walk. The installed library does not have it. */
#ifndef EV_WALK_ENABLE
#define EV_WALK_ENABLE 0
#endif

/* A kind that stands on another needs it. */
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

/* The common head of all watchers is read and written through ev_watcher,
 * whatever the kind: the compiler must not conclude that these differ. */
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

/* What the library's functions say of themselves, ev_version_major. */
#define EV_VERSION_MAJOR 4
#define EV_VERSION_MINOR 33

/* A function may be named as a struct is, ev_loop; and what is extern "C" has
 * no mangled name that could change. */
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

/* A loop: never defined here, made by ev_loop_new or ev_default_loop. EV_P is
 * the loop in a parameter list, EV_A in an argument list, EV_DEFAULT the
 * default loop (made if need be), EV_DEFAULT_UC the same without looking. With
 * a trailing underscore they are followed by a comma. With EV_MULTIPLICITY 0
 * they vanish. Manual: ev_macros(3). */
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

/* EVENTS, the bits of revents: what a callback is told, and what the event
 * functions take. Manual: ev_watcher(3). */
enum {
    EV_UNDEF = (int)0xFFFFFFFF, /* no event has this value */
    EV_NONE = 0x00,
    EV_READ = 0x01,     /* reading will not block */
    EV_WRITE = 0x02,    /* writing will not block */
    EV__IOFDSET = 0x80, /* private: the fd of an ev_io was set anew */
    EV_IO = EV_READ,    /* "ev_io" where a kind is asked for */
    EV_TIMER = 0x0100,  /* the delay is over */
#if EV_COMPAT3
    EV_TIMEOUT = EV_TIMER,
#endif
    EV_PERIODIC = 0x0200,      /* the moment has come */
    EV_SIGNAL = 0x0400,        /* the signal was caught */
    EV_CHILD = 0x0800,         /* the process ended or was traced */
    EV_STAT = 0x1000,          /* the file's attributes changed */
    EV_IDLE = 0x2000,          /* nothing else is to be done */
    EV_PREPARE = 0x4000,       /* the loop is about to wait */
    EV_CHECK = 0x8000,         /* the loop has waited */
    EV_EMBED = 0x010000,       /* the embedded loop has work */
    EV_FORK = 0x020000,        /* the loop goes on in a child process */
    EV_CLEANUP = 0x040000,     /* the loop is being destroyed */
    EV_ASYNC = 0x080000,       /* ev_async_send was called */
    EV_CUSTOM = 0x01000000,    /* never sent by the library: yours */
    EV_ERROR = (int)0x80000000 /* the watcher was stopped by an error */
};

/* WATCHERS. A watcher is a plain struct that a program initialises (ev_init and
 * ev_TYPE_set, or ev_TYPE_init), starts and stops. Manual: ev_watcher(3), and
 * ev_TYPE(3), a page per kind.
 *
 * In the members' comments, "private" may be read but means nothing outside;
 * "stopped" may be written while the watcher is not active; "any time" always.
 */

/* The members every watcher of a program has in addition. */
#ifndef EV_COMMON
#define EV_COMMON void* data;
#endif

/* How a callback is stored, and called. */
#ifndef EV_CB_DECLARE
#define EV_CB_DECLARE(type) void (*cb)(EV_P_ struct type * w, int revents);
#endif
#ifndef EV_CB_INVOKE
#define EV_CB_INVOKE(watcher, revents) (watcher)->cb(EV_A_(watcher), (revents))
#endif

/* The head of a callback for an ev_TYPE: EV_CB(io, on_input) { ... } */
#define EV_CB(type, name) void name(EV_P_ struct ev_##type* w, int revents)

#if EV_MINPRI == EV_MAXPRI
#undef EV_DECL_PRIORITY
#define EV_DECL_PRIORITY
#elif !defined EV_DECL_PRIORITY
#define EV_DECL_PRIORITY int priority;
#endif

/* The head of every watcher: active is 0 or where its kind keeps it, pending
 * is 0 or its place in the queue of its priority, both private; data is the
 * program's, any time; cb is written by ev_set_cb, any time. */
#define EV_WATCHER(type) \
    int active;          \
    int pending;         \
    EV_DECL_PRIORITY     \
    EV_COMMON            \
    EV_CB_DECLARE(type)

/* The head of those kept in lists; next is private. */
#define EV_WATCHER_LIST(type) EV_WATCHER(type) struct ev_watcher_list* next;

/* The head of those kept in heaps; at is private: see ev_timer_remaining. */
#define EV_WATCHER_TIME(type) EV_WATCHER(type) ev_tstamp at;

/* The head of any watcher: a pointer to one may be cast to these. */
typedef struct EV_MAY_ALIAS_ ev_watcher {
    EV_WATCHER(ev_watcher)
} ev_watcher;

/* The head of an io, signal, child or stat watcher. */
typedef struct EV_MAY_ALIAS_ ev_watcher_list {
    EV_WATCHER_LIST(ev_watcher_list)
} ev_watcher_list;

/* The head of a timer or periodic watcher. */
typedef struct EV_MAY_ALIAS_ ev_watcher_time {
    EV_WATCHER_TIME(ev_watcher_time)
} ev_watcher_time;

/* Calls back while a file descriptor is ready, with EV_READ, EV_WRITE or both;
 * with EV_ERROR as well if the descriptor cannot be watched. The descriptor
 * stays the caller's and is closed after ev_io_stop. */
typedef struct ev_io {
    EV_WATCHER_LIST(ev_io)
    int fd;     /* stopped */
    int events; /* stopped: EV_READ, EV_WRITE or both */
} ev_io;

/* Calls back with EV_TIMER after a delay, then every repeat seconds if that is
 * positive. Counts in monotonic time. */
typedef struct ev_timer {
    EV_WATCHER_TIME(ev_timer)
    ev_tstamp repeat; /* any time, used at the next expiry or start */
} ev_timer;

/* Calls back with EV_PERIODIC at a moment of wall-clock time: at offset; with
 * an interval, at every offset + N * interval; with reschedule_cb, when that
 * says, as it is asked for the next moment after now. It may neither stop or
 * free the watcher nor call the loop, and returns a time later than now. */
typedef struct ev_periodic {
    EV_WATCHER_TIME(ev_periodic)
    ev_tstamp offset;   /* any time, used at the next expiry or start */
    ev_tstamp interval; /* likewise */
    ev_tstamp (*reschedule_cb)(struct ev_periodic* w,
                               ev_tstamp now) EV_NOEXCEPT; /* likewise */
} ev_periodic;

/* Calls back with EV_SIGNAL after the process received a signal. While one is
 * active the library owns the signal's disposition; a signal belongs to one
 * loop at a time. */
typedef struct ev_signal {
    EV_WATCHER_LIST(ev_signal)
    int signum; /* stopped */
} ev_signal;

/* Calls back with EV_CHILD when a child process ends, in the default loop
 * only. The library waits for children, the program does not. The callback
 * runs at EV_MAXPRI. */
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

/* Calls back with EV_STAT when what lstat(2) says of a path has changed. The
 * path is not copied and lives as long as the watcher is active. interval is
 * the time between two looks where the kernel does not tell of changes; 0 is
 * the default. */
typedef struct ev_stat {
    EV_WATCHER_LIST(ev_stat)
    ev_timer timer;     /* private */
    ev_tstamp interval; /* stopped */
    const char* path;   /* stopped */
    ev_statdata prev;   /* what was before the latest change */
    ev_statdata attr;   /* what is, at the latest look */
    int wd;             /* private */
} ev_stat;
#endif

/* Calls back with EV_IDLE in every iteration that has no event of the same or a
 * higher priority; keeps the loop from waiting. */
typedef struct ev_idle {
    EV_WATCHER(ev_idle)
} ev_idle;

/* Calls back with EV_PREPARE just before the loop waits. */
typedef struct ev_prepare {
    EV_WATCHER(ev_prepare)
} ev_prepare;

/* Calls back with EV_CHECK after the loop waited, ahead of what it found. */
typedef struct ev_check {
    EV_WATCHER(ev_check)
} ev_check;

/* Calls back with EV_FORK when the loop goes on in a child process. */
typedef struct ev_fork {
    EV_WATCHER(ev_fork)
} ev_fork;

/* Calls back with EV_CLEANUP in ev_loop_destroy. Holds no reference. */
typedef struct ev_cleanup {
    EV_WATCHER(ev_cleanup)
} ev_cleanup;

#if EV_EMBED_ENABLE
/* Watches another loop, whose backend must be embeddable, and calls back with
 * EV_EMBED when that has events, for the callback to sweep it; without a
 * callback it is swept at once. The other loop stays the caller's. */
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
/* Calls back with EV_ASYNC after ev_async_send, which any thread or signal
 * handler may call. Several sends may give one callback. */
typedef struct ev_async {
    EV_WATCHER(ev_async)
    EV_ATOMIC_T sent; /* private */
} ev_async;

/* Nonzero from the sending until the callback is queued. From any thread. */
#define ev_async_pending(w) (+(w)->sent)
#endif

/* Room for a watcher of any kind. */
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
    EVFLAG_FORKCHECK = 0x02000000U, /* look for a fork in every iteration */
    EVFLAG_NOINOTIFY = 0x00100000U, /* ev_stat polls */
#if EV_COMPAT3
    EVFLAG_NOSIGFD = 0, /* means nothing since libev 4 */
#endif
    EVFLAG_SIGNALFD = 0x00200000U,  /* signals by signalfd */
    EVFLAG_NOSIGMASK = 0x00400000U, /* unblock signals that are watched */
    EVFLAG_NOTIMERFD = 0x00800000U, /* no timerfd to see clock changes */

    /* Backends. Those not of this system can be asked for, and are passed
     * over. One enum with the flags, so that C++20 lets them be or-ed. */
    EVBACKEND_SELECT = 0x00000001U,
    EVBACKEND_POLL = 0x00000002U,
    EVBACKEND_EPOLL = 0x00000004U,
    EVBACKEND_KQUEUE = 0x00000008U,
    EVBACKEND_DEVPOLL = 0x00000010U,
    EVBACKEND_PORT = 0x00000020U,
    EVBACKEND_LINUXAIO = 0x00000040U,
    EVBACKEND_IOURING = 0x00000080U,
    EVBACKEND_ALL = 0x000000FFU, /* every backend there is */
    EVBACKEND_MASK = 0x0000FFFFU /* every backend there may ever be */
};

/* How long ev_run runs: 0 is until nothing is active or ev_break. */
enum {
    EVRUN_NOWAIT = 1, /* one iteration that does not wait */
    EVRUN_ONCE = 2    /* one iteration that waits for an event */
};

/* Which calls of ev_run ev_break ends. */
enum {
    EVBREAK_CANCEL = 0, /* none: takes an earlier ev_break back */
    EVBREAK_ONE = 1,    /* the innermost */
    EVBREAK_ALL = 2     /* all of the loop, outer ones too */
};

#if EV_PROTOTYPES
/* GLOBAL FUNCTIONS. From any thread, if two threads do not set at once.
 * Manual: ev(3). */

/* The version of the library in use, for comparison with EV_VERSION_MAJOR,
 * which must be equal, and EV_VERSION_MINOR, which must not be higher. */
EV_API_DECL int ev_version_major(void) EV_NOEXCEPT;
EV_API_DECL int ev_version_minor(void) EV_NOEXCEPT;

/* The EVBACKEND_ bits compiled in, those advised among them, and those whose
 * loops can be embedded in another. */
EV_API_DECL unsigned int ev_supported_backends(void) EV_NOEXCEPT;
EV_API_DECL unsigned int ev_recommended_backends(void) EV_NOEXCEPT;
EV_API_DECL unsigned int ev_embeddable_backends(void) EV_NOEXCEPT;

/* The time of day now, read from the system, unlike ev_now. */
EV_API_DECL ev_tstamp ev_time(void) EV_NOEXCEPT;

/* Blocks the calling thread for a time; not at all if that is not positive. */
EV_API_DECL void ev_sleep(ev_tstamp delay) EV_NOEXCEPT;

/* Sets the function for all memory, which works as realloc does; size 0 frees.
 * If it returns null for another size, the program is ended. To be set before
 * anything else is used. cb must not throw. */
EV_API_DECL void ev_set_allocator(void* (*cb)(void* ptr, long size)EV_NOEXCEPT)
    EV_NOEXCEPT;

/* Sets the function told of a system call that failed, with errno still set;
 * when it returns, the call is tried again. Null, the default, prints msg and
 * aborts. msg is not the callback's to free. cb must not throw. */
EV_API_DECL void ev_set_syserr_cb(void (*cb)(const char* msg)
                                      EV_NOEXCEPT) EV_NOEXCEPT;

/* LOOPS. Manual: ev_loop_new(3), ev_run(3). */

#if EV_MULTIPLICITY

/* Returns the default loop, the one that handles children, and makes it with
 * EVFLAG_ and EVBACKEND_ bits if there is none. Null: no backend asked for
 * works. Not from two threads at once while it is being made. */
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

/* Makes another loop, the caller's to destroy. Null: no backend asked for
 * works. From any thread. */
EV_API_DECL struct ev_loop* ev_loop_new(unsigned int flags EV_CPP(= 0))
    EV_NOEXCEPT;

/* The time of day when the loop last woke up: what timers count from. */
EV_API_DECL ev_tstamp ev_now(EV_P) EV_NOEXCEPT;

#else

/* Makes the one loop; nonzero if it is there. */
EV_API_DECL int ev_default_loop(unsigned int flags EV_CPP(= 0)) EV_NOEXCEPT;

/* Private: use ev_now. */
EV_API_DECL ev_tstamp ev_rt_now;

EV_INLINE ev_tstamp ev_now(void) EV_NOEXCEPT { return ev_rt_now; }

EV_INLINE int ev_is_default_loop(void) EV_NOEXCEPT { return 1; }

#endif

/* Frees the loop after its cleanup watchers ran; its other watchers must be
 * stopped or never touched again. Null is accepted. Not from a callback of the
 * same loop. Lets exceptions of callbacks through. */
EV_API_DECL void ev_loop_destroy(EV_P);

/* Tells the loop that the process was forked: the next iteration makes its
 * kernel objects anew. For the child, before the loop is used there. */
EV_API_DECL void ev_loop_fork(EV_P) EV_NOEXCEPT;

/* The EVBACKEND_ bit in use. */
EV_API_DECL unsigned int ev_backend(EV_P) EV_NOEXCEPT;

/* Reads the clocks, so that ev_now is the present, for use after long work. */
EV_API_DECL void ev_now_update(EV_P) EV_NOEXCEPT;

#if EV_WALK_ENABLE
/* Calls cb with every watcher of the loop of the given kinds (EV_IO, EV_TIMER
 * and so on, or-ed); it may stop the watcher, and do nothing else to the loop.
 */
EV_API_DECL void ev_walk(EV_P_ int types,
                         void (*cb)(EV_P_ int type, void* w)) EV_NOEXCEPT;
#endif

/* Waits for events and calls back, until nothing holds a reference to the loop
 * or ev_break; flags are EVRUN_ values. Returns the number of references. May
 * be nested. Lets exceptions and longjmp of callbacks through. */
EV_API_DECL int ev_run(EV_P_ int flags EV_CPP(= 0));

/* Makes ev_run return after the callbacks that are due; how is an EVBREAK_. */
EV_API_DECL void ev_break(EV_P_ int how EV_CPP(= EVBREAK_ONE)) EV_NOEXCEPT;

/* Adds, takes away a reference. An active watcher holds one: ev_unref after
 * its start and ev_ref before its stop let the loop end in spite of it. */
EV_API_DECL void ev_ref(EV_P) EV_NOEXCEPT;
EV_API_DECL void ev_unref(EV_P) EV_NOEXCEPT;

/* Calls back once, when the fd has events or the timeout is over, whichever
 * comes first; fd -1 is none, a negative timeout is for ever. revents is
 * EV_READ, EV_WRITE, EV_TIMER or EV_ERROR. Cannot be taken back. Manual:
 * ev_once(3). */
EV_API_DECL void ev_once(EV_P_ int fd, int events, ev_tstamp timeout,
                         void (*cb)(int revents, void* arg),
                         void* arg) EV_NOEXCEPT;

/* Calls back for all queued events now, highest priority first. */
EV_API_DECL void ev_invoke_pending(EV_P);

#if EV_FEATURE_API
/* The number of times the loop has waited; wraps around. */
EV_API_DECL unsigned int ev_iteration(EV_P) EV_NOEXCEPT;

/* How many calls of ev_run are under way; 0 outside. */
EV_API_DECL unsigned int ev_depth(EV_P) EV_NOEXCEPT;

/* Checks the loop's data and aborts if they are damaged. */
EV_API_DECL void ev_verify(EV_P) EV_NOEXCEPT;

/* How long to wait at least, to gather several io, timer events: saves
 * wake-ups, costs latency. 0, the default, is not at all. */
EV_API_DECL void ev_set_io_collect_interval(EV_P_ ev_tstamp interval)
    EV_NOEXCEPT;
EV_API_DECL void ev_set_timeout_collect_interval(EV_P_ ev_tstamp interval)
    EV_NOEXCEPT;

/* A pointer of the program's, kept with the loop. */
EV_API_DECL void ev_set_userdata(EV_P_ void* data) EV_NOEXCEPT;
EV_API_DECL void* ev_userdata(EV_P) EV_NOEXCEPT;

/* Sets what the loop calls where it would call ev_invoke_pending, for that to
 * happen elsewhere, in another thread for instance. */
typedef void (*ev_loop_callback)(EV_P);
EV_API_DECL void ev_set_invoke_pending_cb(
    EV_P_ ev_loop_callback invoke_pending_cb) EV_NOEXCEPT;

/* Sets what is called just before and after the loop waits, to unlock and lock
 * a mutex that guards it; null is none. Neither may throw. */
EV_API_DECL void ev_set_loop_release_cb(EV_P_ void (*release)(EV_P) EV_NOEXCEPT,
                                        void (*acquire)(EV_P)
                                            EV_NOEXCEPT) EV_NOEXCEPT;

/* The number of queued events. */
EV_API_DECL unsigned int ev_pending_count(EV_P) EV_NOEXCEPT;

/* Between the two the loop's time stands still: timers are put off by the time
 * spent, periodics are not. */
EV_API_DECL void ev_suspend(EV_P) EV_NOEXCEPT;
EV_API_DECL void ev_resume(EV_P) EV_NOEXCEPT;
#endif
#endif

/* INITIALISING. A watcher is initialised before anything else, and again only
 * while it is neither active nor pending. The macros may evaluate the watcher
 * several times, the other arguments once. Manual: ev_watcher(3).
 */

/* clang-format off */
/* Makes an inactive watcher of priority 0; ev_TYPE_set must follow. */
#define ev_init(ev, cb_) do { \
    ((ev_watcher*)(void*)(ev))->active = 0; \
    ((ev_watcher*)(void*)(ev))->pending = 0; \
    ev_set_priority((ev), 0); \
    ev_set_cb((ev), cb_); } while (0)

/* Changes the events of a stopped io watcher whose fd stays the same; cheaper
 * than ev_io_set. */
#define ev_io_modify(ev, events_) \
    do { (ev)->events = ((ev)->events & EV__IOFDSET) | (events_); } while (0)

/* Set what a stopped watcher waits for; the last six kinds need nothing. */
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

/* ev_init and ev_TYPE_set in one. */
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

/* STATE. These take a watcher of any kind, as do ev_feed_event and others. */

/* Nonzero while an event is queued for the watcher; while it is started. */
#define ev_is_pending(ev) (0 + ((const ev_watcher*)(const void*)(ev))->pending)
#define ev_is_active(ev) (0 + ((const ev_watcher*)(const void*)(ev))->active)

/* The callback. It may be exchanged at any time. */
#define ev_cb_(ev) (ev)->cb
#define ev_cb(ev) ((ev)->cb)
#ifndef ev_set_cb
#define ev_set_cb(ev, cb_) (ev_cb_(ev) = (cb_))
#endif

/* The priority, EV_MINPRI to EV_MAXPRI; others count as the nearest. Set while
 * the watcher is neither active nor pending. Events of higher priority call
 * back first. */
#if EV_MINPRI == EV_MAXPRI
#define ev_priority(ev) ((void)(ev), EV_MINPRI)
#define ev_set_priority(ev, pri) ((void)(ev), (void)(pri))
#else
#define ev_priority(ev) (+((const ev_watcher*)(const void*)(ev))->priority)
#define ev_set_priority(ev, pri) (((ev_watcher*)(void*)(ev))->priority = (pri))
#endif

/* The moment an active periodic watcher calls back next. ev_at is the same, for
 * timers as well, whose moments are in a time of the loop's own; it is not in
 * libev. */
#define ev_at(ev) (+((const ev_watcher_time*)(const void*)(ev))->at)
#define ev_periodic_at(ev) ev_at(ev)

#if EV_PROTOTYPES
/* WATCHER FUNCTIONS. For each kind there is ev_TYPE_start, which does nothing
 * to an active watcher, and ev_TYPE_stop, which does nothing to an inactive one
 * but take back a queued event; failure to start gives the callback EV_ERROR.
 * Manual: ev_TYPE(3), the page of the kind. */

/* Queues an event for a watcher of any kind, active or not, as if it had
 * happened: the callback gets revents. Manual: ev_feed_event(3). */
EV_API_DECL void ev_feed_event(EV_P_ void* w, int revents) EV_NOEXCEPT;

/* Queues revents for the io watchers of an fd that wait for them. */
EV_API_DECL void ev_feed_fd_event(EV_P_ int fd, int revents) EV_NOEXCEPT;

#if EV_SIGNAL_ENABLE
/* Acts as if the signal had arrived; from any thread or signal handler. */
EV_API_DECL void ev_feed_signal(int signum) EV_NOEXCEPT;

/* Queues the event for the loop's watchers of the signal, at once. */
EV_API_DECL void ev_feed_signal_event(EV_P_ int signum) EV_NOEXCEPT;
#endif

/* Calls back at once, whatever the watcher's state. */
EV_API_DECL void ev_invoke(EV_P_ void* w, int revents);

/* Takes a queued event back and returns its revents; 0 if there was none. */
EV_API_DECL int ev_clear_pending(EV_P_ void* w) EV_NOEXCEPT;

EV_API_DECL void ev_io_start(EV_P_ ev_io* w) EV_NOEXCEPT;
EV_API_DECL void ev_io_stop(EV_P_ ev_io* w) EV_NOEXCEPT;

/* Again: begins a new period of repeat seconds, stops if repeat is 0, and drops
 * a queued event. Remaining: seconds to expiry, or the delay of a stopped one.
 */
EV_API_DECL void ev_timer_start(EV_P_ ev_timer* w) EV_NOEXCEPT;
EV_API_DECL void ev_timer_stop(EV_P_ ev_timer* w) EV_NOEXCEPT;
EV_API_DECL void ev_timer_again(EV_P_ ev_timer* w) EV_NOEXCEPT;
EV_API_DECL ev_tstamp ev_timer_remaining(EV_P_ ev_timer* w) EV_NOEXCEPT;

#if EV_PERIODIC_ENABLE
/* Again: stops and starts, after members changed. */
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
/* Stat: looks now and stores into attr, without a callback. */
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
/* Send: from any thread or signal handler, to an active watcher. */
EV_API_DECL void ev_async_start(EV_P_ ev_async* w) EV_NOEXCEPT;
EV_API_DECL void ev_async_stop(EV_P_ ev_async* w) EV_NOEXCEPT;
EV_API_DECL void ev_async_send(EV_P_ ev_async* w) EV_NOEXCEPT;
#endif

/* THE NAMES OF LIBEV 3, which do what the functions they call do. Manual:
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
