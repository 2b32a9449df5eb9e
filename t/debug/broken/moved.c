/* finds: ev_timer 0x.* \(callback on_time in moved\): moved while active, to
 * 0x.*; started by ev_timer_start at main.*; ev_timer_stop called at main.* */
#include "../common.h"

void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    nothing(loop, w, revents);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer timers[2];

    ev_timer_init(&timers[0], on_time, 60., 0.);
    ev_timer_start(loop, &timers[0]);
    timers[1] = timers[0];
    ev_timer_stop(loop, &timers[1]);
    return 0;
}
