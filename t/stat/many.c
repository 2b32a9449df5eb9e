/* Many stat watchers, many changes: inotify's tables and queues at work. */

#include "stat_help.h"

enum { count = 200 };

static ev_stat watchers[count];
static char paths[count][128];
static int counts[count];

static void count_call(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)loop, (void)revents;
    assert_false(same_stat(&w->prev, &w->attr));
    ++counts[w - watchers];
    ++stat_calls;
}

static void begin(struct ev_loop* loop)
{
    for (int i = 0; i < count; ++i) {
        char name[16];
        snprintf(name, sizeof name, "many%d", i);
        strcpy(paths[i], in_dir(name));
        put_file(name, "1");
        counts[i] = 0;
        ev_stat_init(&watchers[i], count_call, paths[i], 0.);
        ev_stat_start(loop, &watchers[i]);
    }
}

static void end(struct ev_loop* loop)
{
    for (int i = 0; i < count; ++i) {
        ev_stat_stop(loop, &watchers[i]);
        unlink(paths[i]);
    }
    assert_int_equal(ev_run(loop, 0), 0);
    stat_end(loop);
}

static void run_down(struct ev_loop* loop)
{
    for (int i = 0; i < 2 * count; ++i) ev_run(loop, EVRUN_NOWAIT);
}

static void test_stat_many_files_are_told_apart(void** state)
{
    /* R2.57: of many watchers those whose file changed are called, once each,
     * also after others were stopped. */
    struct ev_loop* loop = stat_loop(0);

    (void)state;
    begin(loop);
    for (int i = 0; i < count; i += 2)
        assert_int_equal(truncate(paths[i], 7), 0);
    run_down(loop);
    for (int i = 0; i < count; ++i) assert_int_equal(counts[i], i % 2 ? 0 : 1);

    for (int i = 0; i < count; i += 3) ev_stat_stop(loop, &watchers[i]);
    for (int i = 0; i < count; ++i) assert_int_equal(truncate(paths[i], 9), 0);
    run_down(loop);
    for (int i = 0; i < count; ++i)
        assert_int_equal(counts[i], (i % 2 ? 0 : 1) + (i % 3 ? 1 : 0));
    end(loop);
}

static void test_stat_many_missing_files_are_told_apart(void** state)
{
    /* R2.57: the same with removal and creation again. */
    struct ev_loop* loop = stat_loop(0);

    (void)state;
    begin(loop);
    for (int i = 0; i < count; i += 2) assert_int_equal(unlink(paths[i]), 0);
    run_down(loop);
    for (int i = 0; i < count; ++i) {
        assert_int_equal(counts[i], i % 2 ? 0 : 1);
        assert_int_equal(!watchers[i].attr.st_nlink, i % 2 ? 0 : 1);
    }
    for (int i = 0; i < count; i += 4) close(creat(paths[i], 0644));
    run_down(loop);
    for (int i = 0; i < count; ++i)
        assert_int_equal(counts[i], (i % 2 ? 0 : 1) + (i % 4 ? 0 : 1));
    end(loop);
}

static long queue_limit(void)
{
    FILE* file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    long limit = 0;
    if (!file) return 0;
    if (fscanf(file, "%ld", &limit) != 1) limit = 0;
    fclose(file);
    return limit;
}

/* Fills the kernel's queue with changes of the first two files. */
static int fill_queue(void)
{
    long limit = queue_limit();

    if (limit <= 0 || limit > 100000) return 0;
    for (long i = 0; i < limit + 10; ++i)
        assert_int_equal(chmod(paths[i % 2], i & 2 ? 0600 : 0644), 0);
    return 1;
}

static void empty_queue(struct ev_loop* loop)
{
    for (int i = 0; i < 2000 && !counts[count - 1]; ++i)
        ev_run(loop, EVRUN_NOWAIT);
    run_down(loop);
}

static void test_stat_lost_inotify_events_are_made_up_for(void** state)
{
    /* R2.57: when the kernel's queue was full and events are lost, changes
     * are seen none the less. */
    struct ev_loop* loop = stat_loop(0);

    (void)state;
    begin(loop);
    int possible = fill_queue();
    if (possible) {
        for (int i = 2; i < count; ++i)
            assert_int_equal(truncate(paths[i], 5), 0);
        empty_queue(loop);
        for (int i = 2; i < count; ++i) assert_int_equal(counts[i], 1);
    }
    end(loop);
    if (!possible) skip();
}

static void test_stat_lost_removals_are_made_up_for(void** state)
{
    /* R2.57: the same if what is lost is that the files are others now, which
     * may even have the numbers of those before. */
    struct ev_loop* loop = stat_loop(0);

    (void)state;
    begin(loop);
    int possible = fill_queue();
    if (possible) {
        for (int i = 2; i < count; ++i) {
            assert_int_equal(unlink(paths[i]), 0);
            close(creat(paths[i], 0600));
        }
        empty_queue(loop);
        for (int i = 2; i < count; ++i) assert_int_equal(counts[i], 1);
        for (int i = 2; i < count; ++i)
            assert_int_equal(truncate(paths[i], 5), 0);
        run_down(loop);
        for (int i = 2; i < count; ++i) assert_int_equal(counts[i], 2);
    }
    end(loop);
    if (!possible) skip();
}

static const Test tests[] = {
    EACH(test_stat_many_files_are_told_apart),
    EACH(test_stat_many_missing_files_are_told_apart),
    ONCE(test_stat_lost_inotify_events_are_made_up_for),
    ONCE(test_stat_lost_removals_are_made_up_for),
};

HARNESS_MAIN("stat_many", tests)
