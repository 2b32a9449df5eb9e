/* finds: ev_timer 0x.* \(callback on_time in pending\): freed or overwritten
 * while an event was pending; started by ev_timer_start at main.*; during the
 * callback on_time in pending */
/* crashes */
#include "../common.h"

static ev_timer* timers[2];

/* Both timers have expired: the second event is pending. */
void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)revents;
    free(timers[w == timers[0]]);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;

    for (int i = 0; i < 2; ++i) {
        timers[i] = malloc(sizeof **timers);
        ev_timer_init(timers[i], on_time, 0., 0.);
        ev_timer_start(loop, timers[i]);
    }
    ev_run(loop, 0);
    return 0;
}
