// relev.hpp: with_stop, a stop_token of another thread.

#include "coro_help.hh"

using namespace relev;

namespace {

task<> stops(std::stop_token token)
{
    bool thrown = false;
    try {
        co_await with_stop(token, never());
    } catch (const stopped& error) {
        thrown = error.code() == std::errc::operation_canceled;
    }
    assert_true(thrown);
    assert_int_equal(alive::count, 0);
}

// CXX_API 5.9: a stop request of any thread cancels the task.
void test_stop_requested_by_thread_cancels(void**)
{
    for (int i = 0; i < 20; ++i) {
        std::stop_source source;
        std::thread other([&] { source.request_stop(); });
        run_clean(stops, source.get_token());
        other.join();
    }
}

// CXX_API 5.9: so does one that was there before.
void test_stop_requested_before_cancels(void**)
{
    std::stop_source source;
    source.request_stop();
    run_clean(stops, source.get_token());
}

// CXX_API 5.3: a task that completes first is not canceled; a request that
// comes when the scope has ended does nothing.
task<int> completes(std::stop_source source)
{
    int n = co_await with_stop(source.get_token(), later(3));
    source.request_stop();
    co_await yield();
    auto ends = [](std::stop_source s) -> task<int> {
        s.request_stop();
        co_return 4;
    };
    std::stop_source fresh;
    co_return n + co_await with_stop(fresh.get_token(), ends(fresh))
        + co_await later(0);
}
void test_completed_task_is_not_stopped(void**)
{
    assert_int_equal(run_clean(completes, std::stop_source()), 7);
}

// Issue 20, A17: while the token can stop, the task is no deadlock, though it
// waits for nothing else; when it cannot, and when it has, it is.
task<> waits_for(event& e) { co_await e.wait(); }
task<> only_stop_can_wake(std::stop_token token)
{
    event never_set;
    co_await with_stop(token, waits_for(never_set));
}
void test_stop_can_wake_task_is_no_deadlock(void**)
{
    std::stop_source source;
    std::thread other([&] {
        std::this_thread::sleep_for(10ms);
        source.request_stop();
    });
    std::string what =
        thrown_by([&] { run_clean(only_stop_can_wake, source.get_token()); });
    other.join();
    assert_string_equal(what.c_str(), stopped().what());
}
task<> shielded_from_stop(std::stop_token token)
{
    event never_set;
    co_await with_stop(token, [](event& e) -> task<> {
        co_await shielded(waits_for(e));
    }(never_set));
}
void test_stop_cannot_come_task_is_deadlock(void**)
{
    loop l(flags());
    auto none = [&] { l.run(only_stop_can_wake(std::stop_token())); };
    assert_string_equal(thrown_by(none).c_str(), deadlock().what());
    std::stop_source source;
    source.request_stop();
    auto late = [&] { l.run(shielded_from_stop(source.get_token())); };
    assert_string_equal(thrown_by(late).c_str(), deadlock().what());
    ev_run(l.raw(), 0);  // returns: nothing is active
}

// Issue 20, A17: a scope that ends, or is destroyed, before its stop arrives
// leaves nothing, and keeps no loop running.
task<> stops_itself(std::stop_source source, bool waits)
{
    std::stop_token token = source.get_token();
    co_await with_stop(token, [](std::stop_source s, bool w) -> task<> {
        s.request_stop();
        if (w) throw std::runtime_error("first");
        co_return;
    }(source, waits));
}
void test_stop_arrives_after_scope_does_nothing(void**)
{
    run_clean(stops_itself, std::stop_source(), false);
    auto call = [] { run_clean(stops_itself, std::stop_source(), true); };
    assert_string_equal(thrown_by(call).c_str(), "first");
    std::stop_source source;
    {
        loop l(flags());
        on_timer t{l, 1ms, [&] {
                       source.request_stop();
                       throw std::runtime_error("end");
                   }};
        auto run = [&] { l.run(only_stop_can_wake(source.get_token())); };
        assert_string_equal(thrown_by(run).c_str(), "end");
        ev_run(l.raw(), 0);  // returns
    }
}

const Test tests[] = {
    EACH(test_stop_requested_by_thread_cancels),
    EACH(test_stop_requested_before_cancels),
    EACH(test_completed_task_is_not_stopped),
    EACH(test_stop_can_wake_task_is_no_deadlock),
    EACH(test_stop_cannot_come_task_is_deadlock),
    EACH(test_stop_arrives_after_scope_does_nothing),
};

}  // namespace

HARNESS_MAIN("stop", tests)
