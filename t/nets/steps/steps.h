/* Interleavings, all of them. A thread, the walker, makes one call of the
 * library and is stopped at an instruction of it. Another thread then does one
 * action to its end, the walker goes on to the end of its call, and the other
 * thread judges: no event lost, none invented, no freed memory touched. So for
 * each instruction of each call, and each action.
 *
 * Each stop is an experiment in a process of its own, the stage (stage.c), in
 * which the other thread obeys commands. The driver (driver.c) traces the
 * walker (walker.c) and gives the commands. It is the stage's parent and has
 * the same image, so an address means the same in both.
 */
#ifndef STEPS_H_
#define STEPS_H_

#include <stdint.h>
#include <sys/types.h>

#include "ev.h"

/* What the stage shares with the driver and with its own children. */
typedef struct Shared {
    volatile int waiting; /* the other thread is in ev_run, or just before */
    volatile pid_t walker;
    uintptr_t crashed_at; /* where the walker did, if it did */
    char wrong[160];      /* what was seen first; empty: nothing */
} Shared;

extern Shared* shared;

/* Notes what is wrong, unless something was before. */
void wrong(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* The stage: two loops in different threads' hands, and their watchers. `loop`
 * is null once it was destroyed; `ear` is the loop that is to be woken. */
enum { call_async, call_other, call_signal, call_task, call_kinds };

extern struct ev_loop *loop, *second, *ear;
extern ev_async async, other;
extern ev_signal signal_first, signal_second;
extern volatile int calls[call_kinds];

enum { signum = SIGURG, signum_own = SIGUSR2 }; /* own: the program's handler */

/* Makes events, which are calls of a kind. */
typedef struct Source {
    int kind;
    void (*send)(void);
} Source;

extern const Source by_send, by_feed, by_kill, by_post;

/* The kinds of functions; an action says with which it makes sense. */
enum {
    sends = 1,    /* the walker is a sender, the other thread has the loop */
    signals = 2,  /* likewise, with a signal */
    looks = 4,    /* the walker has the loop */
    stops = 8,    /* the walker stops a signal, or destroys its loop */
    starts = 16,  /* the walker starts a signal in the second loop */
    changes = 32, /* likewise, while the first loop has it */
    posts = 64,   /* likewise a sender, with a task */
    all_senders = sends | signals | posts,
    may_wait = 128 /* of actions: they may wait for the walker to go on */
};

/* What the walker calls. */
typedef struct Function {
    const char* name;
    int what;
    void (*prepare)(void); /* in the walker, before; may be null */
    void (*call)(void);
    const Source* source; /* of its event; null: the action's */
    int before;           /* events made by prepare */
} Function;

/* What the other thread does while the walker is stopped; `after` when the
 * walker is done and the events were counted. Between `least` and `most`
 * events have to be delivered from the beginning of the action on. */
typedef struct Action {
    const char* name;
    int what;
    int least, most;
    void (*act)(void);
    void (*after)(void);  /* may be null */
    const Source* source; /* of its event, if the function has none */
} Action;

extern const Function functions[];
extern const Action actions[];
extern const int functions_count, actions_count;

/* tasks.c: events that are tasks, each of which runs once */
void tasks_close_and_open(void);
void child_posts(void);

/* The experiment: set before the stage is made. */
extern const Function* function;
extern const Action* action;
extern unsigned backend;

const Source* source(void);
int is_task(void);    /* that of a task? */
int heard(void);      /* events of the source */
void look(void);      /* an iteration of each loop, without waiting */
void decoys(void);    /* opens files, which get the numbers that are free */
void check_one(void); /* one more event is heard once */

/* Is the thread blocked in the kernel? For good, if nothing is under way? */
int blocked(pid_t pid, pid_t tid);
int blocked_for_good(pid_t pid, pid_t tid);

/* Where the walker's thread is when its call is done. */
void walk_over(void);

/* Plays the stage; commands come from and answers go to these. */
enum { do_wait = 'w', do_act = 'a', do_judge = 'j', do_end = 'e' };
void stage_play(int commands, int answers) __attribute__((noreturn));

#endif
