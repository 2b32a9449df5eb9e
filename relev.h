/* relev.h: what relev has beyond libev: the loop reports what is wrong with it.
 *
 * ev.h is libev's interface, and stays as it is. A program that includes
 * relev.h needs relev: with libev's library, the loader ends it with a message
 * about the symbol version RELEV_1.
 *
 * This holds for every declaration here, unless its own comment differs:
 *
 * Since:    the version that RELEV_VERSION has where its comment says so;
 *           otherwise the first release.
 * ABI:      values are never changed. Structures may grow at their end: a
 *           function that writes one is passed its size, and a callback that
 *           is passed one reads the members that it knows.
 * Names:    addresses of callbacks are const void*. A kind of watcher is its
 *           event bit, as EV_TIMER; relev_kind has the index of an array.
 * Threads:  as in ev.h: only one thread at a time may use a loop.
 * Failure:  functions that return int return -1 with errno; EINVAL if a pointer
 *           is null that must not be. Others cannot fail.
 * Manual:   relev(7).
 */
#ifndef RELEV_H_
#define RELEV_H_

#ifdef EV_H
#include EV_H
#else
#include "ev.h"
#endif

/* 0: relev.h is compiled out. For programs that contain the library's sources;
 * the installed library has it. Manual: ev_config(7). */
#ifndef EV_RELEV_ENABLE
#ifdef EV_STANDALONE
#define EV_RELEV_ENABLE 0
#else
#define EV_RELEV_ENABLE EV_FEATURE_API
#endif
#endif
#if EV_RELEV_ENABLE && !EV_MULTIPLICITY
#error "relev.h needs EV_MULTIPLICITY"
#endif

/* The version of relev that this header belongs to: 0xMMmmpp. */
#define RELEV_VERSION 0x000100

#if EV_RELEV_ENABLE
#include <stddef.h>

