// relev.hpp: cancels that no task handles. no_exceptions.sh builds this with
// -fno-exceptions, too: then a cancel destroys the tasks.

#include <random>

#include "coro_help.hh"
#include "relevpp/blocking.hpp"

using namespace relev;

namespace {

task<> deep(int depth)
{
    alive here;
    if (depth) co_await deep(depth - 1);
    else co_await sleep_for(1000s);
    fail_msg("not canceled");
}

// CXX_API 5.3: a time-out ends the tasks inside, and the caller goes on.
task<> times_out()
{
    alive here;
    for (int depth = 0; depth < 5; ++depth) {
        assert_false(co_await try_for(0s, deep(depth)));
        assert_int_equal(alive::count, 1);
    }
    auto r = co_await nothrow(with_timeout(0s, deep(3)));
    assert_true(r.error() == std::errc::timed_out);
    assert_int_equal(co_await later(7), 7);
}
void test_timeout_ends_tasks_inside(void**) { run_clean(times_out); }

// Issue 20, B1: so they do with an operation.
task<> operations_time_out()
{
    channel<int> c(1);
    assert_false(co_await try_for(0s, sleep_for(1000s)));
    assert_false((co_await try_for(1ms, c.pop())).has_value());
    auto r = co_await nothrow(with_timeout(1ms, c.pop()));
    assert_true(r.error() == std::errc::timed_out);
    auto first = co_await when_any(c.pop(), sleep_for(1ms), deep(2));
    assert_int_equal(first.index, 1);
    auto none = co_await try_for(1ms, when_any(c.pop(), deep(1)));
    assert_false(none.has_value());
    assert_int_equal(co_await with_timeout(10s, later(7)), 7);
}
void test_timeout_ends_operation(void**) { run_clean(operations_time_out); }

// CXX_API 5.3: of two time-outs around each other, the one that expires.
task<> both(bool& reached)
{
    assert_false(co_await try_for(1ms, deep(1)));
    reached = true;
    co_await deep(1);
}
task<> nested()
{
    bool reached = false;
    assert_false(co_await try_for(20ms, both(reached)));
    assert_true(reached);
    assert_false(co_await try_for(0s, both(reached)));
}
void test_nested_timeouts_end_in_their_order(void**) { run_clean(nested); }

// CXX_API 3: the losers of a race end.
task<> races()
{
    for (int i = 0; i < 3; ++i) {
        auto r = co_await when_any(deep(2), later(i), deep(0));
        assert_int_equal(r.index, 1);
        assert_int_equal(*std::get<1>(r.values), i);
    }
    assert_false(co_await try_for(
        1ms, []() -> task<> { co_await when_any(deep(1), deep(2)); }()));
    assert_false(co_await try_for(
        1ms, []() -> task<> { co_await when_all(deep(1), later(1)); }()));
}
void test_race_ends_losers(void**) { run_clean(races); }

// CXX_API 4: a nursery is canceled by its body, by a task in it, from outside.
task<> cancels(nursery& n)
{
    co_await yield();
    n.cancel();
}
task<> nurseries()
{
    co_await with_nursery([](nursery& n) -> task<> {
        n.spawn(deep, 2);
        n.spawn(deep, 0);
        n.cancel();
        co_return;
    });
    co_await with_nursery([](nursery& n) -> task<> {
        n.spawn(deep, 2);
        n.spawn(cancels, std::ref(n));
        co_await deep(3);
    });
    co_await with_nursery([](nursery& n) -> task<> {
        n.cancel();
        co_await deep(1);
    });
    assert_false(co_await try_for(1ms, []() -> task<> {
        co_await with_nursery([](nursery& n) -> task<> {
            n.spawn(deep, 1);
            co_return;
        });
        co_await deep(0);
    }()));
}
void test_nursery_is_canceled(void**) { run_clean(nurseries); }

// CXX_API 5.3: a shield hides the cancel until it ends.
task<> shields()
{
    int ended = 0;
    auto inside = [](int& n) -> task<> {
        co_await shielded(later(1));
        ++n;
        co_await deep(0);
    };
    assert_false(co_await try_for(0s, inside(ended)));
    assert_int_equal(ended, 1);
}
void test_shield_hides_cancel(void**) { run_clean(shields); }

// CXX_API 4: channels, semaphores and events are left.
task<> takes(channel<int>& c) { (void)co_await c.pop(); }
task<> acquires(semaphore& s) { auto p = co_await s.acquire(); }
task<> waits(event& e) { co_await e.wait(); }
task<> leaves()
{
    channel<int> c(1);
    semaphore s(1);
    event e;
    assert_false(co_await try_for(0s, takes(c)));
    auto taken = co_await s.acquire();
    assert_false(co_await try_for(0s, acquires(s)));
    assert_false(co_await try_for(0s, waits(e)));
    assert_false(c.is_closed());
    taken.release();
    assert_int_equal(s.available(), 1);
}
void test_canceled_waiters_leave(void**) { run_clean(leaves); }

// CXX_API 4: nothrow sees the cancel, and may clean up.
task<> cleans_up(int& steps)
{
    alive here;
    if (co_await nothrow(sleep_for(1000s))) ++steps;
    co_await shielded(later(1));
    ++steps;
}
task<> sees()
{
    int steps = 0;
    (void)co_await try_for(0s, cleans_up(steps));
    assert_int_equal(steps, 2);
}
void test_nothrow_sees_cancel(void**) { run_clean(sees); }

// CXX_API 5.7: stop ends run(task).
void test_stop_ends_run(void**)
{
    loop l(flags());
    on_timer t{l, 1ms, [&] { l.stop(); }};
    l.run(deep(3));
    assert_int_equal(alive::count, 0);
}

// Random trees of such tasks.
using generator = std::minstd_rand;

task<int> node(generator& g, int depth);

task<bool> try_node(generator& g, int depth)
{
    auto in_time = co_await try_for(1ms, node(g, depth));
    co_return in_time.has_value();
}

task<int> node(generator& g, int depth)
{
    alive here;
    if (depth <= 0) {
        if (g() % 4 == 0) co_await deep(1);
        co_await yield();
        co_return 1;
    }
    switch (g() % 6) {
        case 0:
            co_await when_all(node(g, depth - 1), node(g, depth - 2));
            break;
        case 1:
            co_await when_any(node(g, depth - 1), node(g, depth - 1));
            break;
        case 2:
            (void)co_await try_for(0s, node(g, depth - 1));
            break;
        case 3:
            (void)co_await nothrow(with_timeout(0s, node(g, depth - 1)));
            break;
        case 4:
            co_await with_nursery([&](nursery& n) -> task<> {
                alive body;
                n.spawn(node, std::ref(g), depth - 1);
                n.spawn(node, std::ref(g), depth - 2);
                if (g() % 2) n.cancel();
                (void)co_await node(g, depth - 1);
            });
            break;
        default:
            (void)co_await shielded(try_node(g, depth - 1));
    }
    co_return 1;
}

// CXX_API 9: after each tree nothing is left.
void test_random_trees_leave_nothing(void**)
{
    loop l(flags());
    for (unsigned seed = 1; seed <= 2000; ++seed) {
        generator g(seed);
        (void)l.run(try_node(g, 5));
        if (alive::count) fail_msg("seed %u: %d left", seed, alive::count);
        ev_run(l.raw(), 0);  // returns: nothing is active
        assert_int_equal(ev_pending_count(l.raw()), 0);
    }
}

// Issue 20, A2: a time-out ends the tasks of a nursery whose body has returned,
// and the nursery does not complete.
task<> spawns_two(bool& completed)
{
    co_await with_nursery([](nursery& n) -> task<> {
        n.spawn(deep, 0);
        n.spawn(deep, 1);
        co_return;
    });
    completed = true;
}
task<> times_out_without_body()
{
    bool completed = false;
    assert_false(co_await try_for(1ms, spawns_two(completed)));
    assert_false(completed);
}
void test_nursery_without_body_times_out(void**)
{
    run_clean(times_out_without_body);
}

// Issue 20, B3: a task that waits for a function that blocks is destroyed.
task<> blocks(blocking_pool& p, std::atomic<bool>& end)
{
    alive here;
    co_await blocking(
        p,
        [](std::atomic<bool>* ended) {
            while (!*ended) std::this_thread::yield();
        },
        &end);
}
task<> two_block(blocking_pool& p, std::atomic<bool>& end)
{
    co_await when_all(blocks(p, end), blocks(p, end));
}
task<> cancels_blocking(blocking_pool& p, std::atomic<bool>& end)
{
    assert_false(co_await try_for(1ms, two_block(p, end)));
    assert_int_equal(alive::count, 0);
    end = true;
    auto three = co_await nothrow(blocking(p, [] { return 3; }));
    assert_int_equal(*three, 3);
}
void test_blocking_is_canceled(void**)
{
    blocking_pool p(1);
    std::atomic<bool> end{false};
    run_clean(cancels_blocking, std::ref(p), std::ref(end));
}

const Test tests[] = {
    EACH(test_timeout_ends_tasks_inside),
    EACH(test_timeout_ends_operation),
    EACH(test_nested_timeouts_end_in_their_order),
    EACH(test_race_ends_losers),
    EACH(test_nursery_is_canceled),
    EACH(test_nursery_without_body_times_out),
    EACH(test_shield_hides_cancel),
    EACH(test_canceled_waiters_leave),
    EACH(test_nothrow_sees_cancel),
    EACH(test_stop_ends_run),
    EACH(test_blocking_is_canceled),
    EACH(test_random_trees_leave_nothing),
};

}  // namespace

HARNESS_MAIN("destroyed", tests)
