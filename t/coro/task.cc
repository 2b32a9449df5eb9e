// relev.hpp: tasks and loop::run.

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 4: a task does nothing until it is awaited, and delivers its value.
void test_task_awaited_delivers_value(void**)
{
    static bool began;
    began = false;
    auto inner = []() -> task<std::string> {
        began = true;
        co_return "value";
    };
    auto outer = [](auto& f) -> task<std::string> {
        co_await sleep_for(0ms);
        assert_false(began);
        co_return co_await f() + "!";
    };
    assert_string_equal(run_clean([&] { return outer(inner); }).c_str(),
                        "value!");
    assert_true(began);
}

// CXX_API 4: a value that can only be moved is delivered.
task<std::unique_ptr<int>> boxed(int n) { co_return std::make_unique<int>(n); }
void test_task_with_value_to_move_delivers_it(void**)
{
    auto p = run_clean(boxed, 3);
    assert_int_equal(*p, 3);
}

// CXX_API 4: a task that is never awaited is destroyed, with its arguments.
task<> takes(alive) { co_return; }
void test_task_never_awaited_is_destroyed(void**)
{
    {
        auto t = takes(alive());
    }
    assert_int_equal(alive::count, 0);
}

// CXX_API 5.5: what a task throws comes out of the await, at every depth, and
// of loop::run.
task<int> throws(int depth)
{
    alive here;
    if (depth) co_return co_await throws(depth - 1);
    co_await sleep_for(0ms);
    throw std::runtime_error("thrown");
}
void test_task_throws_is_rethrown_by_run(void**)
{
    auto call = [] { run_clean(throws, 10); };
    assert_string_equal(thrown_by(call).c_str(), "thrown");
}

// CXX_API 5.5: an error can be handled, and the task goes on.
task<int> handles()
{
    int n = 0;
    try {
        n = co_await throws(2);
    } catch (const std::runtime_error&) {
        n = 7;
    }
    co_return n + co_await later(1);
}
void test_task_handles_error_goes_on(void**)
{
    assert_int_equal(run_clean(handles), 8);
}

// CXX_API 7: a loop over tasks that are ready needs no stack, also without tail
// calls (this is built with -O0 and sanitizers, too).
task<long> many(long count)
{
    long sum = 0;
    for (long i = 0; i < count; ++i) sum += co_await now(1);
    co_return sum;
}
void test_million_ready_awaits_need_no_stack(void**)
{
    assert_int_equal(run_clean(many, 1000000L), 1000000);
}

// CXX_API 7: 10,000 tasks that await each other are no problem.
task<int> deep(int depth)
{
    if (depth == 0) co_return co_await later(0);
    co_return 1 + co_await deep(depth - 1);
}
void test_chain_of_tasks_is_deep(void**)
{
    // The stack frames of sanitized builds are several times as large.
    int depth = relev::detail::frames_are_kept ? 10000 : 2000;
    assert_int_equal(run_clean(deep, depth), depth);
}

