// relev.hpp: when_all and when_any.

#include "coro_help.hh"

using namespace relev;

namespace {

task<> fails(const char* what, int yields = 1)
{
    alive here;
    while (yields--) co_await yield();
    throw std::runtime_error(what);
}

task<> fails_when_canceled()
{
    try {
        co_await never();
    } catch (const canceled&) {
        throw std::runtime_error("second");
    }
}
task<> nothing_much() { co_await yield(); }
task<int> yields(int n)
{
    co_await yield();
    co_return n;
}

// CXX_API 4: when_all delivers all values.
task<> all()
{
    auto [a, b, c] = co_await when_all(later(1), now(2), nothing_much());
    (void)c;
    assert_int_equal(a + b, 3);
}
void test_when_all_delivers_values(void**) { run_clean(all); }

// CXX_API 4: the first error in when_all cancels the rest, and is rethrown when
// they have ended.
task<> all_fail() { co_await when_all(never(), fails("all"), never()); }
void test_when_all_error_cancels_rest(void**)
{
    auto call = [] { run_clean(all_fail); };
    assert_string_equal(thrown_by(call).c_str(), "all");
}

// CXX_API 3: when_any: the first completion decides; losers are canceled and
// awaited.
task<> any()
{
    auto r = co_await when_any(never(), later(3), never());
    assert_int_equal(r.index, 1);
    assert_int_equal(*std::get<1>(r.values), 3);
    assert_false(std::get<0>(r.values).has_value());
    assert_int_equal(alive::count, 0);
}
void test_when_any_first_completion_decides(void**) { run_clean(any); }

// CXX_API 3: if the first one is ready, the others do not even start.
task<> any_ready()
{
    auto r = co_await when_any(now(1), never());
    assert_int_equal(r.index, 0);
}
void test_when_any_ready_starts_no_other(void**) { run_clean(any_ready); }

// CXX_API 3: a loser that completes keeps its value.
task<int> much_later(int n)
{
    co_await sleep_for(50ms);
    co_return n;
}
task<int> stubborn(int n) { co_return co_await shielded(much_later(n)); }
task<> both_complete()
{
    auto r = co_await when_any(yields(7), stubborn(8));
    assert_int_equal(r.index, 0);
    assert_int_equal(*std::get<0>(r.values), 7);
    assert_int_equal(*std::get<1>(r.values), 8);
}
void test_when_any_loser_keeps_value(void**) { run_clean(both_complete); }

// CXX_API 3: the error of a loser comes out.
task<> loser_fails() { co_await when_any(yields(1), fails_when_canceled()); }
void test_when_any_error_comes_out(void**)
{
    auto call = [] { run_clean(loser_fails); };
    assert_string_equal(thrown_by(call).c_str(), "second");
}

// CXX_API 5.3: canceled from outside, both throw canceled when all have ended.
task<> canceled_groups()
{
    assert_false(co_await try_for(
        1ms, []() -> task<> { co_await when_all(never(), never()); }()));
    assert_false(co_await try_for(
        1ms, []() -> task<> { co_await when_any(never(), never()); }()));
}
void test_groups_canceled_from_outside(void**) { run_clean(canceled_groups); }

const Test tests[] = {
    EACH(test_when_all_delivers_values),
    EACH(test_when_all_error_cancels_rest),
    EACH(test_when_any_first_completion_decides),
    EACH(test_when_any_ready_starts_no_other),
    EACH(test_when_any_loser_keeps_value),
    EACH(test_when_any_error_comes_out),
    EACH(test_groups_canceled_from_outside),
};

}  // namespace

HARNESS_MAIN("when", tests)
