/* finds: ev_timer 0x.* \(callback on_time in slow\): the callback took [0-9]*
 * ms: on_time in slow; started by ev_timer_start at main.* */
/* options: slow=0.03 */
#include "../common.h"

void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    nothing(loop, w, revents);
    usleep(50000);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer timer;

    ev_timer_init(&timer, on_time, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    return 0;
}