// CXX_API 4: a task that nothing can wake is a deadlock. It is canceled first.
struct nobody : detail::awaiter {
    nobody() noexcept {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};
task<> waits_for_nobody()
{
    alive here;
    co_await nobody();
}
void test_task_nothing_can_wake_is_deadlock(void**)
{
    bool thrown = false;
    try {
        run_clean(waits_for_nobody);
    } catch (const deadlock&) {
        thrown = true;
    }
    assert_true(thrown);
}

// Issue 20, part A: the cancel of what a deadlock ends leaves no event pending.
task<> waits_in_channel()
{
    alive here;
    channel<int> c(0);
    co_await c.pop();
}
void test_deadlock_leaves_nothing_pending(void**)
{
    auto call = [] { run_clean(waits_in_channel); };  // it counts the events
    assert_string_equal(thrown_by(call).c_str(), deadlock().what());
}

// CXX_API 5.6: what a callback throws ends the task, which may clean up, and is
// rethrown by run.
task<> cleans_up(int& cleaned)
{
    try {
        co_await never();
    } catch (const canceled&) {
        ++cleaned;
        throw;
    }
}
void test_callback_throws_task_is_canceled(void**)
{
    loop l(flags());
    int cleaned = 0;
    on_timer t{l, 1ms, [] { throw std::runtime_error("callback"); }};
    auto call = [&] { l.run(cleans_up(cleaned)); };
    assert_string_equal(thrown_by(call).c_str(), "callback");
    assert_int_equal(cleaned, 1);
    assert_int_equal(alive::count, 0);
}

// CXX_API 5.4, 5.7: a task that waits in its clean-up when the loop ends it is
// destroyed there; its destructors run.
task<> cleans_up_long()
{
    alive here;
    bool ended = false;
    try {
        co_await never();
    } catch (const canceled&) {
        ended = true;
    }
    if (ended) co_await shielded(never());
}
void test_clean_up_that_waits_is_destroyed(void**)
{
    loop l(flags());
    on_timer t{l, 1ms, [] { throw std::runtime_error("callback"); }};
    auto call = [&] { l.run(cleans_up_long()); };
    assert_string_equal(thrown_by(call).c_str(), "callback");
    assert_int_equal(alive::count, 0);
}

// CXX_API 4: stop cancels the task, from any thread; a task<void> then ends in
// order, for a task with a value run throws canceled.
task<int> never_a_value() { co_return (co_await never(), 1); }
void test_stop_from_thread_cancels_task(void**)
{
    loop l(flags());
    std::thread other([&] { l.stop(); });
    l.run(never());
    other.join();

    bool thrown = false;
    on_timer t{l, 1ms, [&] { l.stop(); }};
    try {
        l.run(never_a_value());
    } catch (const canceled&) {
        thrown = true;
    }
    assert_true(thrown);
    assert_int_equal(alive::count, 0);
}

// CXX_API 4: ev_break ends the task like stop.
void test_break_cancels_task(void**)
{
    loop l(flags());
    on_timer t{l, 1ms, [&] { ev_break(l.raw(), EVBREAK_ALL); }};
    l.run(never());
    assert_int_equal(alive::count, 0);
}

// CXX_API 4: run may be called in a callback; each call ends with its task,
// whatever the order in which the tasks end.
void test_nested_runs_end_with_their_tasks(void**)
{
    loop l(flags());
    int inner = 0;
    on_timer t{l, 0ms, [&](auto& self) {
                   self.stop();
                   inner = l.run([]() -> task<int> {
                       co_await sleep_for(10ms);
                       co_return 5;
                   }());
               }};
    assert_int_equal(l.run(later(4)), 4);
    assert_int_equal(inner, 5);
}

// Issue 20, A22: a destructor that throws after co_return set the value: the
// error counts, and the value is destroyed.
struct throws_at_end {
    ~throws_at_end() noexcept(false) { throw std::runtime_error("end"); }
};
task<std::unique_ptr<alive>> value_is_lost()
{
    throws_at_end at_end;
    co_return std::make_unique<alive>();
}
void test_task_local_throws_after_value_value_is_destroyed(void**)
{
    auto call = [] { (void)run_clean(value_is_lost); };
    assert_string_equal(thrown_by(call).c_str(), "end");
    assert_int_equal(alive::count, 0);
}

const Test tests[] = {
    EACH(test_task_awaited_delivers_value),
    EACH(test_task_with_value_to_move_delivers_it),
    ONCE(test_task_never_awaited_is_destroyed),
    EACH(test_task_throws_is_rethrown_by_run),
    EACH(test_task_handles_error_goes_on),
    ONCE(test_million_ready_awaits_need_no_stack),
    ONCE(test_chain_of_tasks_is_deep),
    EACH(test_task_nothing_can_wake_is_deadlock),
    EACH(test_deadlock_leaves_nothing_pending),
    EACH(test_callback_throws_task_is_canceled),
    EACH(test_clean_up_that_waits_is_destroyed),
    EACH(test_stop_from_thread_cancels_task),
    EACH(test_break_cancels_task),
    EACH(test_nested_runs_end_with_their_tasks),
    ONCE(test_task_local_throws_after_value_value_is_destroyed),
};

}  // namespace

HARNESS_MAIN("task", tests)
