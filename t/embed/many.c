/* Many loops embedded in one, whose callbacks stop embed watchers, their own or
 * others, while the outer loop sweeps.
 */

#include <unistd.h>

#include "calls.h"

enum { many = 9 };

typedef struct Part {
    struct ev_loop* loop;
    ev_embed* embed; /* allocated, null once it is stopped and freed */
    ev_io io;
    int fds[2], called;
} Part;

static struct ev_loop* outer;
static Part parts[many];

/* What the callback of the inner loops does, of the part that it is of. */
static void (*act)(int part);

static void embed_begin(int i)
{
    parts[i].embed = (ev_embed*)malloc(sizeof *parts[i].embed);
    assert_non_null(parts[i].embed);
    ev_embed_init(parts[i].embed, NULL, parts[i].loop);
    ev_embed_start(outer, parts[i].embed);
}

static void embed_end(int i)
{
    ev_embed* w = parts[i].embed;
    if (!w) return;
    ev_embed_stop(outer, w);
    memset(w, 0xee, sizeof *w);
    free(w);
    parts[i].embed = NULL;
}

static void on_readable(struct ev_loop* loop, ev_io* w, int revents)
{
    Part* part = (Part*)w->data;
    char c;
    (void)loop, (void)revents;
    assert_int_equal(read(w->fd, &c, 1), 1);
    ++part->called;
    if (act) act((int)(part - parts));
}

static void begin(void)
{
    outer = loop_new(0);
    act = NULL;
    for (int i = 0; i < many; ++i) {
        parts[i].loop = ev_loop_new(embeddable_backend());
        assert_non_null(parts[i].loop);
        assert_int_equal(pipe(parts[i].fds), 0);
        ev_io_init(&parts[i].io, on_readable, parts[i].fds[0], EV_READ);
        parts[i].io.data = &parts[i];
        parts[i].called = 0;
        embed_begin(i);
    }
}

static void end(void)
{
    for (int i = 0; i < many; ++i) {
        embed_end(i);
        ev_io_stop(parts[i].loop, &parts[i].io);
        ev_loop_destroy(parts[i].loop);
        close(parts[i].fds[0]), close(parts[i].fds[1]);
    }
    assert_int_equal(ev_run(outer, EVRUN_NOWAIT), 0);
    ev_verify(outer);
    ev_loop_destroy(outer);
}

static void put(int i) { assert_int_equal(write(parts[i].fds[1], "x", 1), 1); }

/* A change in each inner loop, and data: all are swept before the wait. */
static void sweep_all(void)
{
    for (int i = 0; i < many; ++i) {
        ev_io_stop(parts[i].loop, &parts[i].io);
        ev_io_start(parts[i].loop, &parts[i].io);
        put(i);
    }
    ev_run(outer, EVRUN_NOWAIT);
    ev_verify(outer);
}

/* Those that are still embedded are told and served, whatever was stopped. */
static void assert_rest_served(void)
{
    act = NULL;
    for (int i = 0; i < 3; ++i) ev_run(outer, EVRUN_NOWAIT);
    for (int i = 0; i < many; ++i) {
        int before = parts[i].called;
        put(i);
        for (int k = 0; k < 3; ++k) ev_run(outer, EVRUN_NOWAIT);
        assert_int_equal(parts[i].called - before, parts[i].embed != NULL);
    }
}

static void stop_own(int i) { embed_end(i); }

static void stop_some_own(int i)
{
    if (i % 3) embed_end(i);
}

static void stop_next(int i) { embed_end((i + 1) % many); }
static void stop_previous(int i) { embed_end((i + many - 1) % many); }

static void stop_first_and_last(int i)
{
    (void)i;
    embed_end(0);
    embed_end(many - 1);
}

static void stop_own_and_others(int i)
{
    embed_end(i);
    embed_end(many / 2);
    embed_end(many - 1);
}

static void start_anew(int i)
{
    embed_end(i);
    embed_begin(i);
}

static void start_others_anew(int i)
{
    for (int k = 0; k < many; ++k)
        if (k != i) embed_end(k), embed_begin(k);
}

static void start_same_anew(int i)
{
    ev_embed_stop(outer, parts[i].embed);
    ev_embed_start(outer, parts[i].embed);
}

static void test_embed_many_stopped_in_a_sweep_leave_the_rest(void** state)
{
    /* R2.68, R3.13: a callback of an inner loop stops embed watchers and frees
     * them, or starts them again: nothing of those is touched any more, and the
     * rest go on. */
    static void (*const acts[])(int) = {
        stop_own,      stop_some_own,       stop_next,
        stop_previous, stop_first_and_last, stop_own_and_others,
        start_anew,    start_others_anew,   start_same_anew,
    };
    (void)state;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; ++i) {
        begin();
        ev_run(outer, EVRUN_NOWAIT);
        act = acts[i];
        sweep_all();
        assert_rest_served();
        act = acts[i];
        sweep_all();
        assert_rest_served();
        end();
    }
}

static ev_io early;

static void start_io(int i)
{
    if (i != many - 1) return;
    embed_end(0); /* the last takes its place */
    put(1);
    ev_io_init(&early, on_readable, parts[1].fds[0], EV_READ);
    early.data = &parts[1];
    ev_io_start(parts[i].loop, &early);
    act = NULL;
}

static void test_embed_many_moved_in_a_sweep_are_told_before_the_wait(void** s)
{
    /* R2.68: what a callback starts in the inner loop is told before the outer
     * one waits, also if another embed watcher was stopped meanwhile. */
    (void)s;
    begin();
    ev_run(outer, EVRUN_NOWAIT);
    ev_io_start(parts[many - 1].loop, &parts[many - 1].io);
    put(many - 1);
    act = start_io;
    ev_run(outer, EVRUN_NOWAIT);
    assert_int_equal(parts[many - 1].called, 1);
    assert_int_equal(parts[1].called, 1);
    ev_io_stop(parts[many - 1].loop, &early);
    end();
}

static const Test tests[] = {
    OURS(test_embed_many_stopped_in_a_sweep_leave_the_rest),
    OURS(test_embed_many_moved_in_a_sweep_are_told_before_the_wait),
};

HARNESS_MAIN("embed_many", tests)
