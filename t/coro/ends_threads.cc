// relev.hpp: how loops and runs end while tasks of other threads are there, or
// come.

#include <sys/wait.h>

#include "call_help.hh"
#include "relevpp/loop_channel.hpp"

using namespace relev;

namespace {

// Issue 20, A4: a run ends; the tasks of other loops are canceled, and end.
void test_run_ends_others_are_canceled(void**)
{
    loop l(flags());
    caller c(l);
    l.run(until_waiting(1));
    assert_int_equal(waiting, 0);
    c.is_canceled();
}

// Issue 20, A4: their clean-up is awaited.
task<> cleans_up(std::atomic<int>& cleaned)
{
    try {
        co_await endless();
    } catch (const canceled&) {
        ++cleaned;
    }
    co_await shielded(soon(0));
    ++cleaned;
}
task<> call_with_clean_up(loop& there, std::atomic<int>& cleaned)
{
    co_await on(there, cleans_up, std::ref(cleaned));
}
void test_run_ends_after_clean_up_of_others(void**)
{
    loop l(flags());
    std::atomic<int> cleaned{0};
    std::thread other([&] {
        loop here(flags());
        here.run(call_with_clean_up(l, cleaned));
    });
    l.run(until_waiting(1));
    assert_int_equal(cleaned, 2);
    other.join();
}

task<int> call_soon(loop& there) { co_return co_await on(there, soon, 5); }

// Issue 20, A4: after a run others are refused, until the next one.
void test_run_has_ended_others_are_refused(void**)
{
    loop l(flags());
    l.run([]() -> task<> { co_return; }());
    assert_string_equal(call_from_here(l).c_str(), "canceled");
    caller c(l);
    c.is_canceled();
    assert_int_equal(l.run(call_soon(l)), 5);
}

// Issue 20, A4: a run in a callback ends nothing of the run around it.
void test_inner_run_ends_others_continue(void**)
{
    loop l(flags());
    std::atomic<bool> ended{false};
    std::thread other([&] {
        loop here(flags());
        assert_int_equal(here.run(call_soon(l)), 5);
        ended = true;
    });
    on_timer t{l, 0s, 100us, [&] {
                   l.run([]() -> task<> { co_return; }());
                   if (ended) ev_break(l.raw(), EVBREAK_ALL);
               }};
    l.run();
    other.join();
}

// Issue 20, A7: the other loop is destroyed, and then the caller canceled.
task<> destroys(std::unique_ptr<loop>& l)
{
    l.reset();
    co_return;
}
task<> canceled_late(std::unique_ptr<loop>& l)
{
    co_await when_any(call(*l), destroys(l));
}
void test_caller_is_canceled_after_other_loop(void**)
{
    auto other = std::make_unique<loop>(flags());
    run_clean(canceled_late, std::ref(other));
}

// Issue 20, A7: nor is the caller itself destroyed too late.
void test_caller_is_destroyed_after_other_loop(void**)
{
    auto other = std::make_unique<loop>(flags());
    loop l(flags());
    on_check c{l, [&] {
                   other.reset();
                   throw std::runtime_error("midway");
               }};
    on_timer t{l, 0s, [] {}};
    auto run = [&] { l.run(call(*other)); };
    assert_string_equal(thrown_by(run).c_str(), "midway");
}

// Issue 20, A8: a call that comes with a stop, or after it.
void test_call_comes_with_stop_is_canceled(void**)
{
    loop l(flags());
    ev_ref(l.raw());
    l.stop();
    loop here(flags());
    bool thrown = false;
    on_check c{here, [&] {
                   if (!std::exchange(thrown, true)) l.run();
               }};
    on_timer t{here, 0s, [] {}};
    auto run = [&] { here.run(call(l)); };
    assert_string_not_equal(thrown_by(run).c_str(), "");
    assert_string_equal(call_from_here(l).c_str(), "canceled");
}

// Issue 20, A8: calls and stops of two threads.
void test_calls_and_stop_race(void**)
{
    for (int i = 0; i < 50; ++i) {
        loop l(flags());
        ev_ref(l.raw());
        std::thread runner([&] { l.run(); });
        caller a(l), b(l);
        for (int n = 0; n < i * 10; ++n) std::this_thread::yield();
        l.stop();
        runner.join();
        a.is_canceled();
        b.is_canceled();
    }
}

// Issue 20, A8: a call of a loop that does not run can be given up: it never
// starts, and its arguments are destroyed.
task<> call_with(loop& there, std::shared_ptr<int> argument)
{
    auto f = [](std::shared_ptr<int>) -> task<> { co_await endless(); };
    co_await on(there, f, argument);
}
task<> gives_up(loop& there, std::shared_ptr<int> argument)
{
    long before = argument.use_count();
    assert_false(co_await try_for(1ms, call_with(there, argument)));
    assert_int_equal(argument.use_count(), before);
}
void test_call_of_idle_loop_is_given_up(void**)
{
    loop idle(flags());
    run_clean(gives_up, std::ref(idle), std::make_shared<int>(1));
    idle.run(EVRUN_NOWAIT);
    assert_int_equal(waiting, 0);
}

// Issue 20, A13: an adopted loop is destroyed by C while others wait there.
void test_adopted_loop_is_destroyed_by_c(void**)
{
    struct ev_loop* raw = ev_loop_new(flags());
    loop l(adopt, raw);
    caller c(l);
    while (waiting == 0) l.run(EVRUN_NOWAIT);
    ev_loop_destroy(raw);
    assert_null(l.raw());
    c.is_canceled();
    assert_string_equal(call_from_here(l).c_str(), "canceled");
}

// CXX_API 5.9: a fork while another thread sends messages to the loop: the
// child can use the loop.
struct knock final : detail::message {
    void arrive() noexcept override {}
};
task<> forks_often(loop_channel<int>& unused, int& ended)
{
    loop& here = co_await this_loop();
    for (int i = 0; i < 40; ++i) {
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            ev_loop_fork(here.raw());
            (void)co_await try_for(0s, unused.pop());
            _exit(7);
        }
        int status = 0;
        waitpid(child, &status, 0);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 7) ++ended;
        else break;
    }
}
void test_loop_of_child_has_no_lock_of_others(void**)
{
    loop l(flags());
    loop_channel<int> unused(1);
    std::atomic<bool> end{false};
    int ended = 0;
    std::thread other([&] {
        knock k;
        while (!end) l.gate()->send(k), l.gate()->forget(k);
    });
    l.run(forks_often(unused, ended));
    end = true;
    other.join();
    assert_int_equal(ended, 40);
}

