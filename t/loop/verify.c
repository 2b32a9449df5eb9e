/* ev_verify: silent whatever is done legally, loud after damage. */

#include <unistd.h>

#include "calls.h"
#include "clock.h"
#include "forked.h"

enum { many = 12, few = 3 };

static struct ev_loop* loop;
static ev_timer timers[many];
static ev_periodic periodics[many];
static ev_io ios[many];
static ev_idle idles[few];
static ev_prepare prepares[few];
static ev_check checks[few];
static ev_fork forks[few];
static ev_cleanup cleanups[few];
static ev_async asyncs[few];
static int fds[2];
static unsigned seed = 1;
static int called;

static int random_below(int n)
{
    seed = seed * 1103515245u + 12345u;
    return (int)((seed >> 8) % (unsigned)n);
}

/* Each of these does one legal thing to one watcher of a kind. */

static void timer_operate(int op, ev_timer* w)
{
    if (op == 0) ev_timer_start(loop, w);
    if (op == 1) ev_timer_stop(loop, w);
    if (op == 2) ev_timer_again(loop, w);
    if (op == 3) w->repeat = random_below(3) / 4.;
    if (op == 4 && !ev_is_active(w) && !ev_is_pending(w)) {
        ev_set_priority(w, random_below(5) - 2);
        ev_timer_set(w, random_below(9) / 8. - 0.25, random_below(3) / 4.);
    }
}

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    return now + random_below(4) / 4.;
}

static void periodic_operate(int op, ev_periodic* w)
{
    if (op == 0) ev_periodic_start(loop, w);
    if (op == 1) ev_periodic_stop(loop, w);
    if (op == 2) ev_periodic_again(loop, w);
    if (op == 3) w->interval = random_below(3) / 4.;
    if (op == 4)
        ev_periodic_set(w, ev_now(loop) + random_below(9) / 8. - 0.25,
                        random_below(3) / 4.,
                        random_below(3) ? NULL : reschedule);
}

static void io_operate(int op, ev_io* w)
{
    if (op == 0) ev_io_start(loop, w);
    if (op == 1) ev_io_stop(loop, w);
    if (op == 2) ev_feed_fd_event(loop, w->fd, EV_READ | EV_WRITE);
    if (op >= 3 && !ev_is_active(w))
        ev_io_set(w, fds[random_below(2)], random_below(4));
}

static void other_operate(int op, int kind, int i)
{
    int start = op & 1;
    if (kind == 0) {
        if (start) ev_idle_start(loop, &idles[i]);
        else ev_idle_stop(loop, &idles[i]);
    } else if (kind == 1) {
        if (start) ev_prepare_start(loop, &prepares[i]);
        else ev_prepare_stop(loop, &prepares[i]);
    } else if (kind == 2) {
        if (start) ev_check_start(loop, &checks[i]);
        else ev_check_stop(loop, &checks[i]);
    } else if (kind == 3) {
        if (start) ev_fork_start(loop, &forks[i]);
        else ev_fork_stop(loop, &forks[i]);
    } else if (kind == 4) {
        if (start) ev_cleanup_start(loop, &cleanups[i]);
        else ev_cleanup_stop(loop, &cleanups[i]);
    } else {
        if (start) ev_async_start(loop, &asyncs[i]);
        else ev_async_stop(loop, &asyncs[i]);
        if (op == 3) ev_async_send(loop, &asyncs[i]);
    }
}

static void* any_watcher(void)
{
    int i = random_below(few);
    void* any[] = {&timers[i], &periodics[i], &ios[i],   &idles[i],
                   &checks[i], &prepares[i],  &forks[i], &asyncs[i]};
    return any[random_below(8)];
}

static void operate(void)
{
    int op = random_below(5);
    switch (random_below(7)) {
        case 0:
            timer_operate(op, &timers[random_below(many)]);
            break;
        case 1:
            timer_operate(op, &timers[random_below(many)]);
            break;
        case 2:
            periodic_operate(op, &periodics[random_below(many)]);
            break;
        case 3:
            io_operate(op, &ios[random_below(many)]);
            break;
        case 4:
            other_operate(op, random_below(6), random_below(few));
            break;
        case 5:
            ev_feed_event(loop, any_watcher(), EV_CUSTOM);
            break;
        default:
            if (op < 2) ev_clear_pending(loop, any_watcher());
            if (op == 2) ev_loop_fork(loop);
            if (op == 3) clock_advance(random_below(4) / 8.);
            if (op == 4) ev_now_update(loop);
    }
    ev_verify(loop);
}

