/* A scene is a small program with watchers of one kind, that knows what has to
 * come and waits for it, whatever fails. It runs in a process of its own.
 */
#ifndef SCENE_H_
#define SCENE_H_

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ev.h"

/* What the process that runs a scene leaves to the one that judges it. */
typedef struct Result {
    int ended;    /* the scene was played to its end */
    int errors;   /* calls with EV_ERROR */
    int syserrs;  /* calls of the syserr callback */
    int refused;  /* loops that could not be made */
    int gave_up;  /* it went on failing, and the scene left */
    int fds_lost; /* not closed by ev_loop_destroy */
    int blocks_lost;
    unsigned iterations;
    char missed[64]; /* what did not come */
    int calls[64];   /* by number of the call */
    int allocations;
    int in_child; /* the one that failed was a child's of the scene */
    int hits;
} Result;

extern Result* result;            /* shared with the judge */
extern unsigned scene_backend;    /* the backend to use */
extern double scene_patience;     /* seconds to wait for something */
extern unsigned scene_iterations; /* within that time, at most */

typedef struct Scene {
    const char* name;
    void (*play)(void);
} Scene;

extern const Scene scenes[];
extern const int scenes_count;

/* The loop of the scene; if it is refused once, another attempt is made. */
struct ev_loop* scene_loop(unsigned flags);
struct ev_loop* scene_default_loop(unsigned flags);
void scene_end(struct ev_loop* loop);

/* Runs the loop until *count has reached goal; true: it has. Otherwise notes
 * that `what` was missed. */
int scene_wait(struct ev_loop* loop, const char* what,
               const volatile int* count, int goal);

void scene_turns(struct ev_loop* loop, int n);

/* A directory in $TMPDIR for what scenes write; they run in it, and may die and
 * leave something there. Gone when this process ends, also by SIGTERM. */
int scene_home_make(void); /* false: it could not be made */
void scene_home_empty(void);

/* An io watcher that counts its calls, reads all there is, and starts itself
 * again when it receives EV_ERROR. */
typedef struct Io {
    ev_io w;
    int calls;
    int errors;
} Io;

void io_on(struct ev_loop* loop, Io* io, int fd, int events);
void io_again(struct ev_loop* loop, Io* io);

void scene_raise(int number); /* unless something was missed before */
void put(int fd);             /* writes a byte */
void pair(int ends[2]);       /* connected sockets that do not block */
void shut(int ends[2]);

/* Calls of the other kinds. */
typedef struct Counts {
    int signals, asyncs, children, hooks;
    int stats; /* the latest call saw the path as it is now */
} Counts;

extern Counts counts;

void signal_called(struct ev_loop* loop, ev_signal* w, int revents);
void async_called(struct ev_loop* loop, ev_async* w, int revents);

void path_on(struct ev_loop* loop, ev_stat* w, const char* path);
void path_append(const char* path, const char* text);

void play_signal(void);
void play_signalfd(void);
void play_child(void);
void play_child_elsewhere(void);
void play_async(void);
void play_stat(void);
void play_embed(void);
void play_fork(void);
void play_fork_signalfd(void);
void play_process(void);

#endif
