/* For the programs of t/debug, each of which does one thing wrong, or right. */
#ifndef COMMON_H_
#define COMMON_H_

#include <ev.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void nothing(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static inline void end(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

/* Runs the loop until a timer of its own ends it. */
static inline void run(struct ev_loop* loop)
{
    static ev_timer timer;
    ev_timer_init(&timer, end, .02, 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
}

/* Lets another thread know that the loop is about to wait. */
static sem_t about_to_wait;

static inline void announce(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    sem_post(&about_to_wait);
}

static inline void wait_announce(struct ev_loop* loop)
{
    static ev_prepare prepare;
    sem_init(&about_to_wait, 0, 0);
    ev_prepare_init(&prepare, announce);
    ev_prepare_start(loop, &prepare);
}

static inline void wait_await(void)
{
    sem_wait(&about_to_wait);
    usleep(50000);
}

#endif
