/* When a raised signal is served: never lost, and in its turn. */

#include "signal_help.h"

#include <unistd.h>

static void raise_there(struct ev_loop* loop) EV_NOEXCEPT
{
    ev_set_loop_release_cb(loop, NULL, NULL);
    raise(SIGUSR1);
}

static void raise_in_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    raise(SIGUSR1);
}

static void raise_in_prepare(struct ev_loop* loop, ev_prepare* w, int revents)
{
    (void)revents;
    ev_prepare_stop(loop, w);
    raise(SIGUSR1);
}

static void outside(unsigned flags)
{
    struct ev_loop* loop = loop_new(flags);
    ev_prepare prepare;
    ev_signal a;

    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    raise(SIGUSR1);
    unsigned before = ev_iteration(loop);
    assert_true(run_once(loop));
    assert_calls("a");
    assert_int_equal(ev_iteration(loop), before + 1);

    ev_prepare_init(&prepare, raise_in_prepare);
    ev_prepare_start(loop, &prepare);
    assert_true(run_once(loop));
    assert_calls("a");
    assert_int_equal(ev_iteration(loop), before + 2);
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_raised_outside_the_poll_is_served_at_once(void** state)
{
    /* R2.49: a signal raised outside the poll is not lost, the next iteration
     * does not block and calls the watcher in that same iteration. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) outside(signal_flags[i]);
}

static void around(unsigned flags)
{
    struct ev_loop* loop = loop_new(flags);
    ev_timer timer;
    ev_signal a;

    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    ev_set_loop_release_cb(loop, raise_there, NULL);
    assert_true(run_once(loop));
    assert_calls("a");

    ev_set_loop_release_cb(loop, NULL, raise_there);
    ev_run(loop, EVRUN_NOWAIT);
    if (!*calls) assert_true(run_once(loop));
    assert_calls("a");

    ev_timer_init(&timer, raise_in_timer, 0., 0.);
    ev_timer_start(loop, &timer);
    while (ev_is_active(&timer)) ev_run(loop, EVRUN_NOWAIT);
    assert_true(run_once(loop));
    assert_calls("a");
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("");
    ev_signal_stop(loop, &a);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_raised_around_the_poll_is_not_lost(void** state)
{
    /* R2.49: raised just before the poll, just after it, or by a callback: the
     * signal is served once, and the loop does not block before. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) around(signal_flags[i]);
}

static void references(unsigned flags)
{
    struct ev_loop* loop = loop_new(flags);
    ev_signal a, b;

    signals_reset();
    signal_begin(loop, &a, "a", SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR1);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
    raise(SIGUSR1);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
    ev_signal_stop(loop, &a);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    ev_signal_stop(loop, &b);
    assert_int_equal(ev_run(loop, 0), 0);
    ev_loop_destroy(loop);
    signals_reset();
}

static void test_signal_stopped_leaves_no_reference(void** state)
{
    /* R2.49: internal wake-up watchers hold no reference: after the last
     * signal stop ev_run returns at once. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) references(signal_flags[i]);
}

static void stop_other(struct ev_loop* loop, ev_signal* w, int revents)
{
    signal_note(loop, w, revents);
    ev_signal_stop(loop, w + 1);
}

static void test_signal_stopped_while_pending_is_not_called(void** state)
{
    /* R2.49: a stopped watcher is not called, be it stopped before the loop
     * looks or by the callback before its own. */
    struct ev_loop* loop = loop_new(0);
    ev_signal w[2], keep;

    (void)state;
    signals_reset();
    signal_begin(loop, &keep, "k", SIGUSR2);
    signal_begin(loop, &w[0], "a", SIGUSR1);
    signal_begin(loop, &w[1], "b", SIGUSR1);
    ev_set_cb(&w[0], stop_other);
    raise(SIGUSR1);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("a");

    raise(SIGUSR1);
    raise(SIGUSR2);
    ev_signal_stop(loop, &w[0]);
    ev_run(loop, EVRUN_NOWAIT);
    assert_calls("k");
    ev_signal_stop(loop, &keep);
    ev_loop_destroy(loop);
    signals_reset();
}

static void io_note(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)revents;
    calls_add(w->data);
}

/* A signal watcher and a readable fd in one poll, with these priorities. */
static void ordered(unsigned flags, int signal_priority, int io_priority,
                    const char* expected)
{
    struct ev_loop* loop = loop_new(flags);
    ev_signal s;
    ev_io io;
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    for (int raised_early = 0; raised_early < 2; ++raised_early) {
        signals_reset();
        ev_signal_init(&s, signal_note, SIGUSR1);
        s.data = "s";
        ev_set_priority(&s, signal_priority);
        ev_signal_start(loop, &s);
        ev_io_init(&io, io_note, fds[0], EV_READ);
        io.data = "i";
        ev_set_priority(&io, io_priority);
        ev_io_start(loop, &io);
        if (raised_early) raise(SIGUSR1);
        else ev_set_loop_release_cb(loop, raise_there, NULL);
        ev_run(loop, EVRUN_NOWAIT);
        assert_calls(expected);
        ev_signal_stop(loop, &s);
        ev_io_stop(loop, &io);
    }
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
    signals_reset();
}

static void test_signal_takes_its_turn_among_io(void** state)
{
    /* R2.50: at equal priority a signal watcher comes before io of the same
     * poll, but after io of a higher priority; above the io's it is first. */
    (void)state;
    for (int i = 0; i < signal_modes; ++i) {
        unsigned flags = signal_flags[i];
        ordered(flags, 0, 0, "si");
        ordered(flags, 1, 1, "si");
        ordered(flags, EV_MINPRI, EV_MINPRI, "si");
        ordered(flags, 0, 1, "is");
        ordered(flags, 0, EV_MAXPRI, "is");
        ordered(flags, EV_MINPRI, 0, "is");
        ordered(flags, 1, 0, "si");
        ordered(flags, EV_MAXPRI, 1, "si");
    }
}

static const Test tests[] = {
    EACH(test_signal_raised_outside_the_poll_is_served_at_once),
    EACH(test_signal_raised_around_the_poll_is_not_lost),
    EACH(test_signal_stopped_leaves_no_reference),
    EACH(test_signal_stopped_while_pending_is_not_called),
    EACH(test_signal_takes_its_turn_among_io),
};

HARNESS_MAIN("signal_order", tests)
