/* Reads what was never written, through the library: MemorySanitizer must find
 * it, or its silence over the tests means nothing. */
#include "ev.h"

static void on_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

int main(void)
{
    struct ev_loop* loop = ev_loop_new(EVBACKEND_SELECT);
    ev_timer w;
    ev_init(&w, on_timer); /* and no ev_timer_set */
    ev_timer_start(loop, &w);
    ev_timer_stop(loop, &w);
    ev_loop_destroy(loop);
    return 0;
}
