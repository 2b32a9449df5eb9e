// relev.hpp: scopes: cancel, time-outs, shields, destruction midway.

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 4: with_timeout throws timed_out, try_for delivers nothing.
task<> times_out()
{
    bool thrown = false;
    try {
        co_await with_timeout(1ms, never());
    } catch (const timed_out& error) {
        thrown = error.code() == std::errc::timed_out;
    }
    assert_true(thrown);
    assert_false(co_await try_for(1ms, never()));
    assert_true(co_await try_for(1ms, [](int) -> task<> { co_return; }(0)));
    assert_int_equal((co_await try_for(10s, later(3))).value(), 3);
    assert_int_equal(co_await with_timeout(10s, later(4)), 4);
    assert_int_equal(co_await with_timeout(0s, now(5)), 5);
}
void test_time_out_ends_the_task(void**) { run_clean(times_out); }

// CXX_API 5.3: a scope converts only its own cancel: of two time-outs the one
// that fired throws, wherever it is.
task<> nested_time_outs(bool outer_first)
{
    auto inner = [](bool first) -> task<int> {
        try {
            co_await with_timeout(first ? 1000s : 1s / 1000., never());
        } catch (const timed_out&) {
            co_return 1;
        }
        co_return 2;
    };
    int got = 0;
    try {
        got = co_await with_timeout(outer_first ? 0.001s : 1000.s,
                                    inner(outer_first));
    } catch (const timed_out&) {
        got = 3;
    }
    assert_int_equal(got, outer_first ? 3 : 1);
}
void test_nested_time_outs_throw_their_own(void**)
{
    run_clean(nested_time_outs, false);
    run_clean(nested_time_outs, true);
}

// CXX_API 5.3: a scope ends with its task, also if an expression awaits
// several: g++ suspends for the next one before it takes the result of the
// first.
task<int> sum_of_scopes()
{
    co_return co_await with_timeout(1ms, now(1))
        + co_await with_timeout(10s, later(2)) + co_await shielded(later(4))
        + (co_await try_for(1ms, now(8))).value() + co_await later(16);
}
void test_scopes_of_one_expression_end_in_turn(void**)
{
    assert_int_equal(run_clean(sum_of_scopes), 31);
}

// CXX_API 5.3: cancel is level-triggered: every later await in the scope
// throws, without waiting.
task<> awaits_again(int& seen)
{
    for (int i = 0; i < 5; ++i) try {
            if (i % 2) co_await never();
            else co_await yield();
        } catch (const canceled&) {
            ++seen;
        }
    co_await never();
}
task<> cancels_each_await(int& seen)
{
    bool in_time = co_await try_for(0s, awaits_again(seen));
    assert_false(in_time);
    co_await yield();  // outside the scope: nothing is thrown
}
void test_canceled_scope_cancels_each_await(void**)
{
    int seen = 0;
    run_clean([&] { return cancels_each_await(seen); });
    assert_true(seen >= 4);
}

// CXX_API 5.3: a task that completes in spite of the cancel is not canceled.
task<int> ignores_cancel()
{
    try {
        co_await never();
    } catch (const canceled&) {
    }
    co_return 6;
}
task<> completes_late()
{
    assert_int_equal(co_await with_timeout(1ms, ignores_cancel()), 6);
}
void test_completed_task_is_not_canceled(void**) { run_clean(completes_late); }

// CXX_API 5.3: shielded hides the cancel, for its task only.
task<> cleans_up(int& steps)
{
    bool ended = false;
    try {
        co_await never();
    } catch (const canceled&) {
        ended = true;
    }
    assert_true(ended);
    steps += co_await shielded(later(10));
    try {
        co_await yield();
    } catch (const canceled&) {
        ++steps;
        throw;
    }
}
task<> shields(int& steps)
{
    assert_false(co_await try_for(1ms, cleans_up(steps)));
}
void test_shielded_task_is_not_canceled(void**)
{
    int steps = 0;
    run_clean([&] { return shields(steps); });
    assert_int_equal(steps, 11);
}

