/* A loop is made in one thread, run in another, and destroyed in the first. A
 * callback waits for a third thread, which uses the loop meanwhile. */
#include "../common.h"

static struct ev_loop* loop;
static ev_timer later, first;

static void* third(void* arg)
{
    ev_timer_init(&later, end, 0., 0.);
    ev_timer_start(loop, &later);
    return arg;
}

static void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    pthread_t thread;
    (void)loop, (void)w, (void)revents;
    pthread_create(&thread, NULL, third, NULL);
    pthread_join(thread, NULL);
}

static void* second(void* arg)
{
    ev_run(loop, 0);
    return arg;
}

int main(void)
{
    pthread_t thread;

    loop = ev_loop_new(0);
    ev_timer_init(&first, on_time, 0., 0.);
    ev_timer_start(loop, &first);
    pthread_create(&thread, NULL, second, NULL);
    pthread_join(thread, NULL);
    ev_timer_stop(loop, &later);
    ev_loop_destroy(loop);
    return 0;
}
