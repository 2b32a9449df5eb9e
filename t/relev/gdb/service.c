/* A service under load, for t/relev/gdb.sh: a loop in the main thread, and one
 * in another thread. It ends, with status 0, when SIGTERM comes. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "relev.h"

enum { ios = 40, timers = 40 };
static ev_io io[ios];
static ev_timer timer[timers];
static int ends[2];
volatile unsigned long beats, other_beats;

void on_ready(struct ev_loop* loop, ev_io* w, int revents)
{
    ev_timer* t = &timer[beats % timers];
    (void)revents;
    ++beats;
    ev_io_stop(loop, w);
    ev_io_start(loop, w);
    ev_timer_stop(loop, t);
    ev_timer_set(t, (double)(beats % 7), .5);
    ev_timer_start(loop, t);
}

static void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++beats;
}

static void on_beat(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++other_beats;
}

static void on_term(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)w, (void)revents;
    ev_verify(loop);
    _exit(0);
}

static void* run_other(void* loop)
{
    ev_run(loop, 0);
    return NULL;
}

int main(void)
{
    struct ev_loop *loop = EV_DEFAULT, *other = ev_loop_new(0);
    pthread_t thread;
    ev_timer beat;
    ev_signal term;

    if (!loop || !other || pipe(ends)) return 2;
    for (int i = 0; i < ios; ++i) {
        ev_io_init(&io[i], on_ready, ends[1], EV_WRITE);
        ev_io_start(loop, &io[i]);
    }
    for (int i = 0; i < timers; ++i) {
        ev_timer_init(&timer[i], on_time, 1., .5);
        ev_timer_start(loop, &timer[i]);
    }
    ev_signal_init(&term, on_term, SIGTERM);
    ev_signal_start(loop, &term);
    ev_timer_init(&beat, on_beat, .001, .001);
    ev_timer_start(other, &beat);
    if (pthread_create(&thread, NULL, run_other, other)) return 2;
    printf("%p %p %p\n", (void*)loop, (void*)other, (void*)on_ready);
    fflush(stdout);
    ev_run(loop, 0);
    return 1;
}
