// relev.hpp: signal_set, process, path_watch, interval.

#include <sys/wait.h>

#include <csignal>
#include <limits>

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
    auto begin = std::chrono::steady_clock::now();
    interval tick(2ms);
    unsigned sum = 0;
    while (sum < 5) sum += co_await tick.next();
    assert_true(std::chrono::steady_clock::now() - begin >= 8ms);
    for (int i = 0; i < 5; ++i) co_await sleep_for(3ms);
    assert_true(co_await tick.next() >= 7);
}
void test_interval_counts_ticks(void**) { run_clean(ticks); }

// Issue 20, A19: a loop that is late loses no tick, and stays in step.
task<> late_ticks()
{
    auto clock = [] { return std::chrono::steady_clock::now(); };
    auto before = clock();
    interval tick(2ms);
    auto after = clock();
    unsigned sum = 0;
    for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(7ms);
        auto least = (clock() - after) / 2ms;
        sum += co_await tick.next();
        assert_in_range(sum, least, (clock() - before) / 2ms);
    }
}
void test_interval_late_loses_no_tick(void**) { run_clean(late_ticks); }

// Issue 20, A18: what could never happen is refused.
template <class Make>
int refused(Make make)
{
    try {
        make();
    } catch (const std::system_error& error) {
        assert_true(error.code().category() == std::generic_category());
        return error.code().value();
    }
    return 0;
}

template <class T>
task<> makes_refused(T value, int error)
{
    constexpr bool is_number = std::is_same_v<T, int>;
    assert_int_equal(refused([&] {
                         if constexpr (is_number) signal_set{SIGUSR1, value};
                         else interval{std::chrono::duration<T>(value)};
                     }),
                     error);
    co_return;
}
void test_refused_source_throws(void**)
{
    for (int signum : {0, -1, SIGKILL, SIGSTOP, 32, 65, 1000})
        run_clean(makes_refused<int>, signum, EINVAL);
    for (double every : {0., -1., std::numeric_limits<double>::quiet_NaN()})
        run_clean(makes_refused<double>, every, EINVAL);
    run_clean(makes_refused<int>, SIGUSR2, 0);
    run_clean(makes_refused<double>, 1e-9, 0);
}

// The same for a process that is no child or whose end was read.
task<> makes_process(pid_t pid, int error)
{
    assert_int_equal(refused([=] { process p(pid); }), error);
    co_return;
}
void test_refused_process_throws(void**)
{
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    int fd = detail::pidfd_open(pid);  // valgrind has no such call
    run_clean(makes_process, pid, fd < 0 ? errno : 0);
    close(fd);
    run_clean(makes_process, 0, EINVAL);  // any child: in the default loop only
    struct ev_loop* raw = loop_default(0);
    {
        loop l(adopt, raw);
        l.run(makes_process(pid, 0));
        l.run(makes_process(-2, EINVAL));
        l.run(makes_process(1, ECHILD));
        waitpid(pid, nullptr, 0);
        l.run(makes_process(pid, ECHILD));
    }
    ev_loop_destroy(raw);
}

// Issue 20, A15: only a task can make a source.
void test_source_outside_of_task_throws(void**)
{
    loop l(flags());
    auto error = "relev: a task must make a source";
    auto all = {thrown_by([] { interval tick(1ms); }),
                thrown_by([] { signal_set s{SIGUSR1}; }),
                thrown_by([] { process p(1); }),
                thrown_by([] { path_watch f("/"); })};
    for (const std::string& text : all)
        assert_string_equal(text.c_str(), error);
}

// Issue 20, A18: what could never happen is refused, as libev 4.33 would abort.
using real = std::chrono::duration<double>;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

task<> awaits_refused(pid_t pid)
{
    using wall_time = std::chrono::time_point<std::chrono::system_clock, real>;
    for (int signum : {0, -1, SIGKILL, 1000}) {
        auto got = co_await nothrow(relev::signal(signum));
        assert_int_equal(got.error().value(), EINVAL);
    }
    auto status = co_await nothrow(child(pid));  // not in the default loop
    assert_int_equal(status.error().value(), EINVAL);
    std::error_code error = co_await nothrow(sleep_for(real(nan)));
    assert_int_equal(error.value(), EINVAL);
    error = co_await nothrow(sleep_until(wall_time(real(nan))));
    assert_int_equal(error.value(), EINVAL);
}
void test_refused_operation_throws(void**)
{
    pid_t pid = fork();
    if (pid == 0) _exit(0);
    run_clean(awaits_refused, pid);
    waitpid(pid, nullptr, 0);
}

// Issue 20, low: the first time that a clock has is long past.
template <class Clock>
task<> until_min()
{
    co_await sleep_until(Clock::time_point::min());
}
void test_sleep_until_first_time_ends_at_once(void**)
{
    run_clean(until_min<std::chrono::steady_clock>);
    run_clean(until_min<std::chrono::system_clock>);
}

const Test tests[] = {
    EACH(test_signal_between_awaits_is_kept),
    ONCE(test_process_that_ended_is_kept),
    EACH(test_path_changed_delivers_attributes),
    EACH(test_interval_counts_ticks),
    EACH(test_interval_late_loses_no_tick),
    EACH(test_refused_source_throws),
    EACH(test_refused_process_throws),
    EACH(test_source_outside_of_task_throws),
    EACH(test_refused_operation_throws),
    EACH(test_sleep_until_first_time_ends_at_once),
};

}  // namespace

HARNESS_MAIN("sources", tests)
