// relev.hpp: a program's own operations, and from_callback.

#include "coro_help.hh"

using namespace relev;

namespace {

// A C API that calls its callback at once, after a time, or never.
struct timer_api {
    using function = void (*)(void* data, int value);

    static void fired(struct ev_loop*, ev_timer* w, int)
    {
        timer_api& self = *static_cast<timer_api*>(w->data);
        self.f(self.data, 7);
    }
    void start(struct ev_loop* l, double after, function g, void* d)
    {
        f = g, data = d;
        ev_timer_init(&w, fired, after, 0.);
        w.data = this;
        ev_timer_start(l, &w);
    }

    ev_timer w;
    function f;
    void* data;
};

void completes(void* done, int value)
{
    static_cast<completion<int>*>(done)->complete(value);
}

// Issue 20, B1: the callback comes later.
task<> calls_later()
{
    timer_api api;
    int got = co_await from_callback<int>([&](completion<int>& done) {
        api.start(done.of_loop().raw(), .001, completes, &done);
    });
    assert_int_equal(got, 7);
}
void test_callback_later_completes_operation(void**) { run_clean(calls_later); }

// Issue 20, B1: it comes inside the function, with a value or an error.
task<> calls_at_once()
{
    std::string text = co_await from_callback<std::string>(
        [](auto& done) { done.complete(100, 'x'); });
    assert_true(text == std::string(100, 'x'));
    co_await from_callback([](completion<>& done) { done.complete(); });
    auto error = co_await nothrow(from_callback([](completion<>& done) {
        done.fail_with(std::make_error_code(std::errc::io_error));
    }));
    assert_true(error == std::errc::io_error);
    std::error_code thrown;
    try {
        (void)co_await from_callback<int>([](completion<int>& done) {
            done.fail_with(std::make_error_code(std::errc::not_connected));
        });
    } catch (const std::system_error& e) {
        thrown = e.code();
    }
    assert_true(thrown == std::errc::not_connected);
}
void test_callback_at_once_completes_operation(void**)
{
    run_clean(calls_at_once);
}

// Issue 20, B1: what the function throws is thrown.
task<> throws_at_start()
{
    co_await from_callback(
        [](completion<>&) { throw std::runtime_error("not started"); });
}
void test_callback_function_that_throws(void**)
{
    assert_string_equal(thrown_by([] { run_clean(throws_at_start); }).c_str(),
                        "not started");
}

// Issue 20, B1: it comes never, and is canceled.
task<> calls_never(int& canceled_times)
{
    timer_api api;
    auto start = [&](completion<int>& done) {
        api.start(done.of_loop().raw(), 1000, completes, &done);
    };
    auto stop = [&](completion<int>& done) {
        ev_timer_stop(done.of_loop().raw(), &api.w);
        ++canceled_times;
    };
    auto r = co_await try_for(1ms, from_callback<int>(start, stop));
    assert_false(r.has_value());
    auto late =
        co_await nothrow(with_timeout(1ms, from_callback<int>(start, stop)));
    assert_true(late.error() == std::errc::timed_out);
    auto first = co_await when_any(from_callback<int>(start, stop), later(3));
    assert_int_equal(first.index, 1);
}
void test_callback_that_never_comes_is_canceled(void**)
{
    int times = 0;
    run_clean(calls_never, std::ref(times));
    assert_int_equal(times, 3);
}

// Issue 20, B1: without a way to cancel, a cancel waits for the callback, and
// the value is delivered.
task<> cannot_cancel()
{
    timer_api api;
    auto r = co_await try_for(
        1ms, from_callback<int>([&](completion<int>& done) {
            api.start(done.of_loop().raw(), .01, completes, &done);
        }));
    assert_int_equal(*r, 7);
}
void test_callback_without_cancel_is_awaited(void**)
{
    run_clean(cannot_cancel);
}

// Issue 20, B1: from another thread, by post. Nothing else keeps the loop.
task<> calls_from_thread()
{
    std::thread other;
    int got = co_await from_callback<int>([&](completion<int>& done) {
        other = std::thread(
            [&done] { done.of_loop().post([&done] { done.complete(5); }); });
    });
    other.join();
    assert_int_equal(got, 5);
}
void test_callback_from_thread_completes_operation(void**)
{
    run_clean(calls_from_thread);
}

// Issue 20, B1: an operation of the program.
class ticks_op final : public operation<unsigned> {
public:
    ticks_op(ev_tstamp after, int& c, place where = place::here())
        : operation("ticks", where), canceled_(c)
    {
        ev_timer_init(&w_, fired, after, 0.);
    }

private:
    void start() override
    {
        w_.data = this;
        ev_timer_start(of_loop().raw(), &w_);
    }
    void cancel() noexcept override
    {
        ev_timer_stop(of_loop().raw(), &w_);
        ++canceled_;
    }
    static void fired(struct ev_loop*, ev_timer* w, int)
    {
        static_cast<ticks_op*>(w->data)->complete(1u);
    }

    ev_timer w_;
    int& canceled_;
};

static_assert(awaitable<ticks_op>);
static_assert(std::is_same_v<await_result_t<ticks_op>, unsigned>);

task<> own(int& times)
{
    assert_int_equal(co_await ticks_op(.001, times), 1);
    assert_int_equal(co_await with_timeout(10s, ticks_op(.001, times)), 1);
    assert_int_equal(*co_await nothrow(ticks_op(.001, times)), 1);
    assert_int_equal(times, 0);
    assert_false((co_await try_for(1ms, ticks_op(1000, times))).has_value());
    assert_int_equal(times, 1);
}
void test_own_operation_is_awaited_as_others(void**)
{
    int times = 0;
    run_clean(own, std::ref(times));
}

// CXX_API 5.4: it is canceled when its loop is destroyed.
void test_own_operation_in_destroyed_loop_is_canceled(void**)
{
    int times = 0;
    auto waits = [](int& t) -> task<> { co_await ticks_op(1000, t); };
    {
        loop l(flags());
        l.post([&] { l.stop(); });
        l.run(waits(times));
    }
    assert_int_equal(times, 1);
}

const Test tests[] = {
    EACH(test_callback_later_completes_operation),
    EACH(test_callback_at_once_completes_operation),
    EACH(test_callback_function_that_throws),
    EACH(test_callback_that_never_comes_is_canceled),
    EACH(test_callback_without_cancel_is_awaited),
    EACH(test_callback_from_thread_completes_operation),
    EACH(test_own_operation_is_awaited_as_others),
    EACH(test_own_operation_in_destroyed_loop_is_canceled),
};

}  // namespace

HARNESS_MAIN("operations_threads", tests)
