/* Watchers that are freed in a cleanup callback, or stopped after the end of
 * the loop without being active, as C++ destructors do it. */
#include "../common.h"

static ev_timer* timer;

static void on_cleanup(struct ev_loop* loop, ev_cleanup* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    free(timer);
}

int main(void)
{
    struct ev_loop* loop = ev_loop_new(0);
    ev_cleanup cleanup;
    ev_timer other;

    timer = malloc(sizeof *timer);
    ev_timer_init(timer, nothing, 60., 0.);
    ev_timer_start(loop, timer);
    ev_cleanup_init(&cleanup, on_cleanup);
    ev_cleanup_start(loop, &cleanup);
    ev_timer_init(&other, nothing, 0., 0.);
    ev_timer_start(loop, &other);
    run(loop);
    ev_loop_destroy(loop);
    ev_timer_stop(loop, &other);
    return 0;
}
