/* Exits: the points where control can leave the library, and come back some
 * other way, by another thread or in another process.
 *
 * An exit is a callback of the program (watcher, invoke-pending, release,
 * acquire, syserr, error, reschedule, allocator) or a call of libc that the
 * library makes, pthread_testcancel included. A program, made from a seed, is
 * played once to count its exits, and then once more for the k-th exit and each
 * way to leave there:
 *
 *   longjmp    out of a callback
 *   cancel     the thread is canceled; another one goes on
 *   nothing, continue, renew, iterate, renewed, send, destroy
 *              the process is forked there. The child ends at once; goes on
 *              without or with ev_loop_fork; gives up the iteration, and runs
 *              another one without or with ev_loop_fork; sends an async and
 *              feeds a signal; destroys the loop
 *   break      a signal handler calls ev_break there
 *   ERRNO, ERRNO+  the call fails, once or from then on (../faults/plan.c)
 *   memory     the allocator returns null, where no memory is needed
 *
 * Afterwards all that is owed must come within three iterations, once; no
 * virtual time may pass in a wait before that; nothing may spin; ev_verify must
 * be content; no descriptor may be left; when nothing happens, the loop must
 * make no more calls than before, and allocate nothing. A child must not change
 * what /proc/self/fdinfo says of its parent, and the parent's record (what
 * came, in order, and fdinfo after each iteration) must equal that of a run
 * without the fork. If its loop was renewed, or checks for forks, all that is
 * ready must come in the child, too.
 *
 * Time is virtual, so every run of a program meets the same exits.
 */
#ifndef LEAVE_H_
#define LEAVE_H_

#include <ev.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../faults/inject.h"

enum {
    exit_testcancel = call_count, /* the first that is in no plan */
    exit_watcher,                 /* the first that is a callback */
    exit_invoke,
    exit_release,
    exit_acquire,
    exit_syserr,
    exit_error,
    exit_reschedule,
    exit_allocator,
    exit_kinds,

    exits_most = 4000,
    record_most = 1 << 18,
    settled = 3, /* iterations within which all is to come */
};

/* What the program is doing when it meets an exit. */
typedef enum Window {
    window_none,  /* it is not an exit */
    window_start, /* starts, sends, signals: not in ev_run */
    window_run,
    window_quiet, /* in ev_run, with nothing to do */
    window_stop,  /* stops everything */
    window_destroy
} Window;

typedef enum Way {
    way_none,
    way_longjmp,
    way_cancel,
    way_nothing, /* the first that forks */
    way_continue,
    way_renew,
    way_iterate,
    way_renewed,
    way_send,
    way_destroy, /* the last that forks */
    way_break,
    way_fail,
    way_memory,
    ways
} Way;

extern const char* const way_names[ways];

static inline int way_forks(Way way)
{
    return way >= way_nothing && way <= way_destroy;
}

/* One exit as the first run met it. */
typedef struct Exit {
    unsigned char kind, window;
    unsigned char cancels; /* the thread can be canceled here */
    unsigned char shrinks; /* allocator: the block becomes smaller */
    char item[16];         /* whose callback it is */
} Exit;

typedef struct Case {
    unsigned seed, backend;
    int k;
    Way way;
    int error, lasting; /* of way_fail */
    int may;            /* may_error ... of plan.h */
    int alone;          /* the record is printed */
} Case;

/* Shared between the process that plays and the one that judges. */
typedef struct Result {
    int ended, left; /* the program ended; the k-th exit was met */
    int child_ended;
    char wrong[400];
    Exit exits[exits_most]; /* of the first run */
    int quiet;              /* calls of it at last, when nothing happens */
    int exits_count;
    size_t recorded;
    char record[record_most];
} Result;

/* What the seed makes of a program. */
enum {
    has_io = 1,
    has_writers = 2,
    has_parked = 4,
    has_timers = 8,
    has_periodics = 0x10,
    has_signals = 0x20,
    has_children = 0x40,
    has_paths = 0x80,
    has_asyncs = 0x100,
    has_embed = 0x200,
    has_hooks = 0x400,
    has_idles = 0x800,
    has_invoke = 0x1000,    /* ev_set_invoke_pending_cb */
    has_release = 0x2000,   /* ev_set_loop_release_cb */
    has_collect = 0x4000,   /* ev_set_io_collect_interval */
    has_mistakes = 0x8000,  /* a dead fd, a time in the past */
    has_errors = 0x10000,   /* relev_set_error_cb */
    has_burst = 0x20000,    /* many timers at once: memory is trimmed */
    has_limits = 0x40000,   /* priorities of all sorts */
    has_default = 0x80000,  /* the default loop */
    has_renewal = 0x100000, /* ev_loop_fork without a fork */
    has_old_kernel =
        0x200000,         /* no MADV_WIPEONFORK: forks are seen by getpid */
    has_tasks = 0x400000, /* relev_post */
    has_all = 0x7fffff,
    has_virtual = 0x800000, /* relev_loop_new_virtual, and a nested run */
    has_shared = 0x1000000, /* a signal in a second loop, too */
};

