// relev.hpp: errors of operations that nothrow delivers. no_exceptions.sh
// builds this with -fno-exceptions, too: then they are never thrown.

#include <sys/socket.h>

#include "coro_help.hh"
#include "relevpp/net.hpp"
#include "relevpp/when_range.hpp"

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

// Issue 20, part A: so does try_for, which has no error of its own.
task<> fail_in_try()
{
    auto failed = co_await nothrow(try_for(10s, readable(-1)));
    assert_true(failed.error() == std::errc::bad_file_descriptor);
    auto late = co_await nothrow(try_for(0s, sleep_for(1000s)));
    assert_true(late.has_value() && !*late);
    channel<int> c(1);
    co_await c.push(7);
    auto value = co_await nothrow(try_for(10s, c.pop()));
    assert_int_equal(value.value().value(), 7);
    assert_false((co_await nothrow(try_for(0s, c.pop()))).value().has_value());
}
void test_nothrow_of_try_for(void**) { run_clean(fail_in_try); }

// Issue 20, B1: a scope in a scope.
task<> fail_in_nested()
{
    auto bad = std::errc::bad_file_descriptor;
    auto e = co_await nothrow(
        with_timeout(10s, with_timeout(9s, ready(-1, events::read))));
    assert_true(e.error() == bad);
    auto t = co_await nothrow(with_timeout(10s, try_for(9s, readable(-1))));
    assert_true(t.error() == bad);
    auto s = co_await nothrow(with_timeout(10s, shielded(readable(-1))));
    assert_true(s.error() == bad);
    s = co_await nothrow(shielded(with_stop(std::stop_token(), readable(-1))));
    assert_true(s.error() == bad);
    auto all = co_await nothrow(when_all(sleep_for(9s), readable(-1)));
    assert_true(all.error() == bad);
    auto any = co_await nothrow(
        with_timeout(9s, when_any(readable(-1), sleep_for(9s))));
    assert_true(any.error() == bad);
}
task<> late_in_nested()
{
    auto inner =
        co_await nothrow(with_timeout(10s, with_timeout(0s, sleep_for(9s))));
    assert_true(inner.error() == std::errc::timed_out);
    auto outer =
        co_await nothrow(with_timeout(0s, with_timeout(10s, sleep_for(9s))));
    assert_true(outer.error() == std::errc::timed_out);
    auto both = co_await nothrow(with_timeout(10s, try_for(0s, sleep_for(9s))));
    assert_false(both.value());
    auto one =
        co_await when_any(with_timeout(9s, sleep_for(8s)), sleep_for(0s));
    assert_int_equal(one.index, 1);
}
void test_nothrow_of_nested_scopes(void**)
{
    run_clean(fail_in_nested);
    run_clean(late_in_nested);
}

// Issue 20, B1: the first of a range ends the others; a time-out ends all.
task<> range()
{
    std::vector<int> times = {1000, 0, 1000};
    auto sleeps = [](int ms) { return sleep_for(ms * 1ms); };
    auto first = co_await when_any_of(times, sleeps);
    assert_int_equal(first.index, 1);
    auto tasks = co_await when_any_of(times, [](int ms) -> task<int> {
        alive here;
        co_await sleep_for(ms * 1ms);
        co_return ms;
    });
    assert_int_equal(tasks.value, 0);
    times = {1000, 1000};
    assert_false(
        (co_await try_for(1ms, when_any_of(times, sleeps))).has_value());
    auto late = co_await nothrow(with_timeout(1ms, when_any_of(times, sleeps)));
    assert_true(late.error() == std::errc::timed_out);
    times.clear();
    auto none = co_await nothrow(when_any_of(times, sleeps));
    assert_true(none.error() == std::errc::invalid_argument);
}
void test_when_any_of_first_ends_others(void**) { run_clean(range); }

// Issue 20, B2: the functions for any stream deliver how far they came, too.
task<> how_far()
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    stream a(fds[0]), b(fds[1]);
    char buf[8];
    co_await relev::write_all(a, "abc");
    partial late = *co_await try_for(0s, nothrow(relev::read_exactly(b, buf)));
    assert_true(late == std::errc::operation_canceled);
    assert_int_equal(late.size, 3);
    co_await relev::write_all(a, "defgh");
    a.shutdown_write();
    partial ended = co_await nothrow(relev::read_exactly(b, buf));
    assert_true(ended == stream_errc::end);
    assert_int_equal(ended.size, 5);
    a.close();
    partial sent = co_await nothrow(relev::write_all(b, "xyz"));
    assert_true(sent == std::errc::broken_pipe);
    assert_int_equal(sent.size, 0);
    std::string in;
    auto until = co_await nothrow(relev::read_until(b, in, "x", 10));
    assert_true(until.error() == stream_errc::end);
}
void test_byte_stream_delivers_count(void**) { run_clean(how_far); }

const Test tests[] = {
    OURS(test_nothrow_has_error_in_scope),
    EACH(test_nothrow_has_value_of_scope),
    OURS(test_nothrow_of_try_for),
    OURS(test_nothrow_of_nested_scopes),
    EACH(test_when_any_of_first_ends_others),
    EACH(test_byte_stream_delivers_count),
};

}  // namespace

HARNESS_MAIN("unthrown", tests)
