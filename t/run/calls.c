/* What an iteration asks of the system: one wait, and the time no more often
 * than somebody can tell. All that the library may ask for is counted in
 * t/nets/faults/thrift.c.
 */
#define _GNU_SOURCE

#include "fds.h"
#include "kernel.h"
#include "spy.h"

static int reads; /* of any clock */

int clock_gettime(clockid_t id, struct timespec* ts)
{
    ++reads;
    return kernel_clock_gettime(id, ts);
}

int gettimeofday(struct timeval* restrict tv, void* restrict zone)
{
    struct timespec ts;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &ts);
    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = (suseconds_t)(ts.tv_nsec / 1000);
    return result;
}

enum { turns = 200, extra = 10 }; /* twice a second both clocks are read */

/* Iterations that find something to do: each waits once, and tells the kernel
 * nothing. The reads of a clock in each of them, as a rule. */
static int reads_of_turns(struct ev_loop* loop, int flags)
{
    for (int i = 0; i < 3; ++i) ev_run(loop, flags);
    reads = spy_waits = spy_ctls = 0;
    for (int i = 0; i < turns; ++i) ev_run(loop, flags);
    assert_int_equal(spy_waits, turns);
    assert_int_equal(spy_ctls, 0);
    assert_true(reads >= turns);
    return (reads - extra + turns - 1) / turns;
}

typedef struct Ready {
    struct ev_loop* loop;
    Io io;
    int p[2];
} Ready;

static Ready ready_begin(void)
{
    Ready r;
    r.loop = loop_new(0);
    pipe_open(r.p);
    byte_put(r.p[1]);
    return r;
}

static void ready_end(Ready* r)
{
    io_off(r->loop, &r->io);
    ev_loop_destroy(r->loop);
    both_close(r->p);
}

static void test_run_with_files_alone_reads_the_clock_once(void** state)
{
    /* R1.22: loop time is renewed before the wait and after it; the former
     * nobody can tell if no timer counts on it. */
    static const int flags[] = {EVRUN_NOWAIT, EVRUN_ONCE};
    Ready r = ready_begin();
    (void)state;

    io_on(r.loop, &r.io, r.p[0], EV_READ);
    for (int i = 0; i < 2; ++i)
        assert_int_equal(reads_of_turns(r.loop, flags[i]), 1);
    ready_end(&r);
}

static void test_run_with_a_timer_reads_the_clock_twice(void** state)
{
    /* R1.22: before the wait, to know how long, and after it. */
    Ready r = ready_begin();
    ev_timer timer;
    (void)state;

    io_on(r.loop, &r.io, r.p[0], EV_READ);
    ev_timer_init(&timer, run_end, 1000., 1000.);
    ev_timer_start(r.loop, &timer);
    assert_int_equal(reads_of_turns(r.loop, EVRUN_ONCE), 2);
    assert_int_equal(reads_of_turns(r.loop, EVRUN_NOWAIT), 1);
    ev_timer_stop(r.loop, &timer);
    assert_int_equal(reads_of_turns(r.loop, EVRUN_ONCE), 1);
    ready_end(&r);
}

static void periodic_silent(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_run_with_a_periodic_reads_the_clock_twice(void** state)
{
    /* R1.22: likewise for a moment of wall time. */
    Ready r = ready_begin();
    ev_periodic periodic;
    (void)state;

    io_on(r.loop, &r.io, r.p[0], EV_READ);
    ev_periodic_init(&periodic, periodic_silent, 0., 1e6, 0);
    ev_periodic_start(r.loop, &periodic);
    assert_int_equal(reads_of_turns(r.loop, EVRUN_ONCE), 2);
    ev_periodic_stop(r.loop, &periodic);
    assert_int_equal(reads_of_turns(r.loop, EVRUN_ONCE), 1);
    ready_end(&r);
}

static void silent(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_run_with_other_kinds_reads_the_clock_once(void** state)
{
    /* R1.22: no other kind of watcher counts on the time. */
    Ready r = ready_begin();
    ev_prepare prepare;
    ev_check check;
    ev_idle idle;
    ev_fork forked;
    ev_async async;
    ev_signal signal;
    (void)state;

    io_on(r.loop, &r.io, r.p[0], EV_READ);
    ev_init(&prepare, (void (*)(EV_P_ ev_prepare*, int))silent);
    ev_init(&check, (void (*)(EV_P_ ev_check*, int))silent);
    ev_init(&forked, (void (*)(EV_P_ ev_fork*, int))silent);
    ev_init(&idle, (void (*)(EV_P_ ev_idle*, int))silent);
    ev_init(&async, (void (*)(EV_P_ ev_async*, int))silent);
    ev_signal_init(&signal, (void (*)(EV_P_ ev_signal*, int))silent, SIGUSR1);
    ev_prepare_start(r.loop, &prepare);
    ev_check_start(r.loop, &check);
    ev_fork_start(r.loop, &forked);
    ev_async_start(r.loop, &async);
    ev_signal_start(r.loop, &signal);
    assert_int_equal(reads_of_turns(r.loop, EVRUN_ONCE), 1);
    ev_idle_start(r.loop, &idle);
    assert_int_equal(reads_of_turns(r.loop, EVRUN_ONCE), 1);
    ev_idle_stop(r.loop, &idle);
    ev_signal_stop(r.loop, &signal);
    ready_end(&r);
}

static void test_run_that_waits_in_vain_reads_the_clock_for_each(void** state)
{
    /* R1.22: if the timer was put off, there are two waits, and the clock is
     * read at most twice for each. */
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;
    (void)state;

    run_for(loop, .001); /* a kernel that lacks something shows it here */
    ev_timer_init(&timer, run_end, .006, .006);
    ev_timer_start(loop, &timer);
    ev_sleep(.003);
    ev_now_update(loop);
    ev_timer_again(loop, &timer);
    reads = spy_waits = 0;
    ev_run(loop, EVRUN_ONCE);
    assert_in_range(spy_waits, 1, 2);
    assert_in_range(reads, 2, 4 + 1);
    ev_timer_stop(loop, &timer);
    ev_loop_destroy(loop);
}

static void test_watchers_changed_read_no_clock(void** state)
{
    /* R1.68: timeouts count from the cached loop time. */
    struct ev_loop* loop = loop_new(0);
    ev_timer timer;
    int p[2];
    Io io;
    (void)state;

    pipe_open(p);
    reads = spy_waits = 0;
    for (int i = 0; i < 100; ++i) {
        ev_timer_init(&timer, run_end, 10., 5.);
        ev_timer_start(loop, &timer);
        ev_timer_again(loop, &timer);
        assert_true(ev_timer_remaining(loop, &timer) > 4.9);
        ev_timer_stop(loop, &timer);
        io_on(loop, &io, p[0], EV_READ);
        ev_feed_event(loop, &io.w, EV_READ);
        ev_invoke_pending(loop);
        io_off(loop, &io);
        assert_true(ev_now(loop) > 0);
    }
    assert_int_equal(reads, 0);
    assert_int_equal(spy_waits, 0);
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    OURS(test_run_with_files_alone_reads_the_clock_once),
    OURS(test_run_with_a_timer_reads_the_clock_twice),
    OURS(test_run_with_a_periodic_reads_the_clock_twice),
    OURS(test_run_with_other_kinds_reads_the_clock_once),
    OURS(test_run_that_waits_in_vain_reads_the_clock_for_each),
    EACH(test_watchers_changed_read_no_clock),
};

HARNESS_MAIN("run_calls", tests)
