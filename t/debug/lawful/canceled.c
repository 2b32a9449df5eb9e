/* A thread is canceled in ev_run; then another one runs the loop. */
#include "../common.h"

static struct ev_loop* loop;

static void* first(void* arg)
{
    ev_run(loop, 0);
    return arg;
}

int main(void)
{
    pthread_t thread;
    ev_timer timer;

    loop = ev_loop_new(0);
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
    pthread_create(&thread, NULL, first, NULL);
    usleep(20000);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    ev_timer_stop(loop, &timer);
    run(loop);
    return 0;
}