/* One callback for all kinds: it goes on doing what may be done. */
static void on_any(EV_P_ ev_watcher* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
    ++called;
    operate();
}

#define INIT_ALL(array)                                         \
    for (size_t k = 0; k < sizeof array / sizeof *array; ++k) { \
        ev_init(&array[k], NULL);                               \
        ((ev_watcher*)&array[k])->cb = on_any;                  \
    }

static void init_all(void)
{
    INIT_ALL(timers)
    INIT_ALL(periodics)
    INIT_ALL(ios)
    INIT_ALL(idles)
    INIT_ALL(prepares)
    INIT_ALL(checks)
    INIT_ALL(forks)
    INIT_ALL(cleanups)
    INIT_ALL(asyncs)
    for (int i = 0; i < few; ++i) ev_set_priority(&idles[i], i - 1);
    for (int i = 0; i < many; ++i) {
        ev_timer_set(&timers[i], i / 8., 0);
        ev_periodic_set(&periodics[i], ev_now(loop) + i / 8., 0, NULL);
        ev_io_set(&ios[i], fds[i & 1], EV_READ | EV_WRITE);
    }
}

static void test_verify_finds_nothing_in_legal_use(void** state)
{
    /* R1.89: finds nothing in any sequence of legal calls (start, stop, again,
     * feed, clear, run). */
    (void)state;
    called = 0;
    for (int round = 0; round < 10; ++round) {
        clock_freeze();
        loop = loop_fresh(0);
        assert_int_equal(pipe(fds), 0);
        init_all();
        for (int i = 0; i < 1000; ++i) {
            operate();
            if (random_below(4)) continue;
            clock_advance(random_below(4) / 16.);
            turn(loop);
            ev_verify(loop);
        }
        ev_loop_destroy(loop);
        close(fds[0]), close(fds[1]);
    }
    assert_true(called > 1000);
}

static void test_verify_of_a_fresh_loop(void** state)
{
    /* R1.89: nor before anything was done, with flags of every sort. */
    (void)state;
    static const unsigned flags[] = {0, EVFLAG_FORKCHECK, EVFLAG_NOINOTIFY,
                                     EVFLAG_SIGNALFD};
    for (int i = 0; i < 4; ++i) {
        loop = loop_new(flags[i]);
        ev_verify(loop);
        turn(loop);
        ev_verify(loop);
        ev_loop_destroy(loop);
    }
}

static void verify_quietly(void)
{
    close(2); /* the message is expected */
    ev_verify(loop);
}

static void break_first_timer(void* arg)
{
    (void)arg;
    timers[0].at -= 1000;
    verify_quietly();
}

static void delay_first_timer(void* arg)
{
    (void)arg;
    ev_timer_set(&timers[0], 1e9, 0.);
    verify_quietly();
}

static void break_last_timer(void* arg)
{
    (void)arg;
    timers[many - 1].at -= 1000;
    verify_quietly();
}

static void break_periodic(void* arg)
{
    (void)arg;
    periodics[0].at -= 1000;
    verify_quietly();
}

static void leave_alone(void* arg)
{
    (void)arg;
    verify_quietly();
}

static int ends_by_abort(void (*body)(void*))
{
    int status = child_status(child_fork(body, NULL));
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void test_verify_aborts_when_a_due_time_was_overwritten(void** state)
{
    /* R1.89: aborts when an active timer's due time was overwritten from
     * outside, which would break the order if it counted. */
    (void)state;
    clock_thaw();
    loop = loop_fresh(0);
    for (int i = 0; i < many; ++i) {
        timers[i] = timer_of("t", 10 + i, 0);
        ev_timer_start(loop, &timers[i]);
        periodics[i] = periodic_of("p", ev_now(loop) + 10 + i, 0);
        ev_periodic_start(loop, &periodics[i]);
    }
    assert_false(ends_by_abort(leave_alone));
    assert_true(ends_by_abort(break_first_timer));
    assert_true(ends_by_abort(delay_first_timer));
    assert_true(ends_by_abort(break_last_timer));
    assert_true(ends_by_abort(break_periodic));
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_verify_finds_nothing_in_legal_use),
    EACH(test_verify_of_a_fresh_loop),
    EACH(test_verify_aborts_when_a_due_time_was_overwritten),
};

HARNESS_MAIN("verify", tests)
