/* finds: ev_async 0x.* \(callback on_async in overwritten\): freed or
 * overwritten while active; started by ev_async_start at main.*; during the
 * callback on_time in overwritten */
#include "../common.h"

static struct {
    char text[8];
    ev_async async;
} client;

void on_async(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    memset(&client, 'x', 24);
    ev_break(loop, EVBREAK_ALL);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer timer;

    ev_async_init(&client.async, on_async);
    ev_async_start(loop, &client.async);
    ev_timer_init(&timer, on_time, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    return 0;
}
