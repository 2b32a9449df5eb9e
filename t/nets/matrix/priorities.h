/* Part of smoke.c: events of a higher priority are delivered first. */

static int order[2], calls;

CALLBACK(timer, on_order)
{
    (void)revents;
    if (calls < 2) order[calls] = ev_priority(w);
    ++calls;
}

static void priorities_check(void)
{
    ev_timer low, high;

    calls = 0;
    ev_timer_init(&low, on_order, 1., 0.);
    ev_timer_init(&high, on_order, 1., 0.);
    ev_set_priority(&low, EV_MINPRI);
    ev_set_priority(&high, EV_MAXPRI);
    ev_feed_event(LOOP_ & high, EV_TIMER);
    ev_feed_event(LOOP_ & low, EV_TIMER);
    ev_invoke_pending(LOOP);
    require(calls == 2, "two fed events");
    require(order[0] == EV_MAXPRI && order[1] == EV_MINPRI, "priorities");
}