/* The rounds. In the first all happens before the iteration, in the second
 * while the loop waits. In those after it only one fd is started. */
enum { round_of_wait = 1, round_of_file, round_of_writer, rounds = 5 };

typedef struct Program {
    unsigned has;
    unsigned flags; /* EVFLAG_ */
} Program;

typedef struct Item {
    union ev_any_watcher u;
    const char* name;
    int kind; /* EV_IO ... */
    int fd, peer;
    int is_free; /* it may be called at any time */
    int stops;   /* itself when it is called */
    int nests;   /* its callback runs the loop */
    int owed, calls;
} Item;

enum { items_most = 40 };

typedef struct World {
    Program program;
    struct ev_loop *loop, *inner, *second;
    Item items[items_most];
    int items_count;
    int round, step, since; /* since the round began or the loop was left */
    Window window;
    double elapsed;    /* in the wait that begins */
    int outside_waits; /* what happens outside happens in the next wait */
    int in_child;      /* of a fork at an exit */
    int continues;     /* it plays on to the end of the step */
    int busy;          /* acting at an exit: no other is met */
    int broken;        /* ev_break was called by a handler */
    int all_calls;
    int waits, calls; /* while no time passes, and nothing is called */
    int events;       /* while no time passes */
    int allocations;  /* but for those that make a block smaller */
    int errors;       /* callbacks with EV_ERROR */
    int failing;      /* the call that fails from now on, or -1 */
    int handed_to;    /* the number in another process of a file closed here */
    int fds;
    jmp_buf jump;
    sigset_t mask;    /* of the thread that was canceled */
    int is_reference; /* the library is libev 4.33 */
} World;

/* Of relev.h; libev has no such functions. */
extern void relev_timer_after(struct ev_loop*, ev_timer*, ev_tstamp)
    __attribute__((weak));

extern int relev_loop_close(struct ev_loop*,
                            void (*)(struct ev_loop*, int, void*))
    __attribute__((weak));
extern int relev_fd_forget(struct ev_loop*, int fd) __attribute__((weak));
extern ev_tstamp relev_prepare(struct ev_loop*) __attribute__((weak));

extern World world;
extern Case now;
extern Result* result;

static const double outside_takes = .625; /* seconds */

/* exits.c */
int exit_reached(int kind, int shrinks, const Item* item);
void exits_begin(void);

/* forked.c */
int child_acts(void); /* it returns if the child goes on */
__attribute__((noreturn)) void child_end(void);
int exit_is_of_wait(int call);

/* watchers.c */
Item* item_find(const char* name);
void item_owe(const char* name);
void item_start(Item* item);
void item_stop(Item* item);
void items_make(void);

Item* item_make(const char* name, int kind);

/* tasks.c */
void tasks_make(void);
void tasks_open(void);
void tasks_post(void);
void tasks_close(void);

/* shared.c */
void shared_make(void);
void shared_start(void);
void shared_owe(void);
void shared_run(void);
void shared_fork(void);
void shared_end(void);

/* callbacks.c */
void on_event(struct ev_loop*, ev_watcher*, int revents);
void on_once(int revents, void* item);
ev_tstamp on_reschedule(ev_periodic*, ev_tstamp at);
ev_tstamp on_reschedule_into_past(ev_periodic*, ev_tstamp at);
void hooks_set(void);
int loops_are_closed(void); /* by relev_loop_close, without a stop before */
void loop_end(struct ev_loop*);

/* events.c */
Window window(Window armed); /* in this round */
int round_is_small(void);
void starts(void);
void outside(void);
void outside_or_later(void);
void blocked_read(void); /* the number of a writer becomes another file's */

/* rounds.c */
void play(void);

/* driver.c, cases.c */
void case_run(void);
void cases_each(void);

/* watched.c: what is watched, and checked */
__attribute__((noreturn, format(printf, 1, 2))) void wrong(const char*, ...);
__attribute__((noreturn)) void spins(const char* what);
__attribute__((format(printf, 1, 2))) void record(const char*, ...);
size_t state_read(char* text, size_t room); /* of the library's own fds */
void state_record(void);
void states_compare(const char* before, const char* after);
int fds_count(void);
void time_blocks(void);

/* virtual.c */
void virtual_begin(void);
struct ev_loop* virtual_loop(unsigned flags); /* with a clock of its own */
void virtual_advance(double seconds);
void virtual_jump(double seconds);

/* seeds.c */
Program program_of(unsigned seed);
const char* program_name(unsigned seed);
unsigned chance(void); /* a number by the seed */
extern const unsigned programs_named;

#endif
