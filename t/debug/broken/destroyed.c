/* finds: the loop is destroyed; ev_timer_start called at main.* in destroyed by
 * thread [0-9]*; ev_loop_destroy called at finish.* in destroyed */
/* aborts */
#include "../common.h"

__attribute__((noinline)) void finish(struct ev_loop* loop)
{
    ev_loop_destroy(loop);
    if (!loop) abort(); /* no tail call */
}

int main(void)
{
    struct ev_loop* loop = ev_loop_new(0);
    ev_timer timer;

    finish(loop);
    ev_timer_init(&timer, nothing, 0., 0.);
    ev_timer_start(loop, &timer);
    return 0;
}
