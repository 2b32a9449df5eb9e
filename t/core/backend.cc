// White box: the contract of backends/backend.hh, for each backend there is.
// How they wait is in backend_wait.cc.

#include "backend.hh"

namespace {

void test_backend_fields_are_filled_in(const Backend* b)
{
    /* R1.2: one bit of the backend mask, no other backend's, and every
     * function there. */
    assert_true(b->flag && !(b->flag & (b->flag - 1)));
    assert_int_equal(b->flag & ~unsigned(EVBACKEND_MASK), 0);
    assert_true(b->min_wait > 0 && b->min_wait <= 1e-3);
    assert_true(b->init && b->destroy && b->fork && b->modify && b->poll);
    int same = 0;
    for (int i = 0; const Backend* other = evi::backend_at(i); ++i)
        same += other->flag == b->flag;
    assert_int_equal(same, 1);
}

void test_backend_made_and_destroyed_leaves_no_fd(const Backend* b)
{
    /* R2.28: at most one fd while it lives, close-on-exec, and none after. */
    int before = fds_open();
    for (int i = 0; i < 10; ++i) {
        Loop* loop = evi::dynamic_new(b->flag | EVFLAG_NOENV);
        int own = loop->backend_fd;
        assert_int_equal(fds_open(), before + (own >= 0));
        if (own >= 0) assert_true(fcntl(own, F_GETFD) & FD_CLOEXEC);
        assert_int_equal(own >= 0, has_own_fd(b));
        evi::dynamic_destroy(*loop);
        assert_int_equal(fds_open(), before);
    }
}

void test_backend_every_change_reports_what_is_wanted(const Backend*)
{
    /* R2.1: from each mask to each other, and to itself, on an fd that is
     * ready for both: exactly what is wanted is reported, each time. */
    for (int was = 0; was < 4; ++was)
        for (int want = 0; want < 4; ++want) {
            Pair pair;
            pair.open();
            bench.probe(pair[0]);
            if (was) bench.want(pair[0], was);
            assert_int_equal(bench.seen(pair[0]), was);
            if (was || want) bench.want(pair[0], want);
            assert_int_equal(bench.seen(pair[0]), want);
            bench.settle();
            assert_int_equal(bench.seen(pair[0]), want);
            if (want) bench.want(pair[0], 0);
            bench.drop(pair[0]);
            pair.close();
        }
}

void test_backend_unwanted_fd_does_not_end_the_wait(const Backend*)
{
    /* R2.17: an entry that the kernel keeps costs at most one wait. */
    Pair pair;
    pair.open();
    bench.probe(pair[0]);
    bench.want(pair[0], EV_READ | EV_WRITE);
    assert_int_equal(bench.seen(pair[0]), EV_READ | EV_WRITE);
    bench.want(pair[0], 0);
    bench.wait(0);
    ev_tstamp start = evi::time_mono();
    bench.wait(0.02);
    assert_true(evi::time_mono() - start >= 0.02);
    assert_int_equal(bench.take(pair[0]), 0);
    pair.close();
}

void test_backend_many_fds_report_each_its_own(const Backend*)
{
    /* R2.1: of several fds, changed and taken away in any order, each reports
     * what is wanted of it. */
    constexpr int count = 40;
    Pair pairs[count];
    int want[count] = {};
    for (auto& pair : pairs) pair.open(), bench.probe(pair[0]);
    for (int round = 0; round < 400; ++round) {
        int i = random_below(count), events = random_below(4);
        if (events != want[i]) bench.want(pairs[i][0], events);
        want[i] = events;
        if (round % 8) continue;
        bench.settle();
        bench.wait(0);
        for (int k = 0; k < count; ++k)
            assert_int_equal(bench.take(pairs[k][0]), want[k]);
    }
    for (auto& pair : pairs) pair.close();
}

void test_backend_reset_sees_the_new_file(const Backend*)
{
    /* R2.8: after a start with the same mask, it polls the file that has the
     * number now; R2.9: a copy of the old file causes no more events. */
    Pair old, fresh;
    old.open(), fresh.open();
    int fd = old[0], copy = dup(old[0]);
    bench.probe(fd);
    bench.want(fd, EV_READ);
    assert_int_equal(bench.seen(fd), EV_READ);

    char c;
    assert_int_equal(read(fresh[0], &c, 1), 1);
    assert_int_equal(dup2(fresh[0], fd), fd);
    bench.want(fd, EV_READ);
    for (int i = 0; i < 3; ++i) {
        assert_int_equal(bench.seen(fd), 0);
        bench.settle();
    }
    ev_tstamp start = evi::time_mono();
    bench.wait(0.02);
    assert_true(evi::time_mono() - start >= 0.02);
    assert_int_equal(write(fresh[1], "x", 1), 1);
    assert_int_equal(bench.seen(fd), EV_READ);
    close(copy);
    old.close(), fresh.close();
}

void test_backend_dead_fd_is_killed_others_are_served(const Backend*)
{
    /* R2.12: found when told or when waiting: its watchers are stopped and
     * told, in the same iteration as others are served. */
    Pair dead, good;
    dead.open(), good.open();
    bench.probe(dead[0]), bench.probe(good[0]);
    dead.close();
    bench.want(dead[0], EV_READ);
    bench.want(good[0], EV_READ);
    bench.wait(0);
    assert_int_equal(bench.take(dead[0]), probe_dead);
    assert_int_equal(bench.take(good[0]), EV_READ);
    assert_false(bench.probes[dead[0]].active);
    assert_false(bench.loop->fds.table[dead[0]].watched());
    bench.settle();
    assert_int_equal(bench.loop->fds.table[dead[0]].registered(), 0);
    assert_int_equal(bench.seen(dead[0]), 0);
    assert_int_equal(bench.take(good[0]), EV_READ);
    good.close();
}

void test_backend_file_is_always_ready(const Backend*)
{
    /* R2.11: a regular file is ready for what is asked, and for no more. */
    char path[] = "/tmp/backend.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    bench.probe(fd);
    const int masks[] = {EV_READ, EV_WRITE, EV_READ | EV_WRITE, EV_READ};
    for (int want : masks) {
        bench.want(fd, want);
        assert_int_equal(bench.seen(fd), want);
        assert_int_equal(bench.seen(fd), want);
    }
    bench.want(fd, 0);
    assert_int_equal(bench.seen(fd), 0);
    close(fd);
}

void test_backend_hangup_is_readable_and_writable(const Backend*)
{
    /* R2.13: a socket whose peer has gone, as far as wanted; not an error. */
    for (int want = 1; want < 4; ++want) {
        Pair pair;
        pair.open();
        close(pair[1]);
        bench.probe(pair[0]);
        bench.want(pair[0], want);
        assert_int_equal(bench.seen(pair[0]), want);
        assert_true(bench.probes[pair[0]].active);
        bench.want(pair[0], 0);
        bench.drop(pair[0]);
        close(pair[0]);
        bench.wait(0);
    }
}

void test_backend_change_while_waiting_is_not_reported(const Backend*)
{
    /* R2.5: an event of an fd that was changed since the kernel was told is
     * held back; it will be reported again. */
    Pair pair;
    pair.open();
    bench.probe(pair[0]);
    bench.want(pair[0], EV_READ);
    evi::fd_changed(*bench.loop, bench.loop->fds.table[pair[0]], pair[0]);
    assert_int_equal(bench.seen(pair[0]), 0);
    bench.settle();
    assert_int_equal(bench.seen(pair[0]), EV_READ);
    pair.close();
}

// Entries of the kernel's set that are ready, seen from outside.
int set_ready(int fd)
{
    epoll_event events[8];
    return real<decltype(epoll_wait)>("epoll_wait")(fd, events, 8, 0);
}

void test_backend_fork_has_an_empty_kernel_state_of_its_own(const Backend* b)
{
    /* R2.29: what the parent has is left as it is, and what is watched is
     * registered with the kernel again before the next wait. */
    Pair pair;
    pair.open();
    bench.probe(pair[0]);
    bench.want(pair[0], EV_READ);
    assert_int_equal(bench.seen(pair[0]), EV_READ);
    int own = bench.loop->backend_fd;
    int parents = own >= 0 ? dup(own) : -1;
    int before = fds_open();

    b->fork(*bench.loop);
    assert_int_equal(fds_open(), before);
    if (parents >= 0) {
        assert_int_equal(set_ready(parents), 1);
        assert_int_equal(set_ready(bench.loop->backend_fd), 0);
    }
    bench.settle();
    assert_int_equal(bench.seen(pair[0]), EV_READ);
    bench.want(pair[0], EV_WRITE);
    assert_int_equal(bench.seen(pair[0]), EV_WRITE);
    bench.want(pair[0], 0);
    bench.wait(0);
    if (parents >= 0) assert_int_equal(set_ready(parents), 1);
    if (parents >= 0) close(parents);
    pair.close();
}

}  // namespace

int main()
{
    static const Row table[] = {
        ROW(test_backend_fields_are_filled_in),
        ROW(test_backend_made_and_destroyed_leaves_no_fd),
        ROW(test_backend_every_change_reports_what_is_wanted),
        ROW(test_backend_unwanted_fd_does_not_end_the_wait),
        ROW(test_backend_many_fds_report_each_its_own),
        ROW(test_backend_reset_sees_the_new_file),
        ROW(test_backend_dead_fd_is_killed_others_are_served),
        ROW(test_backend_file_is_always_ready),
        ROW(test_backend_hangup_is_readable_and_writable),
        ROW(test_backend_change_while_waiting_is_not_reported),
        ROW(test_backend_fork_has_an_empty_kernel_state_of_its_own),
    };
    return run_all("backend", table);
}
