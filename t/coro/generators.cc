// relev.hpp: generators and error groups.

#include "coro_help.hh"
#include "relevpp/error_group.hpp"
#include "relevpp/generator.hpp"

using namespace relev;

namespace {

generator<int> count_to(int n, bool waits)
{
    alive here;
    for (int i = 1; i <= n; ++i) {
        if (waits) co_await sleep_for(0s);
        co_yield i;
    }
}

// Issue 20, B5: each value is delivered, then null, as often as it is asked.
task<int> sums(int n, bool waits)
{
    auto numbers = count_to(n, waits);
    int sum = 0;
    while (int* i = co_await numbers.next()) sum += *i;
    assert_null(co_await numbers.next());
    assert_int_equal(alive::count, 0);  // its frame is gone
    co_return sum;
}
void test_generator_delivers_each_value(void**)
{
    assert_int_equal(run_clean(sums, 10, true), 55);
    assert_int_equal(run_clean(sums, 10, false), 55);
    assert_int_equal(run_clean(sums, 0, false), 0);
    assert_int_equal(run_clean(sums, 10000, false), 50005000);
}

// Issue 20, B5: values of any kind, made, moved or copied.
generator<std::string> words(const char* last)
{
    const std::string constant(30, 'c');
    std::string own(30, 'o');
    co_yield constant;
    co_yield own;
    assert_string_equal(own.c_str(), "changed");
    co_yield std::string(last);
}
task<> reads_words()
{
    auto all = words("last");
    std::string* w = co_await all.next();
    assert_string_equal(w->c_str(), std::string(30, 'c').c_str());
    *w = "mine";
    w = co_await all.next();
    *w = "changed";
    w = co_await all.next();
    assert_string_equal(w->c_str(), "last");
    assert_null(co_await all.next());
}
void test_generator_value_is_in_its_frame(void**) { run_clean(reads_words); }

// Issue 20, B5: an error is thrown by next, once.
generator<int> fails_after(int n)
{
    alive here;
    for (int i = 0; i < n; ++i) co_yield i;
    co_await yield();
    throw std::runtime_error("generator");
}
task<> reads_failing()
{
    auto numbers = fails_after(2);
    assert_int_equal(*co_await numbers.next(), 0);
    assert_int_equal(*co_await numbers.next(), 1);
    std::string error;
    try {
        (void)co_await numbers.next();
    } catch (const std::runtime_error& e) {
        error = e.what();
    }
    assert_string_equal(error.c_str(), "generator");
    assert_null(co_await numbers.next());
}
void test_generator_error_is_thrown_by_next(void**)
{
    run_clean(reads_failing);
}

// Issue 20, B5: it may be destroyed before its end: not begun, at a value, or,
// with the task that waits in it, in a wait.
task<int> first_of(generator<int>& numbers)
{
    co_return *co_await numbers.next();
}
generator<int> waits_after(int n)
{
    alive here;
    for (int i = 0; i < n; ++i) co_yield i;
    co_await never();
}
task<> leaves()
{
    auto unused = count_to(3, false);
    auto begun = count_to(3, false);
    assert_int_equal(co_await first_of(begun), 1);
    auto waiting = waits_after(1);
    (void)co_await waiting.next();
    assert_false((co_await try_for(0s, first_of(waiting))).has_value());
    assert_null(co_await waiting.next());  // the cancel has ended it
}
void test_generator_left_midway_is_destroyed(void**) { run_clean(leaves); }

task<> reads_for_ever(generator<int>& numbers)
{
    int seen = 0;
    while (co_await numbers.next()) ++seen;
    assert_int_equal(seen, 4);
    co_await never();
}
void test_generator_is_destroyed_with_its_task(void**)
{
    for (int iterations = 0; iterations < 8; ++iterations) {
        loop l(flags());
        on_check c{l, [n = iterations]() mutable {
                       if (n-- == 0) throw std::runtime_error("midway");
                   }};
        on_idle busy{l, [] {}};
        auto own = [&]() -> task<> {
            auto numbers = count_to(4, true);
            co_await reads_for_ever(numbers);
        };
        assert_string_equal(thrown_by([&] { l.run(own()); }).c_str(), "midway");
        assert_int_equal(alive::count, 0);
    }
}

// Issue 20, B5: a generator outlives the tasks, and loops, that read it.
void test_generator_is_read_by_one_loop_after_another(void**)
{
    auto numbers = count_to(3, true);
    for (int i = 1; i <= 3; ++i) {
        loop l(flags());
        assert_int_equal(l.run(first_of(numbers)), i);
    }
    auto waiting = waits_after(0);
    {
        auto l = std::make_unique<loop>(flags());
        on_timer stops{*l, 0s, [] { throw std::runtime_error("callback"); }};
        auto run = [&] { (void)l->run(first_of(waiting)); };
        assert_string_equal(thrown_by(run).c_str(), "callback");
    }
}

// Issue 20, B5: an error group throws all errors.
task<> fails(int n, bool waits)
{
    if (waits) co_await sleep_for(0s);
    throw std::runtime_error(std::to_string(n));
}
task<> ends(int& ended)
{
    co_await sleep_for(1ms);
    ++ended;
}
task<std::string> errors_of(on_error then, int& ended)
{
    std::string all;
    try {
        co_await with_error_group(
            [&](error_group& g) -> task<> {
                g.spawn(fails, 1, false);
                g.spawn(fails, 2, false);
                g.spawn(ends, std::ref(ended));
                co_await fails(3, true);
            },
            then);
    } catch (const group_error& e) {
        for (auto& error : e.errors) try {
                std::rethrow_exception(error);
            } catch (const std::runtime_error& one) {
                all += one.what();
            }
    }
    co_return all;
}
void test_error_group_throws_all_errors(void**)
{
    int ended = 0;
    auto rest = [&] { return errors_of(on_error::continue_rest, ended); };
    assert_string_equal(run_clean(rest).c_str(), "123");
    assert_int_equal(ended, 1);
    auto first = [&] { return errors_of(on_error::cancel_rest, ended); };
    assert_string_equal(run_clean(first).c_str(), "12");
    assert_int_equal(ended, 1);
}

// Issue 20, B5: without an error it returns; its own cancel is none, and one
// from outside passes.
task<> cancels()
{
    int ended = 0;
    co_await with_error_group([&](error_group& g) -> task<> {
        g.spawn(ends, std::ref(ended));
        co_return;
    });
    assert_int_equal(ended, 1);
    co_await with_error_group([&](error_group& g) -> task<> {
        g.spawn(never);
        g.cancel();
        co_return;
    });
    auto waits = []() -> task<> {
        co_await with_error_group([&](error_group& g) -> task<> {
            g.spawn(never);
            co_return;
        });
    };
    assert_false(co_await try_for(0s, waits()));
}
void test_error_group_canceled_is_no_error(void**) { run_clean(cancels); }

// Issue 20, B5: a body may end before what it has spawned.
task<std::size_t> body_ends_first()
{
    try {
        co_await with_error_group(
            [](error_group& g) -> task<> {
                for (int i = 0; i < 3; ++i) g.spawn(fails, i, true);
                co_return;
            },
            on_error::continue_rest);
    } catch (const group_error& e) {
        co_return e.errors.size();
    }
    co_return std::size_t{0};
}
void test_error_group_body_ends_first_all_are_thrown(void**)
{
    assert_int_equal(run_clean(body_ends_first), 3);
}

const Test tests[] = {
    EACH(test_generator_delivers_each_value),
    EACH(test_generator_value_is_in_its_frame),
    EACH(test_generator_error_is_thrown_by_next),
    EACH(test_generator_left_midway_is_destroyed),
    EACH(test_generator_is_destroyed_with_its_task),
    EACH(test_generator_is_read_by_one_loop_after_another),
    EACH(test_error_group_throws_all_errors),
    EACH(test_error_group_canceled_is_no_error),
    EACH(test_error_group_body_ends_first_all_are_thrown),
};

}  // namespace

HARNESS_MAIN("generators", tests)
