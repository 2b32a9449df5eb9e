/* Stat watchers of paths whose directories go, and of paths that cannot be. */

#include <limits.h>

#include "stat_help.h"

static void test_stat_directory_of_a_missing_file_goes_and_returns(void** state)
{
    /* R2.57: creation of a missing file is seen without polling, also where
     * the directory it is missing from was removed meanwhile; 4.33 polls. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    stat_begin(loop, &w, "w", in_dir("sub/file"), 0.);
    turns(loop);
    assert_int_equal(rmdir(in_dir("sub")), 0);
    turns(loop);
    assert_calls("");
    assert_int_equal(w.attr.st_nlink, 0);

    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    turns(loop);
    put_file("sub/file", "123");
    turns(loop);
    assert_calls("w");
    assert_int_equal(w.attr.st_size, 3);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_directory_itself_goes_and_returns(void** state)
{
    /* R2.57: removal and creation again, of an empty directory. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    stat_begin(loop, &w, "w", in_dir("sub"), 0.);
    turns(loop);
    assert_int_equal(rmdir(in_dir("sub")), 0);
    turns(loop);
    assert_calls("w");
    assert_int_equal(w.attr.st_nlink, 0);
    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    turns(loop);
    assert_true(stat_calls > 1);
    assert_true(S_ISDIR(w.attr.st_mode));
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_directory_replaced_by_its_like_is_watched(void** state)
{
    /* R2.57: even if the new one has the old one's number and all. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    stat_begin(loop, &w, "w", in_dir("sub"), 0.);
    turns(loop);
    assert_int_equal(rmdir(in_dir("sub")), 0);
    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    turns(loop);
    stat_calls = 0;
    assert_int_equal(chmod(in_dir("sub"), 0700), 0);
    turns(loop);
    assert_int_equal(stat_calls, 1);
    assert_int_equal(w.attr.st_mode & 0777, 0700);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_path_too_long_is_a_missing_file(void** state)
{
    /* R2.56: a path that the kernel refuses names no file. */
    static char path[PATH_MAX + 10];
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    memset(path, 'x', sizeof path - 1);
    for (size_t i = 0; i < sizeof path - 1; i += 100) path[i] = '/';
    stat_begin(loop, &w, "w", path, 0.);
    assert_int_equal(w.attr.st_nlink, 0);
    pass(loop, 10.);
    assert_calls("");
    ev_stat_stop(loop, &w);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    stat_end(loop);
}

static void test_stat_missing_relative_path_is_seen_at_once(void** state)
{
    /* R2.57: without polling, also where no directory of the path exists; 4.33
     * polls. */
    static const char* const paths[] = {"sub", "sub/", "sub/../sub"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; ++i) {
        struct ev_loop* loop = stat_loop(0);
        int home = open(".", O_RDONLY | O_DIRECTORY);
        ev_stat w;

        assert_int_equal(chdir(stat_dir), 0);
        stat_begin(loop, &w, "w", paths[i], 0.);
        assert_int_equal(w.attr.st_nlink, 0);
        turns(loop);
        assert_int_equal(mkdir("sub", 0755), 0);
        turns(loop);
        assert_int_equal(fchdir(home), 0);
        assert_calls("w");
        assert_true(S_ISDIR(w.attr.st_mode));
        close(home);
        ev_stat_stop(loop, &w);
        stat_end(loop);
    }
}

static const Test tests[] = {
    OURS(test_stat_directory_of_a_missing_file_goes_and_returns),
    EACH(test_stat_directory_itself_goes_and_returns),
    EACH(test_stat_directory_replaced_by_its_like_is_watched),
    EACH(test_stat_path_too_long_is_a_missing_file),
    OURS(test_stat_missing_relative_path_is_seen_at_once),
};

HARNESS_MAIN("stat_gone", tests)
