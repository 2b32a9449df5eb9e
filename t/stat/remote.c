/* Files on a file system of which inotify tells only what this machine does:
 * statfs is taken over, and calls it one of the network. */

#include <sys/vfs.h>

#include "stat_help.h"

static int statfs_calls;

int statfs(const char* path, struct statfs* fs)
{
    (void)path;
    memset(fs, 0, sizeof *fs);
    fs->f_type = 0x6969; /* NFS */
    ++statfs_calls;
    return 0;
}

static void test_stat_remote_file_is_polled_beside_inotify(void** state)
{
    /* R2.60: inotify suffices on a file system known to be local only; on any
     * other the inner timer goes on, and looks as well. */
    struct ev_loop* loop = stat_loop(0);
    ev_stat w;

    (void)state;
    statfs_calls = 0;
    put_file("file", "1");
    stat_begin(loop, &w, "w", in_dir("file"), 0.);
    turns(loop);
    assert_true(statfs_calls > 0);
    assert_true(ev_is_active(&w.timer));

    /* As another machine would, in that nobody notes it. */
    w.attr.st_size = 100;
    turns(loop);
    assert_int_equal(stat_calls, 0);
    pass(loop, 60.);
    assert_int_equal(stat_calls, 1);
    assert_int_equal(w.prev.st_size, 100);
    assert_int_equal(w.attr.st_size, 1);

    put_file("file", "12");
    turns(loop);
    assert_int_equal(stat_calls, 2);
    ev_stat_stop(loop, &w);
    assert_false(ev_is_active(&w.timer));
    stat_end(loop);
}

static const Test tests[] = {
    EACH(test_stat_remote_file_is_polled_beside_inotify),
};

HARNESS_MAIN("stat_remote", tests)
