// relev.hpp: errors of operations that nothrow delivers. no_exceptions.sh
// builds this with -fno-exceptions, too: then they are never thrown.

#include "coro_help.hh"

using namespace relev;

namespace {

// Issue 20, part A: nothrow delivers the error of an operation in a scope.
task<> fail_in_scope()
{
    alive here;
    auto none = co_await nothrow(with_timeout(10s, ready(-1, events::both)));
    assert_true(none.error() == std::errc::bad_file_descriptor);
    auto read = co_await nothrow(with_timeout(10s, readable(-1)));
    assert_true(read.error() == std::errc::bad_file_descriptor);
    auto stop = co_await nothrow(with_stop(std::stop_token(), readable(-1)));
    assert_true(stop.error() == std::errc::bad_file_descriptor);
}
void test_nothrow_has_error_in_scope(void**) { run_clean(fail_in_scope); }

// The same scopes deliver the value, or their own error.
task<> end_in_scope()
{
    channel<int> c(1);
    co_await c.push(7);
    auto value = co_await nothrow(with_timeout(10s, c.pop()));
    assert_int_equal(value.value(), 7);
    auto slept = co_await nothrow(with_timeout(10s, sleep_for(0s)));
    assert_true(slept.has_value());
    auto late = co_await nothrow(with_timeout(0s, c.pop()));
    assert_true(late.error() == std::errc::timed_out);
}
void test_nothrow_has_value_of_scope(void**) { run_clean(end_in_scope); }

const Test tests[] = {
    OURS(test_nothrow_has_error_in_scope),
    EACH(test_nothrow_has_value_of_scope),
};

}  // namespace

HARNESS_MAIN("unthrown", tests)