/* Names that are extern "C" are not mangled, hence no -Wnoexcept-type. */
#ifdef __cplusplus
#ifdef __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnoexcept-type"
#endif
extern "C" {
#endif

/* What relev_features returns. */
enum {
    RELEV_FEATURE_ERRORS = 0x01,    /* relev_set_error_cb */
    RELEV_FEATURE_DUMP = 0x02,      /* ev_walk, relev_dump */
    RELEV_FEATURE_METRICS = 0x04,   /* relev_metrics_enable */
    RELEV_FEATURE_PROGRESS = 0x08,  /* relev_set_slow_cb, relev_progress_read */
    RELEV_FEATURE_POST = 0x10,      /* relev_post */
    RELEV_FEATURE_CHILDREN = 0x20,  /* ev_child in every loop, RELEV_NOREAP */
    RELEV_FEATURE_EXCLUSIVE = 0x40, /* RELEV_EXCLUSIVE, with epoll */
    RELEV_FEATURE_VIRTUAL = 0x80,   /* relev_loop_new_virtual */
    RELEV_FEATURE_DEBUG = 0x100,    /* it is the debug library */
    RELEV_FEATURE_SENDERS = 0x200   /* relev_signal_info */
};

/* In the events of ev_io_set: of several processes that wait for the same file,
 * one wakes up, not all; if all watchers of the descriptor in this loop ask for
 * it. With epoll since Linux 4.5; otherwise nothing changes. A macro, because
 * C++20 does not like constants of two enumerations in one mask. Manual:
 * relev_exclusive(3). */
#define RELEV_EXCLUSIVE 0x10000000

/* ERRORS. Manual: relev_error(3). */

/* What is wrong. */
enum {
    RELEV_E_FD_RANGE = 1,     /* a descriptor is negative, or too large */
    RELEV_E_FD_CLOSED = 2,    /* a watched descriptor is closed */
    RELEV_E_FD_REFUSED = 3,   /* the kernel cannot watch it; errnum says why */
    RELEV_E_FD_OWN = 4,       /* the program closed one of the library's own */
    RELEV_E_MASK = 5,         /* an event mask has other bits */
    RELEV_E_SIGNUM = 6,       /* no such signal */
    RELEV_E_SIGNAL_TAKEN = 7, /* no memory for another loop with signals */
    RELEV_E_PID = 8,          /* this loop cannot watch the child; see errnum */
    RELEV_E_TIME = 9,         /* not a number, negative, or in the past */
    RELEV_E_PATH = 10,        /* no path */
    RELEV_E_EMBED = 11,       /* the loop cannot be embedded */
    RELEV_E_REINIT = 12,      /* initialized while active */
    RELEV_E_OTHER_LOOP = 13,  /* stopped in a loop where it is not active */
    RELEV_E_CHANGED = 14,     /* a member was changed while active */
    RELEV_E_PRIORITY = 15,    /* the priority was changed while pending */

    /* Found by the debug library only. Manual: relev-debug(1). */
    RELEV_E_FREED = 32,       /* freed while active or pending */
    RELEV_E_OVERWRITTEN = 33, /* overwritten while active or pending */
    RELEV_E_MOVED = 34,       /* copied elsewhere while active */
    RELEV_E_THREAD = 35,      /* used while another thread runs the loop */
    RELEV_E_DESTROYED = 36,   /* the loop is destroyed */
    RELEV_E_FORKED = 37,      /* run in a child without ev_loop_fork */
    RELEV_E_NESTED = 38,      /* run by one of its own prepares or checks */
    RELEV_E_SLOW = 39,        /* a callback took long */
    RELEV_E_LEAK = 40         /* active when the loop was destroyed */
};

/* One error. It is valid during the callback, and may be copied. */
struct relev_error {
    int code;             /* RELEV_E_ */
    int errnum;           /* the errno behind it, or 0 */
    int type;             /* EV_IO, EV_TIMER, ...; 0: no kind of watcher */
    void* watcher;        /* or null */
    int number;           /* its descriptor, signal or process; -1: none */
    const char* text;     /* a sentence without the above; static, unless the
                           * debug library found the error */
    const void* callback; /* the address of the watcher's callback, or null */
};

typedef void relev_error_cb(struct ev_loop* loop,
                            const struct relev_error* error, void* data);

/* METRICS. Manual: relev_metrics(3). */

/* The index of a kind of watcher in an array. */
enum {
    RELEV_KIND_IO = 0,
    RELEV_KIND_TIMER = 1,
    RELEV_KIND_PERIODIC = 2,
    RELEV_KIND_SIGNAL = 3,
    RELEV_KIND_CHILD = 4,
    RELEV_KIND_STAT = 5,
    RELEV_KIND_IDLE = 6,
    RELEV_KIND_PREPARE = 7,
    RELEV_KIND_CHECK = 8,
    RELEV_KIND_EMBED = 9,
    RELEV_KIND_FORK = 10,
    RELEV_KIND_CLEANUP = 11,
    RELEV_KIND_ASYNC = 12,
    RELEV_KIND_ONCE = 13,  /* ev_once */
    RELEV_KIND_OTHER = 14, /* EV_CUSTOM, or no event */
    RELEV_KINDS = 16       /* the size of an array */
};

/* Bucket i counts times of less than 2 to the power of i microseconds that are
 * in no lower bucket; the last one counts all others. */
enum { RELEV_BUCKETS = 32 };

/* C90 and C++98 have no long long. */
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wlong-long"
#endif
typedef unsigned long long relev_count;
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif

/* Times are in seconds. */
struct relev_metrics {
    relev_count size; /* how many bytes the library knows */
    relev_count iterations;
    relev_count changes; /* of descriptors, given to the backend */
    relev_count expired; /* timers */
    relev_count most;    /* events that were pending at once; level 2 */
    relev_count fds;     /* descriptors with watchers, at the last count */
    relev_count events[RELEV_KINDS];    /* that left the queue */
    relev_count callbacks[RELEV_KINDS]; /* that were called for them */
    relev_count active[RELEV_KINDS];    /* watchers, at the last count */

    ev_tstamp enabled; /* since metrics were enabled or reset */
    ev_tstamp working; /* the sum of iteration_times */
    ev_tstamp late;    /* the sum of lateness */
    ev_tstamp calling; /* the sum of callback_times; level 2 */
    ev_tstamp longest; /* callback; level 2 */
    const void* longest_callback;
    relev_count longest_type; /* its kind, as EV_TIMER */

    relev_count callback_times[RELEV_BUCKETS];  /* level 2 */
    relev_count iteration_times[RELEV_BUCKETS]; /* without the wait */
    relev_count lateness[RELEV_BUCKETS];        /* of timers */
};

/* How many callbacks relev_callbacks_read knows, at most. */
enum { RELEV_CALLBACKS = 64 };

/* What a callback took. Times are in seconds. */
struct relev_callback {
    const void* callback; /* its address; null: all that are not in the table */
    int type;             /* the kind of its watchers, as EV_TIMER */
    relev_count calls;
    ev_tstamp total;
    ev_tstamp longest;
};

/* SLOW CALLBACKS. Manual: relev_progress(3). */

/* A callback that took long. It is valid during the function that receives it,
 * and may be copied. */
struct relev_slow {
    int type;             /* of the watcher, as EV_TIMER; EV_CUSTOM: unknown */
    int number;           /* its descriptor, signal or process before the
                           * callback; -1: none */
    void* watcher;        /* null: it is not active or pending any more, so it
                           * may be freed; or it is of ev_once */
    const void* callback; /* its address, or null */
    ev_tstamp took;       /* seconds */
};

typedef void relev_slow_cb(struct ev_loop* loop, const struct relev_slow* slow,
                           void* data);

enum {
    RELEV_WAITING = 1, /* for events */
    RELEV_CALLING = 2, /* a callback */
    RELEV_BETWEEN = 3  /* between the two */
};

/* What a loop is doing. */
struct relev_progress {
    relev_count iteration; /* as ev_iteration */
    int state;             /* RELEV_WAITING, RELEV_CALLING, RELEV_BETWEEN */
    int type;              /* of the watcher whose callback is called */
    const void* callback;  /* its address, or null */
    ev_tstamp since;       /* by CLOCK_MONOTONIC */
};

/* POST. Manual: relev_post(3). */

/* A task for a loop. The program sets `run`, and has it in a structure of its
 * own. It belongs to the library until `run` is called, or relev_post_close
 * hands it back, or the loop is destroyed. */
struct relev_task {
    struct relev_task* next; /* the library's */
    void (*run)(struct ev_loop* loop, struct relev_task* task);
};

/* CHILDREN. Manual: ev_child(3). */

/* A flag of ev_default_loop, besides those of ev.h: the loop does not watch
 * SIGCHLD, and reaps only the children that have a watcher. All others are left
 * to the waitpid of the program. libev ignores it. */
enum { RELEV_NOREAP = 0x10000000 };

/* VIRTUAL TIME. Manual: relev_virtual(3). */

/* Flags of relev_loop_new_virtual, besides those of ev_loop_new. */
enum {
    RELEV_WAIT_FDS = 0x04000000, /* wait a little before the clock moves */
    RELEV_MANUAL = 0x08000000    /* only relev_virtual_advance moves it */
};

#if EV_PROTOTYPES
/* Sets the function that is called for each error of the program and for each
 * watcher that is refused or stopped with EV_ERROR; the callback of
 * ev_set_syserr_cb then receives failed system calls only. Loop null: for all
 * loops that have none, and for errors that belong to no loop. cb null:
 * none, the default. cb may call all functions of the library except
 * ev_loop_destroy, and must not free the watcher. */
EV_API_DECL void relev_set_error_cb(struct ev_loop* loop, relev_error_cb* cb,
                                    void* data) EV_NOEXCEPT;

/* Writes the error as one line, without a newline, into a buffer of that size,
 * terminated by 0. Returns the length of the whole line. From any thread. */
EV_API_DECL int relev_error_format(const struct relev_error* error,
                                   char* buffer, int size) EV_NOEXCEPT;

/* WALK AND DUMP. Manual: relev_dump(3). */

/* ev.h declares ev_walk, if EV_WALK_ENABLE is 1. */

/* Writes what the loop does now to a descriptor, then a line for each active or
 * pending watcher, the number of references, and what keeps ev_run running.
 * Allocates nothing. In the thread of the loop, also in its signal handlers and
 * in a debugger, at any instruction. Returns the number of watchers, or -1 with
 * errno: of write; EAGAIN if there is no room for a second; EINVAL if this is
 * no loop. */
EV_API_DECL int relev_dump(struct ev_loop* loop, int fd) EV_NOEXCEPT;

/* Flags of relev_dump_file. */
enum {
    RELEV_DUMP_INTERNAL = 1 /* also the watchers of the library itself */
};

/* The same, at the end of a file; path null: in a new one that only the user
 * can read, /tmp/relev-PID-LOOP.dump with the loop's address. For debuggers. */
EV_API_DECL int relev_dump_file(struct ev_loop* loop, const char* path,
                                int flags) EV_NOEXCEPT;

/* The number of references that keep ev_run running. */
EV_API_DECL unsigned int relev_refs(struct ev_loop* loop) EV_NOEXCEPT;

/* METRICS. Manual: relev_metrics(3). */

/* Level 0: off, the default. 1: counters, and times as far as the loop reads
 * its clock anyway. 2: also the duration of each callback, for which the clock
 * is read. Enabling begins from 0, unless metrics are enabled already. Returns
 * 0, or -1 with EINVAL if there is no such level. */
EV_API_DECL int relev_metrics_enable(struct ev_loop* loop,
                                     int level) EV_NOEXCEPT;

/* Sets all that is counted to 0. The level stays. */
EV_API_DECL int relev_metrics_reset(struct ev_loop* loop) EV_NOEXCEPT;

/* Writes `size` bytes of the metrics, sizeof(struct relev_metrics). Returns the
 * level; the metrics of level 0 are 0. From any thread and any signal handler,
 * while the loop exists. */
EV_API_DECL int relev_metrics_read(struct ev_loop* loop,
                                   struct relev_metrics* metrics,
                                   size_t size) EV_NOEXCEPT;

/* Writes what callbacks took at level 2, those with the longest total first:
 * `count` structures at most, of `size` bytes, sizeof(struct relev_callback).
 * Returns how many there are. From any thread and any signal handler, while the
 * loop exists. */
EV_API_DECL int relev_callbacks_read(struct ev_loop* loop,
                                     struct relev_callback* callbacks,
                                     size_t size, int count) EV_NOEXCEPT;

/* Writes `size` bytes of what the loop is doing now, sizeof(struct
 * relev_progress). From any thread, any signal handler and a forked child,
 * while the loop exists. Returns 0, or -1 and writes nothing: with ENODATA
 * unless the loop has metrics of level 2 or a callback of relev_set_slow_cb;
 * with EAGAIN if the loop was too fast. Nobody waits. */
EV_API_DECL int relev_progress_read(struct ev_loop* loop,
                                    struct relev_progress* progress,
                                    size_t size) EV_NOEXCEPT;

/* Sets the function that is called after each callback that took longer than
 * the threshold, in seconds. cb null: none, the default. cb may call all
 * functions of the library except ev_loop_destroy. Returns 0, or -1 with EINVAL
 * if the loop is null. */
EV_API_DECL int relev_set_slow_cb(struct ev_loop* loop, ev_tstamp threshold,
                                  relev_slow_cb* cb, void* data) EV_NOEXCEPT;

/* The index of a kind of watcher, such as EV_TIMER, in an array: RELEV_KIND_.
 * EV_CUSTOM and 0 are RELEV_KIND_OTHER. Returns -1 with EINVAL if there is no
 * such kind. From any thread and any signal handler. */
EV_API_DECL int relev_kind(int type) EV_NOEXCEPT;

/* Writes the metrics as OpenMetrics text into a buffer of that size, terminated
 * by 0. labels: for each sample, such as "loop=\"main\"", or null. Returns the
 * length of the whole text, or -1 with EINVAL if a label is illegal, or called
 * kind, le or callback. From any thread, while the loop exists. */
EV_API_DECL int relev_metrics_text(struct ev_loop* loop, char* buffer, int size,
                                   const char* labels) EV_NOEXCEPT;

/* The same for many loops, each with labels of its own, and without the last
 * line, "# EOF": a part of a text to which the program adds its own metrics, or
 * that line. Labels that are equal are EINVAL as well. */
EV_API_DECL int relev_metrics_part(struct ev_loop* const* loops,
                                   const char* const* labels, int count,
                                   char* buffer, int size) EV_NOEXCEPT;

/* TIMERS, DESCRIPTORS, LOOPS. */

/* Starts a timer that expires when so many seconds have passed from now, not
 * from ev_now: never early, however long this callback has taken already. It
 * then repeats if w->repeat is positive. An active timer is started again, and
 * a pending event of it canceled. Manual: relev_timer_after(3). */
EV_API_DECL void relev_timer_after(struct ev_loop* loop, ev_timer* w,
                                   ev_tstamp seconds) EV_NOEXCEPT;

/* To be called before close(fd): stops the watchers of a descriptor, which do
 * not receive EV_ERROR, cancels their events and the reports of its errors, and
 * takes it out of the kernel's set, also if a dup of it stays open. So its
 * number may be another file's at once. Returns how many watchers there were;
 * -1 with EINVAL if the loop is null. Manual: relev_fd_forget(3). */
EV_API_DECL int relev_fd_forget(struct ev_loop* loop, int fd) EV_NOEXCEPT;

/* Stops all watchers of a loop, active or pending, calls cb for each, unless it
 * is null, and destroys the loop. cb receives the kind, as EV_TIMER; EV_CUSTOM
 * if the program queued the event of a watcher that is not active; 0 for
 * ev_once, and then its argument. It may free the watcher, close its descriptor
 * and stop others, which are not passed then; it must not run or destroy the
 * loop. Watchers of ev_cleanup are called, as by ev_loop_destroy, and not
 * passed. Returns how often cb was called, or would be; -1 with EINVAL if the
 * loop is null. Manual: relev_loop_close(3). */
EV_API_DECL int relev_loop_close(struct ev_loop* loop,
                                 void (*cb)(struct ev_loop* loop, int type,
                                            void* watcher));

/* SIGNALS. Manual: relev_signal_info(3). */

/* Who sent a signal. What is not known is 0. */
struct relev_sender {
    int signum;
    int code;         /* si_code: SI_USER, SI_QUEUE and others */
    int pid;          /* of the process that sent it, or of the child */
    unsigned int uid; /* of that process */
    int value;        /* si_value.sival_int; of SIGCHLD the exit status */
    void* pointer;    /* si_value.sival_ptr */
};

/* Writes who sent the latest signal of the watcher's number that the process
 * received, as many bytes as size says: sizeof(struct relev_sender). Senders
 * are remembered from the first call in the process on. Returns 0, or -1 with
 * ENODATA if no signal came since then, with EINVAL for a null pointer or an
 * illegal number. From any thread, while the loop exists. */
EV_API_DECL int relev_signal_info(struct ev_loop* loop, const ev_signal* w,
                                  struct relev_sender* sender,
                                  size_t size) EV_NOEXCEPT;

/* FOREIGN LOOPS. Manual: relev_foreign(3). */

/* Prepares a wait of another library's loop for this one: does what precedes
 * the wait in ev_run, including the callbacks of ev_prepare. Returns how many
 * seconds the wait may take, at least 0 and at most 60, or the interval of
 * ev_set_timeout_collect_interval if that is longer. Then, or when the
 * descriptor of relev_backend_fd is readable, ev_run(loop, EVRUN_NOWAIT) is to
 * be called. Between the two, watchers must not be started. */
EV_API_DECL ev_tstamp relev_prepare(struct ev_loop* loop);

/* The descriptor that is readable when a watched descriptor is ready, or when a
 * signal or another thread wakes the loop. It may change, and is to be asked
 * for after each relev_prepare. Returns -1 with ENOTSUP if the backend has
 * none: only epoll has; with EINVAL if the loop is null. */
EV_API_DECL int relev_backend_fd(struct ev_loop* loop) EV_NOEXCEPT;

/* VIRTUAL TIME. Manual: relev_virtual(3). */

/* Makes a loop for tests, with a clock of its own: it begins at `start`, stands
 * still while there is something to do, and then moves to the next timer or
 * periodic at once. RELEV_WAIT_FDS: before that, descriptors, signals and other
 * threads have a tenth of a second of real time. RELEV_MANUAL: it does not
 * move, and ev_run returns instead. Null: as ev_loop_new, or EINVAL if start is
 * not within 1e12 seconds of 1970. */
EV_API_DECL struct ev_loop* relev_loop_new_virtual(unsigned int flags,
                                                   ev_tstamp start) EV_NOEXCEPT;

/* Moves the clock of such a loop on, as if so much time had passed: ev_now
 * follows in the next iteration. Calls no callback. Returns 0, or -1 with
 * EINVAL if the loop has the real clock, or the time is negative or too large.
 */
EV_API_DECL int relev_virtual_advance(struct ev_loop* loop,
                                      ev_tstamp by) EV_NOEXCEPT;

/* Sets the wall time of such a loop, as if somebody set the system's clock:
 * timers do not see it, and periodics are rescheduled in the next iteration.
 * Returns 0, or -1 with EINVAL. */
EV_API_DECL int relev_virtual_set_wall(struct ev_loop* loop,
                                       ev_tstamp at) EV_NOEXCEPT;

/* The time by the loop's clock, virtual or real, now: as ev_time, and as
 * CLOCK_MONOTONIC, in seconds. For programs to be tested in virtual time. */
EV_API_DECL ev_tstamp relev_time(struct ev_loop* loop) EV_NOEXCEPT;
EV_API_DECL ev_tstamp relev_monotonic(struct ev_loop* loop) EV_NOEXCEPT;

#if EV_ASYNC_ENABLE
/* POST. Manual: relev_post(3). */

/* Lets the loop run tasks, also those that were posted before. It holds no
 * reference. Returns 0, or -1 with EINVAL if the loop is null. */
EV_API_DECL int relev_post_open(struct ev_loop* loop) EV_NOEXCEPT;

/* Passes a task to a loop, which is woken up and runs it once, in its next
 * iteration. Tasks of one thread run in its order. It is lock-free, allocates
 * nothing, cannot fail, and preserves errno. From any thread and any signal
 * handler, while the loop exists; unless relev_post_open was called, the task
 * waits for that. */
EV_API_DECL void relev_post(struct ev_loop* loop,
                            struct relev_task* task) EV_NOEXCEPT;

/* The same for a function, with memory of the library. From any thread, while
 * the loop exists; the allocator is called in that thread. Returns 0, or -1
 * with ENOMEM, or with EINVAL if loop or f is null. */
EV_API_DECL int relev_call(struct ev_loop* loop,
                           void (*f)(struct ev_loop* loop, void* arg),
                           void* arg) EV_NOEXCEPT;

/* Ends it: calls unrun, unless it is null, for each task that has not run, in
 * the order in which they would have run. Functions of relev_call are only
 * freed. What is posted later waits for the next call of this or of
 * relev_post_open. */
EV_API_DECL void relev_post_close(struct ev_loop* loop,
                                  void (*unrun)(struct relev_task* task));
#endif

/* FUNCTIONS FOR OTHER LANGUAGES: what the macros of ev.h do. Manual:
 * relev_init(3). They access only the watcher, so any thread may call them that
 * may use it. */

/* The size of a watcher of a kind, such as EV_TIMER, in bytes. Returns 0 with
 * EINVAL if there is no such kind. malloc aligns it as needed. */
EV_API_DECL size_t relev_sizeof(int type) EV_NOEXCEPT;

/* ev_TYPE_init: sets what the library uses, and priority 0. The watcher must be
 * neither active nor pending. A path is not copied. */
EV_API_DECL void relev_io_init(ev_io* w,
                               void (*cb)(struct ev_loop*, ev_io*, int), int fd,
                               int events) EV_NOEXCEPT;
EV_API_DECL void relev_timer_init(ev_timer* w,
                                  void (*cb)(struct ev_loop*, ev_timer*, int),
                                  ev_tstamp after,
                                  ev_tstamp repeat) EV_NOEXCEPT;
EV_API_DECL void relev_periodic_init(
    ev_periodic* w, void (*cb)(struct ev_loop*, ev_periodic*, int),
    ev_tstamp offset, ev_tstamp interval,
    ev_tstamp (*reschedule_cb)(ev_periodic* w, ev_tstamp now)
        EV_NOEXCEPT) EV_NOEXCEPT;
EV_API_DECL void relev_signal_init(ev_signal* w,
                                   void (*cb)(struct ev_loop*, ev_signal*, int),
                                   int signum) EV_NOEXCEPT;
EV_API_DECL void relev_child_init(ev_child* w,
                                  void (*cb)(struct ev_loop*, ev_child*, int),
                                  int pid, int trace) EV_NOEXCEPT;
#if EV_STAT_ENABLE
EV_API_DECL void relev_stat_init(ev_stat* w,
                                 void (*cb)(struct ev_loop*, ev_stat*, int),
                                 const char* path,
                                 ev_tstamp interval) EV_NOEXCEPT;
#endif
EV_API_DECL void relev_idle_init(ev_idle* w,
                                 void (*cb)(struct ev_loop*, ev_idle*,
                                            int)) EV_NOEXCEPT;
EV_API_DECL void relev_prepare_init(ev_prepare* w,
                                    void (*cb)(struct ev_loop*, ev_prepare*,
                                               int)) EV_NOEXCEPT;
EV_API_DECL void relev_check_init(ev_check* w,
                                  void (*cb)(struct ev_loop*, ev_check*,
                                             int)) EV_NOEXCEPT;
#if EV_EMBED_ENABLE
EV_API_DECL void relev_embed_init(ev_embed* w,
                                  void (*cb)(struct ev_loop*, ev_embed*, int),
                                  struct ev_loop* other) EV_NOEXCEPT;
#endif
EV_API_DECL void relev_fork_init(ev_fork* w,
                                 void (*cb)(struct ev_loop*, ev_fork*,
                                            int)) EV_NOEXCEPT;
EV_API_DECL void relev_cleanup_init(ev_cleanup* w,
                                    void (*cb)(struct ev_loop*, ev_cleanup*,
                                               int)) EV_NOEXCEPT;
#if EV_ASYNC_ENABLE
EV_API_DECL void relev_async_init(ev_async* w,
                                  void (*cb)(struct ev_loop*, ev_async*,
                                             int)) EV_NOEXCEPT;
#endif

/* ev_is_active and ev_is_pending, but 1 or 0; ev_priority and ev_set_priority,
 * ev_set_cb, and the member data: of a watcher of any kind. A priority is set
 * while it is neither active nor pending. */
EV_API_DECL int relev_is_active(const void* w) EV_NOEXCEPT;
EV_API_DECL int relev_is_pending(const void* w) EV_NOEXCEPT;
EV_API_DECL int relev_priority(const void* w) EV_NOEXCEPT;
EV_API_DECL void relev_set_priority(void* w, int priority) EV_NOEXCEPT;
EV_API_DECL void relev_set_cb(void* w,
                              void (*cb)(struct ev_loop* loop, ev_watcher* w,
                                         int revents)) EV_NOEXCEPT;
EV_API_DECL void* relev_data(const void* w) EV_NOEXCEPT;
EV_API_DECL void relev_set_data(void* w, void* data) EV_NOEXCEPT;

/* The version of the library in use, as RELEV_VERSION. From any thread. */
EV_API_DECL unsigned int relev_version(void) EV_NOEXCEPT;

/* What the library in use can do on this kernel: RELEV_FEATURE_ bits. From any
 * thread. A program that also runs on libev looks the name up by dlsym. */
EV_API_DECL unsigned int relev_features(void) EV_NOEXCEPT;
#endif

#ifdef __cplusplus
}
#ifdef __clang__
#pragma GCC diagnostic pop
#endif
#endif
#endif

#endif
