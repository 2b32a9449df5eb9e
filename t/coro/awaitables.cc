// relev.hpp: scopes, groups and nothrow around operations, and around each
// other.

#include "coro_help.hh"
#include "relevpp/generator.hpp"

using namespace relev;

namespace {

// Issue 20, B1: an operation in a scope delivers what it delivers alone.
task<> in_scopes()
{
    pipe_pair p;
    descriptor d(dup(p.in));
    p.write();
    co_await with_timeout(10s, d.readable());
    assert_true(co_await try_for(10s, d.readable()));
    events got = co_await with_timeout(10s, ready(p.in, events::read));
    assert_true(got == events::read);
    co_await shielded(d.readable());
    co_await with_stop(std::stop_token(), d.readable());

    channel<std::string> c(1);
    std::string text(100, 'x');
    co_await with_timeout(10s, c.push(text));
    assert_true(co_await shielded(c.pop()) == text);
    co_await try_for(10s, c.push(text));
    auto popped = co_await try_for(10s, c.pop());
    assert_true(popped && *popped == text);
}
void test_operation_in_scope_delivers_value(void**) { run_clean(in_scopes); }

// Issue 20, B1: a scope cancels the operation in it.
task<> expire()
{
    channel<int> c(1);
    assert_false((co_await try_for(1ms, c.pop())).has_value());
    std::string what;
    try {
        co_await with_timeout(1ms, c.pop());
    } catch (const timed_out&) {
        what = "timed out";
    }
    assert_string_equal(what.c_str(), "timed out");
    assert_true(c.is_closed() == false && c.size() == 0);
    co_await c.push(5);  // no canceled pop takes it
    assert_int_equal(co_await c.pop(), 5);
}
void test_operation_in_scope_is_canceled(void**) { run_clean(expire); }

task<> stops(std::stop_token token)
{
    try {
        co_await with_stop(token, sleep_for(1000s));
        fail_msg("not stopped");
    } catch (const stopped&) {
    }
}
void test_operation_is_stopped_by_token(void**)
{
    std::stop_source source;
    source.request_stop();
    run_clean(stops, source.get_token());
}

// CXX_API 5.3: a shielded operation is not canceled.
task<> gives(channel<int>& to)
{
    co_await shielded(sleep_for(5ms));
    int sent = 7;
    assert_true(to.try_push(sent));
}
task<> shields(int& value)
{
    channel<int> c(1);
    auto both = co_await shielded(when_all(gives(c), c.pop()));
    value = std::get<1>(both);
}
task<> shielded_value()
{
    int value = 0;
    assert_true(co_await try_for(1ms, shields(value)));
    assert_int_equal(value, 7);
}
void test_shielded_operation_is_not_canceled(void**)
{
    run_clean(shielded_value);
}

// Issue 20, B1: groups take operations and tasks.
task<> groups()
{
    channel<std::string> c(1);
    auto [n, nothing_much, pushed] =
        co_await when_all(later(1), sleep_for(1ms), c.push("sent"));
    (void)nothing_much, (void)pushed;
    assert_int_equal(n, 1);
    auto first = co_await when_any(c.pop(), sleep_for(10s));
    assert_int_equal(first.index, 0);
    assert_true(*std::get<0>(first.values) == "sent");
    auto second = co_await when_any(c.pop(), sleep_for(1ms));
    assert_int_equal(second.index, 1);
    co_await c.push("kept");  // the pop that lost takes nothing
    assert_int_equal(c.size(), 1);
    auto alone = co_await when_any(later(4));
    assert_int_equal(*std::get<0>(alone.values), 4);
}
void test_groups_take_operations(void**) { run_clean(groups); }

// CXX_API 5.5: the error of an operation in a group is thrown.
task<> fails_in_group()
{
    channel<int> c(1);
    c.close();
    co_await when_all(never(), c.pop());
}
void test_error_of_operation_in_group_is_thrown(void**)
{
    assert_string_equal(thrown_by([] { run_clean(fails_in_group); }).c_str(),
                        "relev: the channel is closed");
}

// Issue 20, B1: scopes and groups around each other, without a task between.
task<> nested()
{
    channel<int> c(1);
    auto r = co_await try_for(1ms, when_any(c.pop(), sleep_for(10s)));
    assert_false(r.has_value());
    auto [a, b] = co_await when_all(with_timeout(10s, later(1)),
                                    try_for(1ms, sleep_for(10s)));
    assert_int_equal(a, 1);
    assert_false(b);
    assert_int_equal(co_await with_timeout(10s, with_timeout(9s, later(3))), 3);
    auto any = co_await when_any(shielded(sleep_for(1ms)), never());
    assert_int_equal(any.index, 0);
    auto quiet = co_await with_timeout(10s, nothrow(c.push(1)));
    assert_false(static_cast<bool>(quiet));
}
void test_scopes_take_scopes_and_groups(void**) { run_clean(nested); }

// Issue 20, B1: nothrow of every scope and group.
task<int> fails_with(int error)
{
    co_await yield();
    throw std::system_error(error, std::generic_category());
}
task<> results()
{
    auto all = co_await nothrow(when_all(later(1), sleep_for(0s)));
    assert_int_equal(std::get<0>(*all), 1);
    auto failed = co_await nothrow(when_all(fails_with(EIO), never()));
    assert_true(failed.error() == std::errc::io_error);
    auto any = co_await nothrow(when_any(fails_with(ENOENT), never()));
    assert_true(any.error() == std::errc::no_such_file_or_directory);
    auto shield = co_await nothrow(shielded(fails_with(EIO)));
    assert_true(shield.error() == std::errc::io_error);
    auto tried = co_await nothrow(try_for(10s, fails_with(EIO)));
    assert_true(tried.error() == std::errc::io_error);
    auto in_time = co_await nothrow(try_for(1ms, sleep_for(10s)));
    assert_true(in_time.has_value() && !*in_time);
    auto late = co_await nothrow(with_timeout(1ms, sleep_for(10s)));
    assert_true(late.error() == std::errc::timed_out);
    channel<int> c(1);
    c.close();
    auto closed = co_await nothrow(with_timeout(10s, c.push(1)));
    assert_false(closed.has_value());
}
void test_nothrow_of_scopes_and_groups_is_result(void**) { run_clean(results); }

// Issue 20, B1: the next value of a generator is awaited like any other.
generator<int> fails_after(int n)
{
    co_yield n;
    co_await fails_with(EIO);
}
task<> next_values()
{
    auto numbers = fails_after(1);
    assert_int_equal(**co_await nothrow(numbers.next()), 1);
    auto failed = co_await nothrow(with_timeout(10s, numbers.next()));
    assert_true(failed.error() == std::errc::io_error);
    assert_null(co_await numbers.next());
}
void test_next_of_generator_is_awaitable(void**) { run_clean(next_values); }

// Issue 20, B1: dump shows the scope and the operation in it, with their
// places.
task<> dumps(std::string& text)
{
    loop& l = co_await this_loop();
    auto print = [](loop& of, std::string& to) -> task<> {
        co_await yield();
        char buffer[1000] = {};
        std::FILE* file = fmemopen(buffer, sizeof buffer, "w");
        of.dump(file);
        std::fclose(file);
        to = buffer;
    };
    channel<int> c(1);
    co_await when_any(with_timeout(10s, c.pop()), print(l, text));
}
void test_operation_in_scope_is_dumped(void**)
{
    std::string text;
    run_clean(dumps, std::ref(text));
    assert_true(text.find("waits in channel::pop at ") != std::string::npos);
    assert_true(text.find("timeout at ") != std::string::npos);
    assert_true(text.find(__FILE__) != std::string::npos);
}

// Issue 20, B1: the concept, and what is delivered.
static_assert(awaitable<task<int>> && awaitable<decltype(sleep_for(1s))>);
static_assert(awaitable<decltype(with_timeout(1s, now(1)))>);
static_assert(awaitable<decltype(when_all(now(1), sleep_for(1s)))>);
static_assert(awaitable<decltype(nothrow(sleep_for(1s)))>);
static_assert(!awaitable<int> && !awaitable<std::suspend_always>);
static_assert(std::is_same_v<await_result_t<task<int>>, int>);
static_assert(std::is_void_v<await_result_t<decltype(sleep_for(1s))>>);
static_assert(std::is_same_v<await_result_t<decltype(try_for(1s, now(1)))>,
                             std::optional<int>>);

const Test tests[] = {
    EACH(test_operation_in_scope_delivers_value),
    EACH(test_operation_in_scope_is_canceled),
    EACH(test_operation_is_stopped_by_token),
    EACH(test_shielded_operation_is_not_canceled),
    EACH(test_groups_take_operations),
    EACH(test_error_of_operation_in_group_is_thrown),
    EACH(test_scopes_take_scopes_and_groups),
    EACH(test_nothrow_of_scopes_and_groups_is_result),
    EACH(test_next_of_generator_is_awaitable),
    EACH(test_operation_in_scope_is_dumped),
};

}  // namespace

HARNESS_MAIN("awaitables", tests)
