// relev.hpp: when_all_of, when_any_of and when_all_settled, over ranges.

#include "coro_help.hh"
#include "relevpp/when_range.hpp"

using namespace relev;

namespace {

// Delivers twice the number; a negative one is an error, 0 waits for ever.
task<int> twice(int n)
{
    alive here;
    if (n == 0) co_await never();
    co_await sleep_for(n % 2 ? 1ms : 2ms);
    if (n < 0) throw std::system_error(-n, std::generic_category());
    co_return 2 * n;
}

task<int> never_twice(int) { return twice(0); }

// Issue 20, B1: the values are in the order of the range.
task<> all()
{
    std::vector<int> numbers{4, 1, 3, 2};
    auto values = co_await when_all_of(numbers, twice);
    assert_true((values == std::vector<int>{8, 2, 6, 4}));
    auto strings =
        co_await when_all_of(numbers, [](int& n) -> task<std::string> {
            co_await yield();
            co_return std::string(static_cast<std::size_t>(++n), 'x');
        });
    assert_true(strings[0] == "xxxxx" && numbers[3] == 3);
    auto slept =
        co_await when_all_of(numbers, [](int) { return sleep_for(1ms); });
    assert_int_equal(slept.size(), 4);
    numbers.clear();
    assert_true((co_await when_all_of(numbers, twice)).empty());
}
void test_when_all_of_delivers_values_in_order(void**) { run_clean(all); }

// CXX_API 5.5: the first error cancels the others, and is thrown.
task<> one_fails()
{
    std::vector<int> numbers{0, -ENOENT, 0, 2};
    auto r = co_await nothrow(when_all_of(numbers, twice));
    assert_true(r.error() == std::errc::no_such_file_or_directory);
    assert_int_equal(alive::count, 0);
}
void test_when_all_of_error_cancels_rest(void**) { run_clean(one_fails); }

// CXX_API 5.3: a cancel from outside reaches all.
task<> expires()
{
    std::vector<int> numbers{0, 1, 0};
    auto values = co_await try_for(5ms, when_all_of(numbers, twice));
    assert_false(values.has_value());
    auto first = co_await try_for(5ms, when_any_of(numbers, never_twice));
    assert_false(first.has_value());
    assert_int_equal(alive::count, 0);
}
void test_when_of_range_is_canceled(void**) { run_clean(expires); }

// Issue 20, B1: the first that completes cancels the others.
task<> any()
{
    std::vector<int> numbers{0, 0, 3, 0};
    auto first = co_await when_any_of(numbers, twice);
    assert_int_equal(first.index, 2);
    assert_int_equal(first.value, 6);
    assert_int_equal(alive::count, 0);
    std::vector<int> none;
    auto r = co_await nothrow(when_any_of(none, twice));
    assert_true(r.error() == std::errc::invalid_argument);
}
void test_when_any_of_delivers_first(void**) { run_clean(any); }

// Issue 20, B1: an error of one leaves the others alone.
task<> settled()
{
    std::vector<int> numbers{1, -EIO, 3};
    auto results = co_await when_all_settled(numbers, twice);
    assert_int_equal(results.size(), 3);
    assert_int_equal(*results[0], 2);
    assert_true(results[1].error() == std::errc::io_error);
    assert_int_equal(*results[2], 6);
    channel<int> c(1);
    c.close();
    auto popped =
        co_await when_all_settled(numbers, [&](int) { return c.pop(); });
    assert_true(popped[2].exception() != nullptr);
    auto slept = co_await when_all_settled(
        numbers, [](int n) { return sleep_for(std::chrono::milliseconds(n)); });
    assert_true(slept[0].has_value());
}
void test_when_all_settled_delivers_each_result(void**) { run_clean(settled); }

// Issue 20, B5: the first value is delivered though a cancel from outside comes
// while the others end, as by when_any; an error is thrown all the same.
task<int> pops_or_lingers(channel<int>& c, int how)
{
    alive here;
    if (how == 0) co_return co_await c.pop();
    (void)co_await nothrow(never_twice(0));
    co_await shielded(sleep_for(2ms));
    if (how < 0) throw std::system_error(-how, std::generic_category());
    co_await yield();
    co_return -1;
}
task<> any_then_canceled(int lingers)
{
    channel<int> c(1);
    int kinds[] = {lingers, 0};
    auto f = [&](int how) { return pops_or_lingers(c, how); };
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([&]() -> task<> {
            co_await c.push(42);
            co_await yield();
            co_await yield();
            n.cancel();
        });
        auto first = co_await nothrow(when_any_of(kinds, f));
        assert_int_equal(c.size(), 0);
        if (lingers < 0) assert_true(first.error() == std::errc::io_error);
        else assert_int_equal(first.value().value, 42);
    });
}
void test_when_any_of_canceled_late_delivers_first(void**)
{
    run_clean(any_then_canceled, 1);
    run_clean(any_then_canceled, -EIO);
}

const Test tests[] = {
    EACH(test_when_all_of_delivers_values_in_order),
    EACH(test_when_all_of_error_cancels_rest),
    EACH(test_when_of_range_is_canceled),
    EACH(test_when_any_of_delivers_first),
    EACH(test_when_any_of_canceled_late_delivers_first),
    EACH(test_when_all_settled_delivers_each_result),
};

}  // namespace

HARNESS_MAIN("ranges", tests)
