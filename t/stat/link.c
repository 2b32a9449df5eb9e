/* Stat watchers of symbolic links, and ev_stat_stat. */

#include "stat_help.h"

static const unsigned both[] = {0, EVFLAG_NOINOTIFY};

static void test_stat_of_a_link_describes_the_link(void** state)
{
    /* R2.61: the path is examined without following a symbolic link at its
     * end: changes of the target are not seen, a replaced link is. */
    (void)state;
    for (int i = 0; i < 2; ++i) {
        struct ev_loop* loop = stat_loop(both[i]);
        ev_stat w;

        put_file("target", "12345");
        assert_int_equal(symlink("target", in_dir("link")), 0);
        stat_begin(loop, &w, "w", in_dir("link"), 1.);
        assert_true(S_ISLNK(w.attr.st_mode));
        assert_int_equal(w.attr.st_size, 6);

        add_file("target", "678");
        assert_int_equal(chmod(in_dir("target"), 0600), 0);
        pass(loop, 2.);
        assert_int_equal(unlink(in_dir("target")), 0);
        pass(loop, 2.);
        assert_calls("");

        assert_int_equal(symlink("elsewhere", in_dir("other")), 0);
        assert_int_equal(rename(in_dir("other"), in_dir("link")), 0);
        pass(loop, 2.);
        assert_true(stat_calls > 0);
        assert_true(S_ISLNK(w.attr.st_mode));
        assert_int_equal(w.attr.st_size, 9);
        ev_stat_stop(loop, &w);
        stat_end(loop);
    }
}

static void test_stat_of_a_link_replaced_is_seen_at_once(void** state)
{
    /* R2.61: with inotify it is the link that is watched, not its target. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    put_file("target", "12345");
    assert_int_equal(symlink("target", in_dir("link")), 0);
    stat_begin(loop, &w, "w", in_dir("link"), 0.);
    assert_int_equal(symlink("elsewhere", in_dir("other")), 0);
    assert_int_equal(rename(in_dir("other"), in_dir("link")), 0);
    turns(loop);
    assert_true(stat_calls > 0);
    assert_int_equal(w.attr.st_size, 9);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_of_a_link_within_the_path_is_followed(void** state)
{
    /* R2.61: only at the end: a link to the directory is followed. */
    (void)state;
    for (int i = 0; i < 2; ++i) {
        struct ev_loop* loop = stat_loop(both[i]);
        ev_stat w;

        assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
        assert_int_equal(symlink("sub", in_dir("link")), 0);
        stat_begin(loop, &w, "w", in_dir("link/file"), 1.);
        assert_int_equal(w.attr.st_nlink, 0);
        put_file("sub/file", "123");
        pass(loop, 2.);
        assert_calls("w");
        assert_int_equal(w.attr.st_size, 3);
        ev_stat_stop(loop, &w);
        stat_end(loop);
    }
}

static void test_stat_stat_refreshes_attr_only(void** state)
{
    /* R2.62: ev_stat_stat refreshes attr only: prev untouched, no event, and
     * the change it saw will not be reported later. */
    (void)state;
    for (int i = 0; i < 2; ++i) {
        struct ev_loop* loop = stat_loop(both[i]);
        ev_statdata prev;
        ev_stat w;

        put_file("file", "1");
        stat_begin(loop, &w, "w", in_dir("file"), 1.);
        add_file("file", "2");
        pass(loop, 2.);
        assert_calls("w");
        prev = w.prev;

        add_file("file", "3");
        ev_stat_stat(loop, &w);
        assert_int_equal(w.attr.st_size, 3);
        assert_memory_equal(&w.prev, &prev, sizeof prev);
        assert_false(ev_is_pending(&w));
        pass(loop, 2.);
        pass(loop, 2.);
        assert_calls("");

        add_file("file", "4");
        pass(loop, 2.);
        assert_calls("w");
        assert_int_equal(w.prev.st_size, 3);
        assert_int_equal(w.attr.st_size, 4);
        ev_stat_stop(loop, &w);
        stat_end(loop);
    }
}

static void test_stat_stat_works_on_an_inactive_watcher(void** state)
{
    /* R2.62: it works on an inactive watcher, which stays so. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    ev_stat_init(&w, stat_note, in_dir("file"), 0.);
    w.data = "w";
    ev_stat_stat(loop, &w);
    assert_int_equal(w.attr.st_nlink, 0);
    put_file("file", "123");
    ev_stat_stat(loop, &w);
    assert_int_equal(w.attr.st_size, 3);
    assert_int_equal(w.attr.st_nlink, 1);
    assert_int_equal(chmod(in_dir("file"), 0611), 0);
    ev_stat_stat(loop, &w);
    assert_int_equal(w.attr.st_mode & 0777, 0611);
    assert_false(ev_is_active(&w) || ev_is_pending(&w));
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("");
    stat_end(loop);
}

static const Test tests[] = {
    EACH(test_stat_of_a_link_describes_the_link),
    EACH(test_stat_of_a_link_replaced_is_seen_at_once),
    EACH(test_stat_of_a_link_within_the_path_is_followed),
    EACH(test_stat_stat_refreshes_attr_only),
    ONCE(test_stat_stat_works_on_an_inactive_watcher),
};

HARNESS_MAIN("stat_link", tests)
