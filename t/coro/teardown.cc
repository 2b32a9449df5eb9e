// relev.hpp: what happens at the end of a run, and of a loop (issue 20).

#include "coro_help.hh"

using namespace relev;

namespace {

// Runs the task until a callback throws; then nothing of it is left.
template <class F>
void ends_by_callback(F f)
{
    loop l(flags());
    on_timer t{l, 1ms, [] { throw std::runtime_error("end"); }};
    assert_string_equal(thrown_by([&] { l.run(f()); }).c_str(), "end");
    assert_int_equal(alive::count, 0);
    ev_run(l.raw(), 0);  // returns: nothing is active
}

// Issue 20, A16: a task that never stops yielding is destroyed.
task<> yields_for_ever()
{
    alive here;
    for (;;) co_await yield();
}
void test_teardown_task_yields_for_ever_is_destroyed(void**)
{
    ends_by_callback([]() -> task<> { co_await shielded(yields_for_ever()); });
}

// Issue 20, A16: so are two that wake each other for ever.
task<> echoes(channel<int>& from, channel<int>& to)
{
    alive here;
    for (;;) co_await to.push(co_await from.pop());
}
void test_teardown_tasks_wake_each_other_are_destroyed(void**)
{
    channel<int> a{1}, b{1};
    int value = 1;
    assert_true(a.try_push(value));
    ends_by_callback([&]() -> task<> {
        co_await shielded([](auto& x, auto& y) -> task<> {
            co_await when_all(echoes(x, y), echoes(y, x));
        }(a, b));
    });
}

// CXX_API 5.7: clean-up that only yields runs to its end, in a chain of tasks,
// too.
task<> cleans_up(int& steps)
{
    alive here;
    bool ended = false;
    try {
        co_await never();
    } catch (const canceled&) {
        ended = true;
    }
    assert_true(ended);
    co_await shielded([](int& s) -> task<> {
        for (; s < 100; ++s) co_await yield();
    }(steps));
    co_await yield();
}
task<> nests(int depth, int& steps)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        if (depth) n.spawn(nests, depth - 1, std::ref(steps));
        else n.spawn(cleans_up, std::ref(steps));
        co_return;
    });
}
void test_teardown_clean_up_that_yields_ends(void**)
{
    int steps = 0;
    ends_by_callback([&] { return nests(100, steps); });
    assert_int_equal(steps, 100);
}

// What a posted function owns: it uses its loop when it is destroyed, and posts
// another one then.
std::string order;
struct owned {
    owned(loop& l, int n) : timer(l, 1000s, [] {}), left(n) {}
    ~owned()
    {
        order += ev_is_active(timer.raw()) ? "post " : "late ";
        loop& l = timer.of_loop();
        if (left) l.post([o = std::make_shared<owned>(l, left - 1)] {});
    }
    on_timer<void (*)()> timer;
    int left;
};
void notes_end(struct ev_loop*, ev_cleanup*, int) { order += "loop "; }

// Issue 20, A14: posted functions that never ran are destroyed before the loop.
void test_posted_function_never_ran_is_destroyed_first(void**)
{
    order.clear();
    ev_cleanup end;
    ev_cleanup_init(&end, notes_end);
    {
        loop l(flags());
        ev_cleanup_start(l.raw(), &end);
        l.post([o = std::make_shared<owned>(l, 1)] {});
        l.post([o = std::make_shared<owned>(l, 0)] {});
    }
    assert_string_equal(order.c_str(), "post post post loop ");
}

// Issue 20, A14: the same for a loop that somebody else destroys.
void test_posted_function_in_adopted_loop_is_destroyed_first(void**)
{
    order.clear();
    struct ev_loop* raw = ev_loop_new(flags());
    loop l(adopt, raw);
    l.post([o = std::make_shared<owned>(l, 1)] {});
    ev_loop_destroy(raw);
    assert_string_equal(order.c_str(), "post post ");
}

const Test tests[] = {
    EACH(test_teardown_task_yields_for_ever_is_destroyed),
    EACH(test_teardown_tasks_wake_each_other_are_destroyed),
    EACH(test_teardown_clean_up_that_yields_ends),
    EACH(test_posted_function_never_ran_is_destroyed_first),
    EACH(test_posted_function_in_adopted_loop_is_destroyed_first),
};

}  // namespace

HARNESS_MAIN("teardown", tests)