// CXX_API 5.3: a time-out inside a shield works, one around it waits.
task<> shield_of(int& order)
{
    co_await shielded([](int& o) -> task<> {
        assert_false(co_await try_for(3ms, never()));
        o = 1;
    }(order));
}
task<> shield_between(int& order)
{
    assert_true(co_await try_for(1ms, shield_of(order)));
}
void test_time_out_inside_shield_fires(void**)
{
    int order = 0;
    run_clean([&] { return shield_between(order); });
    assert_int_equal(order, 1);
}

// CXX_API 5.5: an error in a scope passes through it.
task<> fails()
{
    co_await yield();
    throw std::runtime_error("inner");
}
task<> error_in_scope() { co_await with_timeout(10s, fails()); }
void test_error_passes_through_scope(void**)
{
    auto call = [] { run_clean(error_in_scope); };
    assert_string_equal(thrown_by(call).c_str(), "inner");
}

// CXX_API 5.4: destroying a task at any suspension point runs its destructors
// and leaves no watcher: the loop is ended at iteration 0 to 49.
task<> mixed(pipe_pair& p)
{
    alive here;
    descriptor d(dup(p.in));
    for (;;) {
        alive inner;
        p.write();
        co_await d.readable();
        p.read();
        (void)co_await try_for(0s, never());
        co_await yield();
        co_await shielded(later(1));
        bool ended = false;
        try {
            co_await with_timeout(10s, later(2));
        } catch (const canceled&) {
            ended = true;
        }
        if (ended) co_await shielded(never());
        co_await readable(p.out);
    }
}
void test_task_destroyed_midway_leaves_nothing(void**)
{
    for (int i = 0; i < 50; ++i) {
        loop l(flags());
        pipe_pair p;
        int left = i;
        // Throws in the iteration, and so ends the run.
        on_check c{l, [&] {
                       if (left-- == 0) throw std::runtime_error("end");
                   }};
        on_idle busy{l, [] {}};
        auto call = [&] { l.run(mixed(p)); };
        assert_string_equal(thrown_by(call).c_str(), "end");
        assert_int_equal(alive::count, 0);
        ev_verify(l.raw());
    }
}

// What dump prints while the task waits.
std::string dumped(task<> f())
{
    loop l(flags());
    char text[2000] = "";
    on_timer t{l, 1ms, [&] {
                   std::FILE* file = fmemopen(text, sizeof text, "w");
                   l.dump(file);
                   std::fclose(file);
                   l.stop();
               }};
    l.run(f());
    return text;
}

void assert_has(const std::string& text, const char* part)
{
    if (text.find(part) == std::string::npos)
        fail_msg("no %s in:\n%s", part, text.c_str());
}

// CXX_API 3: dump prints what each fiber waits for, and where.
void test_dump_shows_where_tasks_wait(void**)
{
    std::string text =
        dumped([]() -> task<> { co_await with_timeout(10s, never()); });
    assert_has(text, "fiber waits in sleep_for at ");
    assert_has(text, "coro_help.hh:");
    assert_has(text, "timeout at ");
    assert_has(text, "scope.cc:");
}

task<> spawning()
{
    co_await with_nursery([](nursery& n) -> task<> {
        n.spawn(never);
        co_return;
    });
}

// CXX_API 3: the same of tasks that wait for others.
void test_dump_shows_what_groups_wait_for(void**)
{
    std::string text =
        dumped([]() -> task<> { co_await when_any(spawning(), never()); });
    assert_has(text, "fiber waits in when_any at ");
    assert_has(text, "fiber waits in with_nursery at ");
    assert_has(text, "group at ");
    assert_true(text.find(":0\n") == std::string::npos);
    text = dumped([]() -> task<> { co_await when_all(never(), never()); });
    assert_has(text, "fiber waits in when_all at ");
}

const Test tests[] = {
    EACH(test_time_out_ends_the_task),
    EACH(test_nested_time_outs_throw_their_own),
    EACH(test_scopes_of_one_expression_end_in_turn),
    EACH(test_canceled_scope_cancels_each_await),
    EACH(test_completed_task_is_not_canceled),
    EACH(test_shielded_task_is_not_canceled),
    EACH(test_time_out_inside_shield_fires),
    EACH(test_error_passes_through_scope),
    EACH(test_task_destroyed_midway_leaves_nothing),
    EACH(test_dump_shows_where_tasks_wait),
    EACH(test_dump_shows_what_groups_wait_for),
};

}  // namespace

HARNESS_MAIN("scope", tests)
