// A C++ program beside which ev.c was compiled by itself: what a callback
// throws passes through ev_run, and the loop is whole afterwards.

#include "ev.h"
#include "timer.h"

static void timer_throws(struct ev_loop*, ev_timer*, int revents)
{
    throw revents;
}

static int thrown_through(struct ev_loop* loop)
{
    try {
        ev_run(loop, 0);
    } catch (int thrown) {
        return thrown;
    }
    return 0;
}

int main()
{
    static_assert(noexcept(ev_now(nullptr)), "as ev.h says");
    struct ev_loop* loop = ev_default_loop(0);
    ev_timer timer;

    ev_timer_init(&timer, timer_throws, .001, 0.);
    ev_timer_start(loop, &timer);
    return thrown_through(loop) != EV_TIMER || !timer_works();
}
