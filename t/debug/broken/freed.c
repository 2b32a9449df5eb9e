/* finds: ev_timer 0x.* \(callback on_victim in freed\): freed while active;
 * started by ev_timer_start at main.*; during the callback on_time in freed */
#include "../common.h"

static ev_timer* victim;

void on_victim(struct ev_loop* loop, ev_timer* w, int revents)
{
    nothing(loop, w, revents);
}

void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    free(victim);
    ev_break(loop, EVBREAK_ALL);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer timer;

    victim = malloc(sizeof *victim);
    ev_timer_init(victim, on_victim, 60., 0.);
    ev_timer_start(loop, victim);
    ev_timer_init(&timer, on_time, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    return 0;
}
