/* The timer inside a stat watcher, and the references. */

#include "stat_help.h"

#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

static void test_stat_references_are_one_for_each_watcher(void** state)
{
    /* R2.60: one reference per watcher; the inner timer never holds one, also
     * while inotify switches it on and off. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat a, b;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &a, "a", in_dir("file"), 0.);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    stat_begin(loop, &b, "b", in_dir("gone"), 0.);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
    for (int round = 0; round < 3; ++round) {
        assert_int_equal(unlink(in_dir("file")), 0);
        turns(loop);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
        put_file("file", "1");
        turns(loop);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
        pass(loop, 6.);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 2);
    }
    assert_true(stat_calls >= 6);
    ev_stat_stop(loop, &a);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
    ev_stat_stop(loop, &b);
    assert_int_equal(ev_run(loop, 0), 0);
    stat_end(loop);
}

static void test_stat_inner_timer_is_active_while_polling(void** state)
{
    /* R2.60: with EVFLAG_NOINOTIFY the inner timer has the priority that the
     * watcher had at start, and is stopped with it; a missing file is polled
     * for with inotify too. */
    const unsigned flags[] = {EVFLAG_NOINOTIFY, 0};

    (void)state;
    for (int i = 0; i < 2; ++i) {
        struct ev_loop* loop = stat_loop(flags[i]);
        ev_stat w;

        ev_stat_init(&w, stat_note, in_dir("gone"), 0.);
        w.data = "w";
        ev_set_priority(&w, -1);
        ev_stat_start(loop, &w);
        assert_true(ev_is_active(&w.timer));
        assert_int_equal(ev_priority(&w.timer), -1);
        assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 1);
        ev_stat_stop(loop, &w);
        assert_false(ev_is_active(&w.timer));
        assert_int_equal(ev_run(loop, 0), 0);
        stat_end(loop);
    }
}

/* Is it on a file system of which inotify reports every change? */
static int is_local(const char* path)
{
#ifdef __linux__
    struct statfs fs;
    assert_int_equal(statfs(path, &fs), 0);
    return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC;
#else
    return (void)path, 0;
#endif
}

static void test_stat_inner_timer_rests_while_inotify_suffices(void** state)
{
    /* R2.60: inotify switches the inner timer on and off: on a file system
     * known to be local an existing file is not polled, a missing one is. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    int local = is_local(stat_dir);
    for (int round = 0; local && round < 2; ++round) {
        assert_false(ev_is_active(&w.timer));
        assert_int_equal(unlink(in_dir("file")), 0);
        turns(loop);
        assert_true(ev_is_active(&w.timer));
        put_file("file", "1");
        turns(loop);
        pass(loop, 6.);
    }
    ev_stat_stop(loop, &w);
    stat_end(loop);
    if (!local) skip();
}

static const Test tests[] = {
    EACH(test_stat_references_are_one_for_each_watcher),
    EACH(test_stat_inner_timer_is_active_while_polling),
    EACH(test_stat_inner_timer_rests_while_inotify_suffices),
};

HARNESS_MAIN("stat_timer", tests)
