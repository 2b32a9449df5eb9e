// relev.hpp: nothrow, results instead of exceptions.

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 4: an operation that delivers nothing gives a std::error_code.
task<> waits()
{
    pipe_pair p;
    descriptor d(dup(p.in));
    p.write();
    std::error_code e = co_await nothrow(d.readable());
    assert_false(static_cast<bool>(e));
    e = co_await nothrow(sleep_for(0s));
    assert_false(static_cast<bool>(e));
}
void test_nothrow_of_operation_is_code(void**) { run_clean(waits); }

// CXX_API 4: an fd that cannot be watched; libev 4.33 ends the program.
task<> waits_for_none()
{
    pipe_pair p;
    int fd = dup(p.in);
    close(fd);
    auto e = co_await nothrow(ready(fd, events::read));
    assert_false(e.has_value());
    assert_true(e.error() == std::errc::bad_file_descriptor);
    std::string what = thrown_by([&] { (void)e.value(); });
    assert_false(what.empty());
}
void test_nothrow_of_bad_descriptor_is_error(void**)
{
    if (backend == EVBACKEND_SELECT) skip();  // which asks no kernel
    run_clean(waits_for_none);
}

// CXX_API 5.3: a cancel is operation_canceled, now and later, and no exception
// is needed for a time-out.
task<> sees_cancel(int& canceled_times)
{
    for (int i = 0; i < 3; ++i) {
        std::error_code e = co_await nothrow(sleep_for(1000s));
        if (e == std::errc::operation_canceled) ++canceled_times;
    }
}
task<> is_canceled()
{
    int times = 0;
    bool in_time = co_await try_for(1ms, sees_cancel(times));
    assert_true(in_time);  // the task returned
    assert_int_equal(times, 3);
}
void test_nothrow_of_canceled_operation(void**) { run_clean(is_canceled); }

task<int> fails_with(int error)
{
    co_await yield();
    if (error) throw std::system_error(error, std::generic_category());
    throw std::logic_error("none of the system");
}

// CXX_API 4: nothrow(task) is its value, or its error.
task<> results()
{
    result<int> r = co_await nothrow(later(5));
    assert_true(r && *r == 5 && !r.error() && !r.exception());
    assert_int_equal(r.value(), 5);

    r = co_await nothrow(fails_with(ENOENT));
    assert_false(r.has_value());
    assert_true(r.error() == std::errc::no_such_file_or_directory);
    assert_true(r.exception() != nullptr);

    r = co_await nothrow(fails_with(0));
    assert_true(r.error() == std::errc::state_not_recoverable);
    assert_string_equal(thrown_by([&] { r.value(); }).c_str(),
                        "none of the system");

    result<> v = co_await nothrow([]() -> task<> { co_return; }());
    assert_true(v.has_value());
}
void test_nothrow_of_task_is_result(void**) { run_clean(results); }

// CXX_API 4: nothrow(with_timeout) tells a time-out from an error of the task.
task<> timeouts()
{
    auto r = co_await nothrow(with_timeout(1ms, never()));
    assert_true(r.error() == std::errc::timed_out);
    assert_true(r.exception() == nullptr);
    auto in_time = co_await nothrow(with_timeout(10s, later(7)));
    assert_int_equal(*in_time, 7);
    auto failed = co_await nothrow(with_timeout(10s, fails_with(EIO)));
    assert_true(failed.error() == std::errc::io_error);
}
void test_nothrow_of_timeout_is_result(void**) { run_clean(timeouts); }

task<> stops(std::stop_token token)
{
    auto r = co_await nothrow(with_stop(token, never()));
    assert_true(r.error() == std::errc::operation_canceled);
}
void test_nothrow_of_stop_is_result(void**)
{
    std::stop_source source;
    source.request_stop();
    run_clean(stops, source.get_token());
}

// CXX_API 4: a channel that is closed.
task<> closed()
{
    channel<std::string> c(1);
    assert_true(co_await nothrow(c.push("kept")) == std::error_code());
    c.close();
    auto kept = co_await nothrow(c.pop());
    assert_string_equal(kept->c_str(), "kept");
    assert_true((co_await nothrow(c.pop())).error() == std::errc::broken_pipe);
    assert_true(co_await nothrow(c.push("x")) == std::errc::broken_pipe);
}
void test_nothrow_of_closed_channel(void**) { run_clean(closed); }

// Issue 20, A24: a task may deliver what an error is reported by.
task<std::error_code> delivers_code()
{
    co_await yield();
    co_return std::make_error_code(std::errc::timed_out);
}
task<std::exception_ptr> delivers_exception()
{
    co_await yield();
    co_return std::exception_ptr();
}
task<> gets_codes()
{
    auto code = co_await nothrow(delivers_code());
    assert_true(code.has_value());
    assert_true(*code == std::errc::timed_out);
    assert_false(static_cast<bool>(code.error()));
    auto late = co_await nothrow(with_timeout(1s, delivers_code()));
    assert_true(late.has_value());
    auto none = co_await nothrow(delivers_exception());
    assert_true(none.has_value());
    assert_true(none.exception() == nullptr);
    channel<std::error_code> codes(1);
    codes.close();
    auto popped = co_await nothrow(codes.pop());
    assert_true(popped.error() == std::errc::broken_pipe);
}
void test_nothrow_of_error_code_delivers_it(void**) { run_clean(gets_codes); }

const Test tests[] = {
    EACH(test_nothrow_of_operation_is_code),
    OURS(test_nothrow_of_bad_descriptor_is_error),
    EACH(test_nothrow_of_canceled_operation),
    EACH(test_nothrow_of_task_is_result),
    EACH(test_nothrow_of_timeout_is_result),
    EACH(test_nothrow_of_stop_is_result),
    EACH(test_nothrow_of_closed_channel),
    EACH(test_nothrow_of_error_code_delivers_it),
};

}  // namespace

HARNESS_MAIN("nothrow", tests)
