// relev.hpp: signal_set, process, path_watch, interval.

#include <sys/wait.h>

#include <csignal>

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 5.10: a signal between two awaits is kept, and kills nobody.
task<> signals()
{
    signal_set s{SIGUSR1, SIGUSR2};
    raise(SIGUSR2);
    assert_int_equal(co_await s.next(), SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR2);
    co_await sleep_for(1ms);  // both are received here
    int sum = co_await s.next();
    sum += co_await s.next();
    assert_int_equal(sum, SIGUSR1 + SIGUSR2);
    assert_false(co_await try_for(
        1ms, [](signal_set& t) -> task<> { co_await t.next(); }(s)));
}
void test_signal_between_awaits_is_kept(void**) { run_clean(signals); }

// CXX_API 5.10: the end of a process is kept, also if the loop runs first.
task<> waits_late()
{
    pid_t pid = fork();
    if (pid == 0) _exit(5);
    process p(pid);
    assert_int_equal(p.pid(), pid);
    co_await sleep_for(20ms);
    int status = co_await p.exited();
    assert_int_equal(WEXITSTATUS(status), 5);
    status = co_await p.exited();
    assert_int_equal(WEXITSTATUS(status), 5);
}
void test_process_that_ended_is_kept(void**)
{
    struct ev_loop* raw = loop_default(0);
    {
        loop l(adopt, raw);
        l.run(waits_late());
    }
    ev_loop_destroy(raw);
}

// CXX_API 4: path_watch delivers each change, also one between two awaits.
task<> watches(const char* path, int fd)
{
    path_watch f(path);
    assert_int_equal(write(fd, "12", 2), 2);
    ev_statdata now = co_await f.next();
    assert_int_equal(now.st_size, 2);
    assert_int_equal(write(fd, "34", 2), 2);
    now = co_await f.next();
    assert_int_equal(now.st_size, 4);
}
void test_path_changed_delivers_attributes(void**)
{
    char path[] = "/tmp/relev-watch-XXXXXX";
    int fd = mkstemp(path);
    run_clean(watches, path, fd);
    close(fd), unlink(path);
}

// CXX_API 4: an interval ticks at its rate, and tells how many were missed.
task<> ticks()
{
    interval tick(2ms);
    auto begin = std::chrono::steady_clock::now();
    unsigned sum = 0;
    while (sum < 5) sum += co_await tick.next();
    assert_true(std::chrono::steady_clock::now() - begin >= 8ms);
    // A loop that is late ticks once: so each tick gets an iteration.
    for (int i = 0; i < 5; ++i) co_await sleep_for(3ms);
    assert_true(co_await tick.next() >= 2);
}
void test_interval_counts_ticks(void**) { run_clean(ticks); }

const Test tests[] = {
    EACH(test_signal_between_awaits_is_kept),
    ONCE(test_process_that_ended_is_kept),
    EACH(test_path_changed_delivers_attributes),
    EACH(test_interval_counts_ticks),
};

}  // namespace

HARNESS_MAIN("sources", tests)
