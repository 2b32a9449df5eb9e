/* Signal watchers that are initialized again while they are active. */
#include <signal.h>
#include <unistd.h>

#include "forked.h"
#include "mistakes_help.h"

static void signal_init(ev_signal* w, const char* letter, int signum)
{
    ev_signal_init(w, note_signal, signum);
    w->data = (void*)(uintptr_t)letter;
}

static void signal_begin(struct ev_loop* loop, ev_signal* w, const char* letter,
                         int signum)
{
    signal_init(w, letter, signum);
    ev_signal_start(loop, w);
}

static int handled(int signum)
{
    struct sigaction now;
    assert_int_equal(sigaction(signum, NULL, &now), 0);
    return now.sa_handler != SIG_DFL;
}

/* Three of one signal, and one of another. */
static struct ev_loop* loop;
static ev_signal a, b, c, d;

static void begin(void)
{
    alarm(60);
    loop = loop_fresh(0);
    signal_begin(loop, &a, "a", SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR1);
    signal_begin(loop, &c, "c", SIGUSR1);
    signal_begin(loop, &d, "d", SIGUSR2);
}

static void raise_both(const char* expected)
{
    ev_feed_signal(SIGUSR1);
    ev_feed_signal(SIGUSR2);
    turn(loop);
    assert_calls(expected);
}

static void end(void)
{
    ev_signal_stop(loop, &a);
    ev_signal_stop(loop, &b);
    ev_signal_stop(loop, &c);
    ev_signal_stop(loop, &d);
    assert_false(handled(SIGUSR1) || handled(SIGUSR2));
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
    alarm(0);
}

/* Each of the three, so: the first, one between and the last. */
static void started_anew(void)
{
    ev_signal* const all[] = {&a, &b, &c, &d};
    const char* const letters[] = {"a", "b", "c", "d"};
    const char* const order[] = {"bcad", "cabd", "abcd", "abcd"};

    begin();
    for (int i = 0; i < 4; ++i) {
        signal_begin(loop, all[i], letters[i], all[i]->signum);
        assert_true(ev_is_active(all[i]));
        assert_reports(0);
        raise_both(order[i]);
        assert_told(REINIT, EV_SIGNAL, all[i], all[i]->signum);
        turn_leaves(loop, 4);
        raise_both(order[i]);
    }
    end();
}

static void test_signal_anew_started_is_listed_once(void** state)
{
    /* R4.12: started again it is called once; its old entry is dropped when
     * the signal arrives. */
    (void)state;
    made_twice(started_anew);
}

static void moved_anew(void)
{
    begin();
    signal_begin(loop, &b, "b", SIGUSR2);
    raise_both("acdb");
    assert_told(REINIT, EV_SIGNAL, &b, SIGUSR2);
    turn_leaves(loop, 4);
    signal_begin(loop, &d, "d", SIGUSR1);
    raise_both("acdb");
    assert_told(REINIT, EV_SIGNAL, &d, SIGUSR1);
    signal_begin(loop, &b, "b", SIGUSR1);
    raise_both("acdb");
    assert_told(REINIT, EV_SIGNAL, &b, SIGUSR1);
    assert_false(handled(SIGUSR2));
    turn_leaves(loop, 4);
    raise_both("acdb");
    end();
}

static void test_signal_anew_for_another_signal_moves(void** state)
{
    /* R4.12: started for another signal it is called for that alone; the other
     * one is given back if nobody else waits for it. */
    (void)state;
    made_twice(moved_anew);
}

static void refused_anew(void)
{
    begin();
    signal_begin(loop, &b, "b", 1000);
    assert_told(SIGNUM, EV_SIGNAL, &b, 1000);
    assert_false(ev_is_active(&b));
    ev_signal_stop(loop, &b);
    raise_both("abcd");
    signal_begin(loop, &b, "b", SIGUSR1);
    raise_both("acbd");
    assert_told(REINIT, EV_SIGNAL, &b, SIGUSR1);
    end();
}

static void test_signal_anew_with_no_signal_goes_on(void** state)
{
    /* R4.12: one whose signal is none is not started again, so it receives the
     * signal of before. */
    (void)state;
    made_twice(refused_anew);
}

static void stopped_anew(void)
{
    begin();
    signal_init(&b, "b", SIGUSR1);
    signal_init(&d, "d", SIGUSR1);
    ev_signal_stop(loop, &b);
    ev_signal_stop(loop, &d);
    assert_reports(0);
    turn_leaves(loop, 4);
    raise_both("abcd");
    raise_both("abcd");
    ev_loop_destroy(loop);
    signal(SIGUSR1, SIG_DFL), signal(SIGUSR2, SIG_DFL);
    alarm(0);
}

static void test_signal_anew_stopped_goes_on(void** state)
{
    /* R4.12: a stop of it does nothing, as in 4.33. */
    (void)state;
    made_twice(stopped_anew);
}

static void piled_up(void)
{
    begin();
    for (int i = 0; i < 1000; ++i) signal_begin(loop, &b, "b", SIGUSR1);
    assert_in_range(turn(loop), 4, 40);
    raise_both("acbd");
    turn_leaves(loop, 4);
    reports_forget();
    end();
}

static void test_signal_anew_often_does_not_pile_up(void** state)
{
    /* R4.12: when the loop needs room, it drops the old entries. */
    (void)state;
    reports = 0;
    ev_set_syserr_cb(report);
    piled_up();
    ev_set_syserr_cb(NULL);
    reports = -1;
    piled_up();
}

static void left_anew(void)
{
    begin();
    signal_init(&b, "b", SIGUSR1);
    for (int i = 0; i < 3; ++i) {
        ev_feed_signal(SIGUSR1);
        assert_int_equal(turn(loop), 4);
        assert_calls("abc");
    }
    ev_loop_destroy(loop);
    signal(SIGUSR1, SIG_DFL), signal(SIGUSR2, SIG_DFL);
    alarm(0);
}

static void child_sets_prepare_anew(void* unused)
{
    struct ev_loop* l = loop_fresh(0);
    ev_prepare p = prepare_of("p");

    (void)unused;
    ev_prepare_start(l, &p);
    ev_init(&p, note_prepare);
    close(2);
    turn(l);
}

static void test_signal_anew_left_alone_ends(void** state)
{
    /* R3.9: left alone it does nobody harm. A library that verifies itself in
     * each iteration ends the program for such mistakes, as documented. */
    (void)state;
    if (child_status(child_fork(child_sets_prepare_anew, NULL))) skip();
    made_twice(left_anew);
}

static const Test tests[] = {
    OURS(test_signal_anew_started_is_listed_once),
    OURS(test_signal_anew_for_another_signal_moves),
    OURS(test_signal_anew_with_no_signal_goes_on),
    OURS(test_signal_anew_stopped_goes_on),
    OURS(test_signal_anew_often_does_not_pile_up),
    OURS(test_signal_anew_left_alone_ends),
};

HARNESS_MAIN("signal_anew", tests)
