// White box: how the backends wait: for how long, what ends it, and what is
// done around the system call.

#include "backend.hh"

namespace {

int syserrs;

void count_syserr(const char* what) noexcept
{
    assert_true(what && *what && errno == EFAULT);
    ++syserrs;
}

// The system call does not take place; returns what it was asked for.
ev_tstamp asked(ev_tstamp timeout)
{
    waits.pretend = true;
    bench.wait(timeout);
    return waits.timeout;
}

void test_wait_is_rounded_up_to_the_tick(const Backend* b)
{
    /* R2.23: never shorter than asked (but for a nanosecond, which is noise of
     * the arithmetic), and not a whole tick longer. */
    constexpr ev_tstamp noise = 1.001e-9;
    for (int i = 0; i < 2000; ++i) {
        ev_tstamp scale[] = {1e-5, 1e-3, 1, 60};
        ev_tstamp timeout = random_below(1 << 20) * scale[i % 4] / (1 << 20);
        ev_tstamp got = asked(timeout);
        assert_true(got >= timeout - noise);
        assert_true(got < timeout + b->min_wait + noise);
    }
}

void test_wait_of_whole_ticks_is_taken_as_it_is(const Backend*)
{
    /* R2.23: zero does not block; whole milliseconds are not rounded up once
     * more, though they have no exact double. */
    assert_true(asked(0) == 0);
    for (int msec = 1; msec < 3000; ++msec) {
        ev_tstamp got = asked(msec * 1e-3) * 1000;
        assert_true(got > msec - 1e-5);
        assert_true(got < msec + 0.5);
    }
}

void test_wait_of_the_smallest_is_not_zero(const Backend* b)
{
    /* R2.23: however little is asked for, it blocks. */
    assert_true(asked(b->min_wait) >= b->min_wait - 1e-12);
    assert_true(asked(b->min_wait / 2) > 0);
    assert_true(asked(1e-8) > 0);
}

void test_wait_of_ages_is_taken_by_the_kernel(const Backend*)
{
    /* R1.15: no overflow makes it endless, short or illegal. */
    const ev_tstamp ages[] = {3600, 86400, 1e6, 3e6, 1e9};
    for (ev_tstamp age : ages) {
        ev_tstamp got = asked(age);
        assert_true(got >= evi::min(age, ev_tstamp(1e6)));
        assert_true(got <= age + 1);
    }
}

void test_wait_on_the_true_kernel_is_not_early(const Backend*)
{
    /* R2.23: as seen by the monotonic clock. */
    const ev_tstamp timeouts[] = {1e-4, 1e-3, 1.5e-3, 2.4e-3, 7.01e-3};
    for (ev_tstamp timeout : timeouts) {
        ev_tstamp start = evi::time_mono();
        bench.wait(timeout);
        assert_true(evi::time_mono() - start >= timeout);
    }
}

void test_wait_interrupted_ends_without_events(const Backend*)
{
    /* R2.24: EINTR is neither an error nor tried again. */
    Pair pair;
    pair.open();
    bench.probe(pair[0]);
    bench.want(pair[0], EV_READ);
    syserrs = 0;
    evi::hooks.syserr = count_syserr;
    waits = {};
    waits.fail = EINTR;
    assert_int_equal(bench.seen(pair[0]), 0);
    assert_int_equal(waits.count, 1);
    waits.fail = 0;
    assert_int_equal(bench.seen(pair[0]), EV_READ);
    evi::hooks.syserr = nullptr;
    assert_int_equal(syserrs, 0);
    pair.close();
}

void test_wait_failed_is_told_to_syserr(const Backend*)
{
    /* R2.27: what nobody expects goes to the callback, with errno, and without
     * one the process ends; the watchers stay as they are. */
    Pair pair;
    pair.open();
    bench.probe(pair[0]);
    bench.want(pair[0], EV_READ);
    syserrs = 0;
    evi::hooks.syserr = count_syserr;
    waits.fail = EFAULT;
    assert_int_equal(bench.seen(pair[0]), 0);
    assert_int_equal(syserrs, 1);
    evi::hooks.syserr = nullptr;
    assert_aborts([] {
        evi::fork_renew(*bench.loop);  // assert_aborts makes a child
        evi::fds_reify(*bench.loop);
        bench.wait(0);
    });
    waits.fail = 0;
    assert_int_equal(bench.seen(pair[0]), EV_READ);
    pair.close();
}

void test_wait_out_of_memory_gives_up_the_highest_fd(const Backend*)
{
    /* R2.12: so that others can go on: one fd at a time, told like a dead
     * one. */
    Pair a, b;
    a.open(), b.open();
    bench.probe(a[0]), bench.probe(b[0]);
    bench.want(a[0], EV_READ), bench.want(b[0], EV_READ);
    assert_true(a[0] < b[0]);
    waits.fail = ENOMEM;
    bench.wait(0);
    assert_int_equal(bench.take(b[0]), probe_dead);
    assert_int_equal(bench.take(a[0]), 0);
    waits.fail = 0;
    bench.settle();
    bench.wait(0);
    assert_int_equal(bench.take(a[0]), EV_READ);
    assert_int_equal(bench.take(b[0]), 0);
    a.close(), b.close();
}

void release(EV_P)
{
    static_cast<void>(EV_A);
    waits.note('r');
    errno = ENOENT;
}

void acquire(EV_P)
{
    static_cast<void>(EV_A);
    waits.note('a');
    errno = EFAULT;
}

void test_wait_is_between_release_and_acquire(const Backend*)
{
    /* R1.43: once each, straight around the system call; what they do to errno
     * is not taken for the call's. */
    Pair pair;
    pair.open();
    bench.probe(pair[0]);
    bench.want(pair[0], EV_READ);
    bench.loop->release = release;
    bench.loop->acquire = acquire;
    bench.loop->observed = true;
    assert_int_equal(bench.seen(pair[0]), EV_READ);
    assert_string_equal(waits.order, "rwa");

    syserrs = 0;
    evi::hooks.syserr = count_syserr;  // gets EFAULT if errno was lost
    waits.fail = EINTR;
    bench.wait(0.001);
    evi::hooks.syserr = nullptr;
    assert_string_equal(waits.order, "rwa");
    assert_int_equal(syserrs, 0);

    bench.loop->release = nullptr;
    waits.fail = 0;
    bench.wait(0);
    assert_string_equal(waits.order, "wa");
    bench.loop->release = release, bench.loop->acquire = nullptr;
    bench.wait(0);
    assert_string_equal(waits.order, "rw");
    pair.close();
}

void test_wait_more_ready_than_expected_reports_all(const Backend*)
{
    /* R2.19: more fds are ready than the kernel is first given room for: all
     * are reported within a few waits, and at once when room was made. */
    constexpr int count = 300;
    static Pair pairs[count];
    for (auto& pair : pairs) pair.open(), bench.probe(pair[0]);
    for (auto& pair : pairs) bench.want(pair[0], EV_READ | EV_WRITE);
    bool seen[count] = {};
    int last = 0;
    for (int turn = 0; turn < 8; ++turn) {
        last = 0;
        bench.wait(0);
        for (int i = 0; i < count; ++i)
            if (bench.take(pairs[i][0])) seen[i] = true, ++last;
    }
    for (bool one : seen) assert_true(one);
    assert_int_equal(last, count);
    for (auto& pair : pairs) pair.close();
}

}  // namespace

int main()
{
    static const Row table[] = {
        ROW(test_wait_is_rounded_up_to_the_tick),
        ROW(test_wait_of_whole_ticks_is_taken_as_it_is),
        ROW(test_wait_of_the_smallest_is_not_zero),
        ROW(test_wait_of_ages_is_taken_by_the_kernel),
        ROW(test_wait_on_the_true_kernel_is_not_early),
        ROW(test_wait_interrupted_ends_without_events),
        ROW(test_wait_failed_is_told_to_syserr),
        ROW(test_wait_out_of_memory_gives_up_the_highest_fd),
        ROW(test_wait_is_between_release_and_acquire),
        ROW(test_wait_more_ready_than_expected_reports_all),
    };
    return run_all("backend_wait", table);
}
