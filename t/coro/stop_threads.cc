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

const Test tests[] = {
    EACH(test_stop_requested_by_thread_cancels),
    EACH(test_stop_requested_before_cancels),
    EACH(test_completed_task_is_not_stopped),
};

}  // namespace

HARNESS_MAIN("stop", tests)
