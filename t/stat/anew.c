/* A stat watcher initialized or set again while it is active. */

#include "mistakes_help.h"

#include "stat_help.h"

static struct ev_loop* loop;
static unsigned loop_flags;

static void begin(ev_stat w[3])
{
    const char* names[] = {"a", "b", "c"};
    loop = stat_loop(loop_flags);
    put_file("file", "1"), put_file("other", "1");
    for (int i = 0; i < 3; ++i)
        stat_begin(loop, &w[i], names[i], in_dir("file"), 0.);
    turns(loop);
    assert_reports(0);
}

static void end(ev_stat w[3])
{
    for (int i = 0; i < 3; ++i) ev_stat_stop(loop, &w[i]);
    memset(w, 0xee, 3 * sizeof *w);
    turn_leaves(loop, 0);
    add_file("file", "2"), add_file("other", "2");
    pass(loop, 6.);
    stat_end(loop);
}

/* Those of inotify are dropped when the file changes, others when the loop
 * needs room. */
static int met_soon(void) { return !(loop_flags & EVFLAG_NOINOTIFY); }

static void same_path(void)
{
    ev_stat w[3];
    begin(w);
    for (int i = 0; i < 30; ++i) {
        stat_begin(loop, &w[i % 3], "x", in_dir("file"), 0.);
        assert_true(ev_is_active(&w[i % 3]));
    }
    assert_in_range(turn(loop), 3, 40);
    stat_calls = 0;
    add_file("file", "2");
    pass(loop, 6.);
    assert_int_equal(stat_calls, 3);
    reports_forget();
    if (met_soon()) turn_leaves(loop, 3);
    add_file("file", "2");
    pass(loop, 6.);
    assert_int_equal(stat_calls, 6);
    if (met_soon()) return end(w);
    stat_end(loop);
}

static void other_path(void)
{
    ev_stat w[3];
    begin(w);
    stat_begin(loop, &w[1], "B", in_dir("other"), 0.);
    assert_reports(0);
    stat_calls = 0;
    add_file("file", "2");
    pass(loop, 6.);
    assert_int_equal(stat_calls, 2);
    if (met_soon()) assert_told(REINIT, EV_STAT, &w[1], -1);
    add_file("other", "2");
    pass(loop, 6.);
    assert_int_equal(stat_calls, 3);
    if (met_soon()) return end(w);
    stat_end(loop);
}

static void no_path(void)
{
    ev_stat w[3];
    begin(w);
    stat_begin(loop, &w[0], "n", NULL, 0.);
    assert_told(PATH, EV_STAT, &w[0], -1);
    assert_false(ev_is_active(&w[0]));
    add_file("file", "2");
    pass(loop, 6.);
    turn_leaves(loop, 3);
    stat_end(loop);
}

static void stopped(void)
{
    ev_stat w[3];
    begin(w);
    ev_stat_init(&w[1], stat_note, in_dir("file"), 0.);
    w[1].data = (void*)"b";
    ev_stat_stop(loop, &w[1]);
    turn_leaves(loop, 3);
    stat_calls = 0;
    add_file("file", "2");
    pass(loop, 6.);
    assert_int_equal(stat_calls, 3);
    assert_reports(0);
    stat_end(loop);
}

static void many_more(void) /* so that the lists are rehashed */
{
    static ev_stat more[100];
    for (int i = 0; i < 100; ++i) {
        put_file("more", "1");
        stat_begin(loop, &more[i], "m", in_dir(i % 2 ? "more" : "other"), 0.);
    }
    turn_leaves(loop, 102);
    for (int i = 0; i < 100; ++i) ev_stat_stop(loop, &more[i]);
}

static void set_anew(void)
{
    ev_stat w[3];
    begin(w);
    ev_stat_set(&w[0], in_dir("other"), 0.);
    ev_stat_set(&w[1], in_dir("other"), 0.);
    ev_stat_start(loop, &w[1]);
    turn_leaves(loop, 3);
    ev_stat_stop(loop, &w[0]);
    memset(&w[0], 0xee, sizeof w[0]);
    ev_stat_init(&w[0], stat_note, in_dir("file"), 0.);
    stat_calls = 0;
    add_file("file", "2");
    pass(loop, 6.);
    assert_true(stat_calls >= 1);
    many_more();
    assert_reports(0);
    end(w);
}

static void with_and_without_inotify(void (*mistake)(void))
{
    const unsigned flags[] = {0, EVFLAG_NOINOTIFY};
    for (int i = 0; i < 2; ++i) {
        loop_flags = flags[i];
        made_twice(mistake);
    }
}

static void test_stat_anew_started_again_it_is_watched_once(void** state)
{
    /* R4.12: started again it is called once for each change, and so are the
     * others of its path; the old entries are dropped. */
    (void)state;
    with_and_without_inotify(same_path);
}

static void test_stat_anew_for_another_path_it_is_watched_there(void** state)
{
    /* R4.12: the others of the path of before go on. */
    (void)state;
    with_and_without_inotify(other_path);
}

static void test_stat_anew_without_a_path_it_is_refused(void** state)
{
    /* R4.12: it is not started again. Without a path its file is missing. */
    (void)state;
    with_and_without_inotify(no_path);
}

static void test_stat_anew_stopped_it_goes_on(void** state)
{
    /* R4.12: a stop of it does nothing, as in 4.33. */
    (void)state;
    with_and_without_inotify(stopped);
}

static void test_stat_set_while_active_it_can_be_stopped(void** state)
{
    /* R3.9: set while active, it may be stopped, and freed then. */
    (void)state;
    with_and_without_inotify(set_anew);
}

static const Test tests[] = {
    OURS(test_stat_anew_started_again_it_is_watched_once),
    OURS_CORRUPTS(test_stat_anew_for_another_path_it_is_watched_there),
    OURS(test_stat_anew_without_a_path_it_is_refused),
    OURS(test_stat_anew_stopped_it_goes_on),
    OURS(test_stat_set_while_active_it_can_be_stopped),
};

HARNESS_MAIN("stat_anew", tests)
