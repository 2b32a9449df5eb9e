// relev.hpp: loops, exceptions of callbacks, functions from other threads.

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 5.6: what a callback throws ends ev_run in order, and is thrown by
// loop::run. The loop's depth is right, and the loop can run again.
void test_callback_throws_is_rethrown_by_run(void**)
{
    loop l(flags());
    for (int i = 0; i < 3; ++i) {
        on_timer t{l, 1ms, [] { throw std::runtime_error("thrown"); }};
        assert_string_equal(thrown_by([&] { l.run(); }).c_str(), "thrown");
        assert_int_equal(ev_depth(l.raw()), 0);
    }
    l.run();
}

// CXX_API 5.6: of two exceptions in one iteration the first one is thrown.
void test_two_callbacks_throw_first_is_rethrown(void**)
{
    loop l(flags());
    on_idle a{l, [](auto& self) { self.stop(), throw std::logic_error("a"); }};
    on_idle b{l, [](auto& self) { self.stop(), throw std::logic_error("b"); }};
    std::string what = thrown_by([&] { l.run(); });
    assert_true(what == "a" || what == "b");
    assert_string_equal(thrown_by([&] { l.run(EVRUN_NOWAIT); }).c_str(), "");
}

// CXX_API 4: posted functions run in the loop's thread, those of one thread in
// their order.
void test_post_from_threads_runs_in_order(void**)
{
    constexpr int threads = 3, each = 300;
    loop l(flags());
    ev_ref(l.raw());
    std::thread::id here = std::this_thread::get_id();
    int next[threads] = {}, ended = 0;
    std::vector<std::thread> others;
    for (int t = 0; t < threads; ++t)
        others.emplace_back([&, t] {
            for (int i = 0; i < each; ++i)
                l.post([&, t, i] {
                    assert_int_equal(next[t]++, i);
                    assert_true(std::this_thread::get_id() == here);
                });
            l.post([&] {
                if (++ended == threads) ev_unref(l.raw());
            });
        });
    l.run();
    for (std::thread& other : others) other.join();
    for (int n : next) assert_int_equal(n, each);
}

// CXX_API 4: a posted function that throws ends run; those after it are kept.
void test_posted_function_throws_rest_is_kept(void**)
{
    loop l(flags());
    int calls = 0;
    l.post([] { throw std::runtime_error("posted"); });
    l.post([&] { ++calls; });
    auto run = [&] { l.run(EVRUN_NOWAIT); };
    assert_string_equal(thrown_by(run).c_str(), "posted");
    assert_int_equal(calls, 0);
    run();
    assert_int_equal(calls, 1);
}

// CXX_API 4: what is posted and never runs is destroyed with the loop.
void test_posted_function_never_run_is_destroyed(void**)
{
    auto shared = std::make_shared<int>(0);
    {
        loop l(flags());
        l.post([shared] { ++*shared; });
        l.post([shared] { ++*shared; });
    }
    assert_int_equal(shared.use_count(), 1);
    assert_int_equal(*shared, 0);
}

// CXX_API 4: posts do not keep a loop running.
void test_loop_without_watcher_returns(void**)
{
    loop l(flags());
    l.run();
    l.run(EVRUN_ONCE);
}

// CXX_API 4: stop ends run, from any thread, also before it begins.
void test_stop_from_thread_ends_run(void**)
{
    loop l(flags());
    on_timer t{l, 1000s, [] {}};
    std::thread other([&] { l.stop(); });
    l.run();
    other.join();
    l.stop();
    l.run();
    assert_true(t.is_active());
}

// Issue 20, A9: a stop ends the run under way, also one that fails; the next
// one is not canceled.
task<> stops_and_fails(loop& l)
{
    l.stop();
    throw std::runtime_error("failed");
    co_return;
}
void test_stop_of_failed_run_spares_next(void**)
{
    loop l(flags());
    auto fail = [&] { l.run(stops_and_fails(l)); };
    assert_string_equal(thrown_by(fail).c_str(), "failed");
    assert_int_equal(l.run(later(3)), 3);

    on_timer t{l, 0s, [] { throw std::runtime_error("callback"); }};
    on_prepare p{l, [&] { l.stop(); }};
    assert_string_equal(thrown_by([&] { l.run(); }).c_str(), "callback");
    p.stop();
    assert_int_equal(l.run(later(4)), 4);
}

// Issue 20, part A: a stop ends the run in order, also if nothing else could
// wake the task. So does one from a function that was posted.
task<> waits_for_ever(int& ended)
{
    channel<int> c(1);
    struct at_end {
        int& n;
        ~at_end() { ++n; }
    } counted{ended};
    (void)co_await c.pop();
}
void test_stop_by_last_timer_is_no_deadlock(void**)
{
    int ended = 0;
    loop l(flags());
    on_timer stops{l, 0s, [&] { l.stop(); }};
    l.run(waits_for_ever(ended));
    on_timer posts{l, 0s, [&] { l.post([&] { l.stop(); }); }};
    l.run(waits_for_ever(ended));
    assert_int_equal(ended, 2);
    assert_string_equal(
        thrown_by([&] { l.run(waits_for_ever(ended)); }).c_str(),
        deadlock().what());
}

// CXX_API 4: a loop that cannot be made throws.
void test_loop_without_backend_throws(void**)
{
    bool thrown = false;
    try {
        loop l(EVBACKEND_DEVPOLL);
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    assert_true(thrown);
}

const Test tests[] = {
    EACH(test_callback_throws_is_rethrown_by_run),
    EACH(test_two_callbacks_throw_first_is_rethrown),
    EACH(test_post_from_threads_runs_in_order),
    EACH(test_posted_function_throws_rest_is_kept),
    EACH(test_posted_function_never_run_is_destroyed),
    EACH(test_loop_without_watcher_returns),
    EACH(test_stop_from_thread_ends_run),
    EACH(test_stop_of_failed_run_spares_next),
    EACH(test_stop_by_last_timer_is_no_deadlock),
    ONCE(test_loop_without_backend_throws),
};

}  // namespace

HARNESS_MAIN("loop", tests)
