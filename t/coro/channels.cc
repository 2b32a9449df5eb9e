// relev.hpp: channel, event, semaphore, mutex.

#include "coro_help.hh"

using namespace relev;

namespace {

using words = channel<std::unique_ptr<int>>;

task<> sends(words& c, int first, int count)
{
    alive here;
    for (int i = 0; i < count; ++i)
        co_await c.push(std::make_unique<int>(first + i));
}

// CXX_API 4: a channel of any capacity, also 0, delivers all values in order.
task<> receives(std::size_t capacity, int count)
{
    words c(capacity);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(sends, std::ref(c), 0, count);
        for (int i = 0; i < count; ++i) {
            assert_int_equal(*co_await c.pop(), i);
            assert_true(c.size() <= capacity);
            if (i % 3 == 0) co_await yield();
        }
    });
}
void test_channel_delivers_in_order(void**)
{
    for (std::size_t capacity : {0u, 1u, 2u, 7u})
        run_clean(receives, capacity, 50);
}

// CXX_API 5.3: a canceled pop never ate a value; a canceled push left none.
task<> cancels_pops(int& got)
{
    words c(1);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([&]() -> task<> {
            for (int i = 0; i < 20; ++i) {
                co_await sleep_for(0ms);
                co_await c.push(std::make_unique<int>(i));
            }
            c.close();
        });
        auto pop = [](words& w) -> task<int> { co_return *co_await w.pop(); };
        for (;;) try {
                auto v = co_await try_for(0s, pop(c));
                if (v) assert_int_equal(*v, got++);
            } catch (const channel_closed&) {
                break;
            }
    });
}
void test_canceled_pop_takes_no_value(void**)
{
    int got = 0;
    run_clean([&] { return cancels_pops(got); });
    assert_int_equal(got, 20);
}

// CXX_API 4: close ends those that wait; what is inside is still delivered.
task<> closes()
{
    words c(2);
    int ended = 0;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([&]() -> task<> {
            try {
                co_await sends(c, 0, 5);
            } catch (const channel_closed&) {
                ++ended;
            }
        });
        co_await yield();
        assert_int_equal(c.size(), 2);
        c.close();
        while (auto v = co_await c.next()) ended += 10;
    });
    assert_int_equal(ended, 21);
}
void test_channel_closed_ends_waiters(void**) { run_clean(closes); }

// CXX_API 5.2: push returns before the task that it wakes runs.
task<> push_runs_nothing()
{
    channel<int> c(0);
    bool popped = false;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([&]() -> task<> { co_await c.pop(), popped = true; });
        co_await yield();
        co_await c.push(1);
        assert_false(popped);
        int value = 2;
        assert_false(c.try_push(value));
        co_await yield();
        assert_true(popped);
        assert_false(c.try_pop().has_value());
    });
}
void test_push_returns_before_pop_runs(void**) { run_clean(push_runs_nothing); }

// CXX_API 4: an event wakes all, and stays set until it is reset.
task<> waits(event& e, int& count) { co_await e.wait(), ++count; }
task<> sets()
{
    event e;
    int count = 0;
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 0; i < 3; ++i)
            n.spawn(waits, std::ref(e), std::ref(count));
        co_await yield();
        e.set();
        assert_int_equal(count, 0);
        co_await e.wait();
        assert_true(e.is_set());
    });
    assert_int_equal(count, 3);
    e.reset();
    assert_false(co_await try_for(0s, waits(e, count)));
}
void test_event_wakes_all(void**) { run_clean(sets); }

// CXX_API 4: a semaphore admits so many tasks, in the order in which they came;
// a canceled or destroyed one gives its place on.
task<> works(semaphore& s, int& inside, int& most, std::string& order, char c)
{
    permit p = co_await s.acquire();
    order += c;
    most = std::max(most, ++inside);
    co_await yield();
    --inside;
}
task<> admits()
{
    semaphore s(2);
    int inside = 0, most = 0;
    std::string order;
    co_await with_nursery([&](nursery& n) -> task<> {
        for (char c = 'a'; c <= 'f'; ++c)
            n.spawn(works, std::ref(s), std::ref(inside), std::ref(most),
                    std::ref(order), c);
        co_await yield();
        assert_false(co_await try_for(0s, [](semaphore& t) -> task<> {
            permit p = co_await t.acquire();
            co_await never();
        }(s)));
    });
    assert_int_equal(most, 2);
    assert_string_equal(order.c_str(), "abcdef");
    assert_int_equal(s.available(), 2);
}
void test_semaphore_admits_in_order(void**) { run_clean(admits); }

// CXX_API 4: a mutex is held by one task, and free when the guard is gone.
task<> locks()
{
    mutex m;
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 0; i < 4; ++i)
            n.spawn([&]() -> task<> {
                auto guard = co_await m.lock();
                assert_true(m.is_locked());
                co_await yield();
            });
        co_return;
    });
    assert_false(m.is_locked());
}
void test_mutex_is_held_by_one(void**) { run_clean(locks); }

// CXX_API 5.4: a task that is destroyed after its lock was granted, and before
// it ran, gives it back.
task<> holds(mutex& m, event& go)
{
    auto guard = co_await m.lock();
    co_await go.wait();
}
void test_granted_lock_of_destroyed_task_is_free(void**)
{
    mutex m;
    event go;
    loop l(flags());
    on_timer t{l, 1ms, [&] {
                   go.set();
                   throw std::runtime_error("end");
               }};
    auto call = [&] {
        l.run([](mutex& mm, event& e) -> task<> {
            co_await when_all(holds(mm, e), holds(mm, e), holds(mm, e));
        }(m, go));
    };
    assert_string_equal(thrown_by(call).c_str(), "end");
    assert_false(m.is_locked());
}

// Issue 20, A1: what g++ 12 does not destroy twice: an aggregate that has a
// name, that a function returns or that a spawned task takes, and what a
// constructor makes.
struct aggregate {
    int number;
    alive counted;
};
struct constructed : aggregate {
    explicit constructed(int n) : aggregate{n, {}} {}
};
task<> takes(const aggregate& a, int number)
{
    co_await yield();
    assert_int_equal(a.number, number);
}
task<aggregate> gives(int n) { co_return aggregate{n, {}}; }
task<> passes_aggregates()
{
    channel<aggregate> c(1);
    aggregate named{1, {}};
    co_await c.push(named);
    assert_int_equal((co_await c.pop()).number, 1);
    co_await takes(named, 1);
    co_await takes(constructed(2), 2);
    co_await takes(co_await gives(3), 3);
    channel<constructed> d(1);
    co_await d.push(constructed(4));
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(takes, aggregate{5, {}}, 5);
        n.spawn(takes, constructed(6), 6);
        co_return;
    });
}
void test_channel_of_aggregates_destroys_each_once(void**)
{
    run_clean(passes_aggregates);
}

const Test tests[] = {
    EACH(test_channel_delivers_in_order),
    EACH(test_canceled_pop_takes_no_value),
    EACH(test_channel_closed_ends_waiters),
    EACH(test_push_returns_before_pop_runs),
    EACH(test_event_wakes_all),
    EACH(test_semaphore_admits_in_order),
    EACH(test_mutex_is_held_by_one),
    EACH(test_granted_lock_of_destroyed_task_is_free),
    EACH(test_channel_of_aggregates_destroys_each_once),
};

}  // namespace

HARNESS_MAIN("channels", tests)
