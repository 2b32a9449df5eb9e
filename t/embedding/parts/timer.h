/* A program's use of the library: one timer. It is included by programs that
 * get the library in different ways, and is C as well as C++. */

static void timer_fired(EV_P_ ev_timer* w, int revents)
{
    *(int*)w->data += revents == EV_TIMER;
    ev_break(EV_A_ EVBREAK_ALL);
}

/* Whether a timer runs its callback exactly once in a loop of its own. */
static int timer_works(void)
{
    struct ev_loop* loop = ev_loop_new(0);
    ev_timer timer;
    int calls = 0;

    if (!loop) return 0;
    ev_timer_init(&timer, timer_fired, .001, 0.);
    timer.data = &calls;
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    ev_loop_destroy(loop);
    return calls == 1;
}
