/* A function that is called by another thread while the loop runs, or after
 * the loop is destroyed. */
#ifndef BY_THREAD_H_
#define BY_THREAD_H_

#include "table.h"

static void (*each)(void);
static int ends[2];

static void* misuses(void* arg)
{
    wait_await();
    each();
    MUST(write(ends[1], "", 1) == 1);
    return arg;
}

static void by_thread(void (*f)(void))
{
    pthread_t thread;
    ev_io io;
    each = f;
    MUST(!pipe(ends));
    ev_io_init(&io, on_io_end, ends[0], EV_READ);
    ev_io_start(loop, &io);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, misuses, NULL));
    ev_run(loop, 0);
    pthread_join(thread, NULL);
}

static void after_end(void (*f)(void))
{
    ev_loop_destroy(loop);
    f();
}

#endif
