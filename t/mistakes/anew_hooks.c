/* Prepare, check and idle watchers that are initialized again while they are
 * active or pending: what is called. */

#include "mistakes_help.h"

static struct ev_loop* loop;

static void test_anew_hooks_stopped_it_receives_its_events(void** state)
{
    /* R4.12: it is still called, as in 4.33. */
    ev_prepare p = prepare_of("p"), q = prepare_of("q");
    ev_check c = check_of("c");
    ev_idle i = idle_of("i");
    (void)state;

    loop = loop_fresh(0);
    ev_prepare_start(loop, &p), ev_prepare_start(loop, &q);
    ev_check_start(loop, &c), ev_idle_start(loop, &i);
    ev_init(&p, note_prepare);
    ev_init(&c, note_check);
    ev_init(&i, note_idle);
    ev_prepare_stop(loop, &p), ev_check_stop(loop, &c);
    ev_idle_stop(loop, &i);
    for (int k = 0; k < 3; ++k) {
        assert_int_equal(turn(loop), 4);
        assert_calls("qpci");
    }
    ev_prepare_stop(loop, &q);
    assert_int_equal(turn(loop), 3);
    assert_calls("pci");
    ev_loop_destroy(loop);
}

static void idle_of_another_priority(void)
{
    loop = loop_fresh(0);
    ev_idle low = idle_of("l"), high = idle_of("h");
    ev_set_priority(&high, 1);
    ev_idle_start(loop, &low);
    ev_idle_start(loop, &high);
    turn_leaves(loop, 2);
    assert_calls("h");
    ev_idle_init(&high, note_idle);
    ev_set_priority(&high, -1);
    ev_idle_start(loop, &high);
    turn_leaves(loop, 2);
    assert_told(REINIT, EV_IDLE, &high, -1);
    assert_calls("l");
    ev_idle_stop(loop, &low);
    turn_leaves(loop, 1);
    assert_calls("h");
    ev_idle_init(&high, note_idle);
    ev_set_priority(&high, 2);
    ev_idle_start(loop, &high);
    turn_leaves(loop, 2);
    assert_calls("h");
    ev_loop_destroy(loop);
}

static void test_anew_hooks_idle_has_the_priority_of_now(void** state)
{
    /* R4.12, R1.39: one that is initialized for another priority and started
     * is called at that. */
    (void)state;
    made_twice(idle_of_another_priority);
}

static void idle_at_the_same_place(void)
{
    ev_idle x = idle_of("x"), y = idle_of("y"), w = idle_of("w");
    loop = loop_fresh(0);
    ev_set_priority(&y, -1);
    ev_idle_start(loop, &x), ev_idle_start(loop, &y), ev_idle_start(loop, &w);
    ev_idle_init(&w, note_idle);
    ev_set_priority(&w, -1);
    ev_idle_start(loop, &w);
    ev_idle_stop(loop, &x); /* the old entry of w moves */
    turn_leaves(loop, 2);
    assert_told(REINIT, EV_IDLE, &w, -1);
    assert_calls("wy");
    ev_idle_stop(loop, &w);
    assert_false(ev_is_active(&w));
    turn_leaves(loop, 1);
    assert_calls("y");
    ev_loop_destroy(loop);
}

static void test_anew_hooks_idle_moves_in_its_own_queue(void** state)
{
    /* R4.12, issue 18: started again for another priority, at the place that it
     * has in its old queue. */
    (void)state;
    made_twice(idle_at_the_same_place);
}

static void test_anew_hooks_while_pending_it_is_called(void** state)
{
    /* R3.9: an event that was queued is called, as in 4.33, and one that is
     * queued then as well. */
    (void)state;
    loop = loop_fresh(0);
    ev_idle w = idle_of("w");
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_init(&w, note_idle);
    ev_verify(loop);
    ev_invoke_pending(loop);
    assert_calls("w");
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_init(&w, note_idle);
    ev_feed_event(loop, &w, EV_CUSTOM);
    ev_verify(loop);
    ev_invoke_pending(loop);
    assert_calls("ww");
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_anew_hooks_stopped_it_receives_its_events),
    OURS(test_anew_hooks_idle_has_the_priority_of_now),
    OURS(test_anew_hooks_idle_moves_in_its_own_queue),
    EACH(test_anew_hooks_while_pending_it_is_called),
};

HARNESS_MAIN("mistakes_anew_hooks", tests)
