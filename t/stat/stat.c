/* Stat watchers with inotify: changes are seen at once. */

#include "stat_help.h"

#include <sys/wait.h>

static void test_stat_start_fills_attr_without_a_call(void** state)
{
    /* R2.56: ev_stat_start fills attr at once, without a call for the initial
     * state; path is not copied. */
    struct ev_loop* loop = stat_loop(0);
    const char* path = in_dir("file");
    struct stat st;
    ev_stat w;

    (void)state;
    put_file("file", "12345");
    memset(&w, 0x55, sizeof w);
    stat_begin(loop, &w, "w", path, 0.);
    st = file_stat("file");
    assert_true(same_stat(&w.attr, &st));
    assert_int_equal(w.attr.st_size, 5);
    assert_true(w.attr.st_nlink > 0);
    assert_ptr_equal(w.path, path);
    turns(loop);
    pass(loop, 6.);
    assert_calls("");
    assert_ptr_equal(w.path, path);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_missing_path_has_no_link(void** state)
{
    /* R2.56: a missing path has st_nlink 0, and that is no change; neither is
     * a path that cannot be examined. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w, under_a_file, empty;

    (void)state;
    put_file("file", "");
    stat_begin(loop, &w, "w", in_dir("gone"), 0.);
    stat_begin(loop, &under_a_file, "u", in_dir("file/below"), 0.);
    stat_begin(loop, &empty, "e", "", 0.);
    assert_int_equal(w.attr.st_nlink, 0);
    assert_int_equal(under_a_file.attr.st_nlink, 0);
    assert_int_equal(empty.attr.st_nlink, 0);
    turns(loop);
    pass(loop, 6.);
    assert_calls("");
    ev_stat_stop(loop, &w);
    ev_stat_stop(loop, &under_a_file);
    ev_stat_stop(loop, &empty);
    stat_end(loop);
}

static void test_stat_existing_path_always_has_a_link(void** state)
{
    /* R2.56: an existing path never has st_nlink 0, be it a directory that is
     * removed already, but can still be reached through a descriptor. */
    struct ev_loop* loop = stat_loop(0);
    char path[64];
    struct stat st;
    ev_stat w;

    (void)state;
    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    int fd = open(in_dir("sub"), O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    assert_int_equal(rmdir(in_dir("sub")), 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d/.", fd);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    stat_begin(loop, &w, "w", path, 0.);
    assert_int_equal(w.attr.st_nlink, 1);
    assert_true(S_ISDIR(w.attr.st_mode));
    ev_stat_stop(loop, &w);
    close(fd);
    stat_end(loop);
}

static void test_stat_inotify_sees_size_and_mode_at_once(void** state)
{
    /* R2.57: with inotify changes of size and mode are seen without waiting
     * for the polling interval; prev holds the state before, attr after. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    put_file("file", "12345");
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    add_file("file", "678");
    turns(loop);
    assert_calls("w");
    assert_int_equal(w.prev.st_size, 5);
    assert_int_equal(w.attr.st_size, 8);

    assert_int_equal(chmod(in_dir("file"), 0600), 0);
    turns(loop);
    assert_calls("w");
    assert_int_equal(w.prev.st_mode & 0777, 0644);
    assert_int_equal(w.attr.st_mode & 0777, 0600);
    assert_int_equal(w.prev.st_size, 8);
    turns(loop);
    assert_calls("");
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_inotify_ends_the_wait(void** state)
{
    /* R2.57: a blocked loop is woken by a change. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    clock_thaw();
    put_file("file", "");
    stat_begin(loop, &w, "w", in_dir("file"), 1000.);
    pid_t pid = fork();
    if (!pid) {
        usleep(5000);
        _exit(truncate(in_dir("file"), 9) != 0);
    }
    assert_true(run_until(loop, &stat_calls, 1));
    assert_int_equal(w.attr.st_size, 9);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_inotify_sees_creation_and_removal(void** state)
{
    /* R2.57: creation of a missing file, removal, and creation again are seen
     * at once. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    for (int round = 0; round < 3; ++round) {
        put_file("file", "1");
        turns(loop);
        assert_calls("w");
        assert_int_equal(w.prev.st_nlink, 0);
        assert_true(w.attr.st_nlink > 0);
        add_file("file", "23");
        turns(loop);
        assert_calls("w");
        assert_int_equal(w.attr.st_size, 3);
        assert_int_equal(unlink(in_dir("file")), 0);
        turns(loop);
        assert_calls("w");
        assert_true(w.prev.st_nlink > 0);
        assert_int_equal(w.attr.st_nlink, 0);
        turns(loop);
        assert_calls("");
    }
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void replaced(int kept)
{
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    put_file("file", "old");
    put_file("other", "new file");
    if (kept) assert_int_equal(link(in_dir("file"), in_dir("gone")), 0);
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    assert_int_equal(rename(in_dir("other"), in_dir("file")), 0);
    turns(loop);
    assert_true(stat_calls > 0);
    assert_int_equal(w.attr.st_size, 8);
    turns(loop);
    calls_clear();
    add_file("file", "!");
    turns(loop);
    assert_calls("w");
    assert_int_equal(w.prev.st_size, 8);
    assert_int_equal(w.attr.st_size, 9);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_inotify_sees_a_file_replaced(void** state)
{
    /* R2.57: a file renamed over the watched one is a change, and the new one
     * is watched from then on, whether the old one is gone or has another
     * name. */
    (void)state;
    replaced(0);
    replaced(1);
}

static void test_stat_without_change_is_not_called(void** state)
{
    /* R2.57: no change, no call, though inotify may report something: the
     * file is opened and closed, another file of the directory changes. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w, gone;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    stat_begin(loop, &gone, "g", in_dir("gone"), 0.);
    close(open(in_dir("file"), O_WRONLY));
    put_file("other", "2");
    add_file("other", "3");
    assert_int_equal(unlink(in_dir("other")), 0);
    turns(loop);
    pass(loop, 6.);
    assert_calls("");
    ev_stat_stop(loop, &w);
    ev_stat_stop(loop, &gone);
    stat_end(loop);
}

static const Test tests[] = {
    EACH(test_stat_start_fills_attr_without_a_call),
    EACH(test_stat_missing_path_has_no_link),
    ONCE(test_stat_existing_path_always_has_a_link),
    EACH(test_stat_inotify_sees_size_and_mode_at_once),
    EACH(test_stat_inotify_ends_the_wait),
    EACH(test_stat_inotify_sees_creation_and_removal),
    EACH(test_stat_inotify_sees_a_file_replaced),
    EACH(test_stat_without_change_is_not_called),
};

HARNESS_MAIN("stat", tests)
