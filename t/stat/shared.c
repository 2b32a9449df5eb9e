/* Several stat watchers beside each other: what one does to the kernel's
 * watch must not be missed by the other. */

#include "stat_help.h"

#include <dirent.h>

static int count_of(char name)
{
    int n = 0;
    for (const char* c = calls; *c; ++c) n += *c == name;
    return n;
}

static void test_stat_two_watchers_of_one_path_are_both_called(void** state)
{
    /* R2.57: several watchers may share a path, an inode has but one inotify
     * watch; the one left goes on when the other is stopped. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat a, b;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &a, "a", in_dir("file"), 0.);
    stat_begin(loop, &b, "b", in_dir("file"), 0.);
    add_file("file", "2");
    turns(loop);
    assert_int_equal(count_of('a'), 1);
    assert_int_equal(count_of('b'), 1);

    calls_clear();
    ev_stat_stop(loop, &a);
    turns(loop);
    add_file("file", "3");
    turns(loop);
    assert_calls("b");
    assert_int_equal(b.attr.st_size, 3);
    assert_int_equal(a.attr.st_size, 2);

    stat_begin(loop, &a, "a", in_dir("file"), 0.);
    ev_stat_stop(loop, &b);
    turns(loop);
    add_file("file", "4");
    turns(loop);
    assert_calls("a");
    ev_stat_stop(loop, &a);
    stat_end(loop);
}

static void test_stat_many_missing_files_of_one_directory(void** state)
{
    /* R2.57: missing files of one directory are told apart when they appear:
     * only the watchers of those that did are called. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat a, b, c;

    (void)state;
    stat_begin(loop, &a, "a", in_dir("file"), 0.);
    stat_begin(loop, &b, "b", in_dir("other"), 0.);
    stat_begin(loop, &c, "c", in_dir("gone"), 0.);
    put_file("other", "1");
    turns(loop);
    assert_calls("b");
    ev_stat_stop(loop, &c);
    turns(loop);
    put_file("file", "2");
    turns(loop);
    assert_calls("a");
    ev_stat_stop(loop, &a);
    ev_stat_stop(loop, &b);
    stat_end(loop);
}

static void test_stat_file_in_a_missing_directory_is_seen(void** state)
{
    /* R2.57: creation is seen, by polling at the latest, though the directory
     * itself is created first, and again after both are removed. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    stat_begin(loop, &w, "w", in_dir("sub/file"), 0.);
    for (int round = 0; round < 2; ++round) {
        assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
        pass(loop, 6.);
        assert_calls("");
        put_file("sub/file", "1");
        pass(loop, 6.);
        assert_calls("w");
        assert_int_equal(w.attr.st_size, 1);
        assert_int_equal(unlink(in_dir("sub/file")), 0);
        assert_int_equal(rmdir(in_dir("sub")), 0);
        pass(loop, 6.);
        assert_calls("w");
        assert_int_equal(w.attr.st_nlink, 0);
    }
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_file_in_a_missing_directory_is_seen_at_once(void** state)
{
    /* R2.57: with inotify without waiting; libev 4.33 polls for it. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    stat_begin(loop, &w, "w", in_dir("sub/file"), 0.);
    assert_int_equal(mkdir(in_dir("sub"), 0755), 0);
    turns(loop);
    put_file("sub/file", "1");
    turns(loop);
    assert_calls("w");
    assert_int_equal(w.attr.st_size, 1);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void stop_both(struct ev_loop* loop, ev_stat* w, int revents)
{
    ev_stat** both = w->data;
    (void)revents;
    ++stat_calls;
    ev_stat_stop(loop, both[0]);
    ev_stat_stop(loop, both[1]);
}

static void test_stat_watcher_stopped_in_its_callback(void** state)
{
    /* R2.57: a callback may stop its own watcher and that of the same file
     * beside it: the other is not called any more. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat a, b, *both[2] = {&a, &b};

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &a, "a", in_dir("file"), 0.);
    stat_begin(loop, &b, "b", in_dir("file"), 0.);
    ev_set_cb(&a, stop_both);
    ev_set_cb(&b, stop_both);
    a.data = b.data = both;
    add_file("file", "2");
    turns(loop);
    assert_int_equal(stat_calls, 1);
    assert_false(ev_is_active(&a) || ev_is_active(&b));
    assert_int_equal(ev_run(loop, 0), 0);
    stat_end(loop);
}

static void test_stat_stopped_watcher_is_not_called(void** state)
{
    /* R2.57: a stopped watcher sees nothing, its attr stays as it was; after
     * another start it compares with the state at that moment. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    ev_stat_stop(loop, &w);
    add_file("file", "2");
    turns(loop);
    pass(loop, 6.);
    assert_calls("");
    assert_int_equal(w.attr.st_size, 1);

    ev_stat_start(loop, &w);
    assert_int_equal(w.attr.st_size, 2);
    turns(loop);
    pass(loop, 6.);
    assert_calls("");
    add_file("file", "3");
    turns(loop);
    assert_calls("w");
    assert_int_equal(w.prev.st_size, 2);
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

/* The inotify watches this process has, as the kernel counts them. */
static int kernel_watches(void)
{
    char path[300], line[300];
    DIR* dir = opendir("/proc/self/fdinfo");
    int found = 0;

    assert_non_null(dir);
    for (struct dirent* e; (e = readdir(dir));) {
        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", e->d_name);
        FILE* file = fopen(path, "r");
        while (file && fgets(line, sizeof line, file))
            found += !strncmp(line, "inotify wd:", 11);
        if (file) fclose(file);
    }
    closedir(dir);
    return found;
}

static void test_stat_last_stop_takes_the_kernel_watch_away(void** state)
{
    /* R2.57: what is not watched any longer wakes nobody: the kernel's watch
     * goes with the last watcher of the file. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat a, b;

    (void)state;
    put_file("file", "1");
    stat_begin(loop, &a, "a", in_dir("file"), 0.);
    stat_begin(loop, &b, "b", in_dir("file"), 0.);
    assert_true(kernel_watches() > 0);
    ev_stat_stop(loop, &a);
    turns(loop);
    assert_true(kernel_watches() > 0);
    ev_stat_stop(loop, &b);
    turns(loop);
    assert_int_equal(kernel_watches(), 0);
    stat_end(loop);
}

static const Test tests[] = {
    EACH(test_stat_two_watchers_of_one_path_are_both_called),
    EACH(test_stat_many_missing_files_of_one_directory),
    EACH(test_stat_file_in_a_missing_directory_is_seen),
    OURS(test_stat_file_in_a_missing_directory_is_seen_at_once),
    EACH(test_stat_watcher_stopped_in_its_callback),
    EACH(test_stat_stopped_watcher_is_not_called),
    EACH(test_stat_last_stop_takes_the_kernel_watch_away),
};

HARNESS_MAIN("stat_shared", tests)
