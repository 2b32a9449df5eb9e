/* finds: ev_timer 0x.* \(callback on_time in reused\): initialized again while
 * active; started by ev_timer_start at main.* */
#include "../common.h"

void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    nothing(loop, w, revents);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer timer;

    for (int i = 0; i < 2; ++i) {
        ev_timer_init(&timer, on_time, 60., 0.);
        ev_timer_start(loop, &timer);
    }
    return 0;
}
