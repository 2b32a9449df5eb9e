/* relev_dump: the lines about the loop, the time, and dumps in a file. */

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "clock.h"

#include "dump_help.h"

static void test_dump_says_when_a_timer_is_overdue(void** state)
{
    /* Issue 19 B8: the loop's time is old while a callback hangs, so the clock
     * is read. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("t", 1, 10);
    char line[80];
    ev_periodic p;
    (void)state;

    clock_freeze();
    ev_now_update(loop);
    ev_periodic_init(&p, NULL, ev_time() + 1.5, 0., NULL);
    ev_timer_start(loop, &t), ev_periodic_start(loop, &p);
    dump(loop);
    snprintf(line, sizeof line, "ev_timer %p: due in 1.000 s, repeat 10.000 s",
             (void*)&t);
    assert_memory_equal(dumped, line, strlen(line));
    assert_non_null(strstr(dumped_loop, "\nlag: 0.000 s\n"));
    clock_advance(3);
    dump(loop);
    assert_non_null(strstr(dumped, ": overdue by 2.000 s, repeat 10.000 s\n"));
    assert_non_null(strstr(dumped, ": overdue by 1.500 s\n"));
    assert_non_null(strstr(dumped_loop, "\nlag: 2.000 s\n"));
    ev_timer_again(loop, &t); /* it is put off: 10 s after 0 s */
    dump(loop);
    assert_non_null(strstr(dumped, ": due in 7.000 s, repeat 10.000 s\n"));
    assert_non_null(strstr(dumped_loop, "\nlag: 1.500 s\n"));
    ev_loop_destroy(loop);
    clock_thaw();
}

static void dump_it(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    dump(loop);
    ev_break(loop, EVBREAK_ALL);
}

static void dump_in_a_callback(struct ev_loop* loop)
{
    ev_timer t;
    ev_timer_init(&t, dump_it, 0., 0.);
    ev_timer_start(loop, &t);
    ev_run(loop, 0);
}

static void test_dump_begins_with_the_loop(void** state)
{
    /* Issue 19 C2: backend, iteration, depth; what runs now and since when. */
    struct ev_loop* loop = loop_default(0);
    char line[100];
    (void)state;

    turn(loop);
    dump(loop);
    snprintf(line, sizeof line,
             "loop %p (default): %s, iteration %u, depth 0\n", (void*)loop,
             backend_name(ev_backend(loop)), ev_iteration(loop));
    assert_memory_equal(dumped_loop, line, strlen(line));
    assert_non_null(strstr(dumped_loop, "\nnow: not in ev_run\n"));
    dump_in_a_callback(loop);
    assert_non_null(strstr(dumped_loop, ", depth 1\nnow: in ev_run (more "));
    relev_metrics_enable(loop, 2);
    dump_in_a_callback(loop);
    assert_non_null(strstr(dumped_loop, "\nnow: in a callback of ev_timer, "));
    assert_non_null(strstr(dumped_loop, ", for 0."));
    ev_loop_destroy(loop);
    signal(SIGCHLD, SIG_DFL);
}

static void test_dump_names_what_an_unref_is_for(void** state)
{
    /* Issue 19 C2: if there is one kind of watchers, or all have lost their
     * references. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("t", 1000, 0), u = timer_of("u", 1000, 0);
    ev_prepare p;
    (void)state;

    ev_prepare_init(&p, NULL);
    ev_timer_start(loop, &t), ev_timer_start(loop, &u);
    ev_unref(loop);
    assert_string_equal(dump_reason(loop),
                        "2 ev_timer (and 1 ev_unref for ev_timer)");
    ev_prepare_start(loop, &p);
    assert_string_equal(dump_reason(loop),
                        "2 ev_timer, 1 ev_prepare (and 1 ev_unref)");
    ev_unref(loop), ev_unref(loop);
    assert_string_equal(dump_reason(loop),
                        "nothing (and 3 ev_unref for all watchers)");
    for (int i = 0; i < 3; ++i) ev_ref(loop);
    ev_loop_destroy(loop);
}

/* The same of a file. Returns what relev_dump_file did. */
static int dump_file(struct ev_loop* loop, const char* path, int flags,
                     const char* name)
{
    int listed = relev_dump_file(loop, path, flags);
    FILE* file = fopen(name, "r");
    struct stat st;
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    dumped[fread(dumped, 1, sizeof dumped - 1, file)] = 0;
    fclose(file);
    dumped_strip();
    dumped_split();
    return listed;
}

static void test_dump_to_a_file(void** state)
{
    /* Issue 19 B6: a debugger needs no descriptor, and no memory for a name.
     * A new file each time; with a name, the end of a file. */
    struct ev_loop* loop = loop_fresh(0);
    ev_timer t = timer_of("t", 1000, 0);
    char own[80], named[40];
    (void)state;

    snprintf(own, sizeof own, "/tmp/relev-%ld-%p.dump", (long)getpid(),
             (void*)loop);
    snprintf(named, sizeof named, "/tmp/relev-test-%ld", (long)getpid());
    ev_timer_start(loop, &t);
    assert_int_equal(symlink("/none/such", own), 0); /* it is not followed */
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(dump_file(loop, NULL, 0, own), 1);
        assert_null(strstr(dumped, "loop "));
    }
    for (int i = 0; i < 2; ++i) {
        assert_int_equal(dump_file(loop, named, 0, named), 1);
        assert_int_equal(strstr(dumped, "\nloop ") != NULL, i);
    }
    assert_int_equal(unlink(own), 0);
    assert_int_equal(unlink(named), 0);
    assert_int_equal(mkfifo(named, 0600), 0); /* nobody reads it */
    assert_int_equal(relev_dump_file(loop, named, 0), -1);
    assert_int_equal(errno, ENXIO);
    assert_int_equal(unlink(named), 0);
    assert_int_equal(relev_dump_file(loop, "/none/such", 0), -1);
    assert_int_equal(errno, ENOENT);
    ev_loop_destroy(loop);
}

static void test_dump_lists_internal_watchers_on_demand(void** state)
{
    /* Issue 19 C2: those of the loop, and the parts of the program's. They are
     * not counted. */
    struct ev_loop* loop = loop_default(EVFLAG_NOINOTIFY);
    char own[80], line[80];
    ev_stat s;
    (void)state;

    snprintf(own, sizeof own, "/tmp/relev-%ld-%p.dump", (long)getpid(),
             (void*)loop);
    ev_stat_init(&s, NULL, "/", 0.);
    ev_stat_start(loop, &s);
    assert_int_equal(dump(loop), 1);
    assert_null(strstr(dumped, "of the library"));
    assert_int_equal(dump_file(loop, NULL, RELEV_DUMP_INTERNAL, own), 1);
    snprintf(line, sizeof line, ", of the library, for ev_stat %p\n",
             (void*)&s);
    assert_non_null(strstr(dumped, line));
    assert_non_null(
        strstr(dumped, ": signal 17, priority 2, of the library\n"));
    assert_non_null(strstr(dumped, "\nreferences: 1 (1 of watchers, 0 by"));
    assert_int_equal(unlink(own), 0);
    ev_stat_stop(loop, &s);
    ev_loop_destroy(loop);
    signal(SIGCHLD, SIG_DFL);
}

static const Test tests[] = {
    EACH(test_dump_says_when_a_timer_is_overdue),
    EACH(test_dump_begins_with_the_loop),
    EACH(test_dump_names_what_an_unref_is_for),
    EACH(test_dump_to_a_file),
    EACH(test_dump_lists_internal_watchers_on_demand),
};

HARNESS_MAIN("relev_dump_loop", tests)