// CXX_API 5.9: a value whose move uses its channel ends the program, instead of
// waiting for itself.
struct moved_badly {
    explicit moved_badly(loop_channel<moved_badly>& c) : in(c) {}
    moved_badly(moved_badly&& other) noexcept : in(other.in)
    {
        if (armed) (void)in.size();
    }
    loop_channel<moved_badly>& in;
    static inline bool armed = false;
};
void test_value_that_uses_its_channel_ends_program(void**)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        int out = open("/dev/null", O_WRONLY);
        dup2(out, 2);
        std::signal(SIGABRT, SIG_DFL);
        loop_channel<moved_badly> c(1);
        moved_badly value(c);
        moved_badly::armed = true;
        (void)c.try_push(value);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

const Test tests[] = {
    EACH(test_run_ends_others_are_canceled),
    EACH(test_run_ends_after_clean_up_of_others),
    EACH(test_run_has_ended_others_are_refused),
    EACH(test_inner_run_ends_others_continue),
    EACH(test_caller_is_canceled_after_other_loop),
    EACH(test_caller_is_destroyed_after_other_loop),
    EACH(test_call_comes_with_stop_is_canceled),
    EACH(test_calls_and_stop_race),
    EACH(test_call_of_idle_loop_is_given_up),
    EACH(test_adopted_loop_is_destroyed_by_c),
    EACH(test_loop_of_child_has_no_lock_of_others),
    ONCE(test_value_that_uses_its_channel_ends_program),
};

}  // namespace

HARNESS_MAIN("ends", tests)
