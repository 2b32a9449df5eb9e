/* Legal programs with threads: nothing may be reported of them. */
#include "table.h"

/* B10: a thread that was canceled in ev_run and joined has left the loop,
 * though the kernel may still know it for a moment. */
static void* runs(void* arg)
{
    ev_run(loop, 0);
    return arg;
}

static void canceled_and_joined(void)
{
    ev_timer timer;
    ev_timer_init(&timer, nothing, 60., 0.);
    wait_announce(loop);
    for (int i = 0; i < 4000; ++i) {
        pthread_t thread;
        ev_timer_start(loop, &timer);
        MUST(!pthread_create(&thread, NULL, runs, NULL));
        sem_wait(&about_to_wait);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        ev_timer_stop(loop, &timer);
    }
}

static const struct entry all[] = {
    {"canceled_and_joined", canceled_and_joined, 0, 0},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
