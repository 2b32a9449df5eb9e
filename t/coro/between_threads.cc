// relev.hpp: loop_channel and work_guard.

#include "relevpp/loop_channel.hpp"

#include "coro_help.hh"
#include "relevpp/work_guard.hpp"

using namespace relev;

namespace {

using numbers = loop_channel<std::unique_ptr<int>>;

std::unique_ptr<int> box(int n) { return std::make_unique<int>(n); }

// Issue 20, B5: values from tasks of several loops and from plain threads
// arrive, each once, and those of one sender in its order.
task<> sends(numbers& c, int first, int count)
{
    for (int i = 0; i < count; ++i) co_await c.push(box(first + i));
}
task<int> receives(numbers& c)
{
    int last[4] = {-1, -1, -1, -1}, seen = 0;
    while (auto n = co_await c.next()) {
        assert_true(**n % 1000 > last[**n / 1000]);
        last[**n / 1000] = **n % 1000;
        ++seen;
    }
    co_return seen;
}
constexpr int count = 300;
void test_loop_channel_many_loops_each_value_once(void**)
{
    for (std::size_t capacity : {0u, 1u, 7u}) {
        numbers c(capacity);
        threads pool(3, flags());
        std::atomic<int> seen{0}, senders{4};
        auto sent = [&] {
            if (--senders == 0) c.close();
        };
        std::thread plain([&] {
            for (int i = 0; i < count; ++i)
                assert_true(c.push_from_thread(box(3000 + i)));
            sent();
        });
        pool.run([&](loop&, int index) -> task<> {
            co_await when_all(
                [](auto& n, auto& ch) -> task<> { n += co_await receives(ch); }(
                                          seen, c),
                [](auto& ch, int i, auto& f) -> task<> {
                    co_await sends(ch, 1000 * i, count);
                    f();
                }(c, index, sent));
        });
        plain.join();
        assert_int_equal(seen, 4 * count);
        assert_int_equal(c.size(), 0);
    }
}

// Issue 20, B5: a plain thread pops, too, until the channel is closed.
void test_loop_channel_thread_pops_until_closed(void**)
{
    numbers c(2);
    int sum = 0;
    std::thread plain([&] {
        while (auto n = c.pop_from_thread()) sum += **n;
        assert_false(c.push_from_thread(box(1)));
        auto more = box(2);
        assert_false(c.try_push(more));
        assert_false(c.try_pop().has_value());
    });
    run_clean([&]() -> task<> {
        co_await sends(c, 1, 10);
        c.close();
    });
    plain.join();
    assert_int_equal(sum, 55);
}

// Issue 20, B5: try_push and try_pop do not wait.
void test_loop_channel_try_does_not_wait(void**)
{
    numbers c(1);
    auto one = box(1), two = box(2);
    assert_true(c.try_push(one));
    assert_false(c.try_push(two));
    assert_non_null(two.get());
    assert_int_equal(**c.try_pop(), 1);
    assert_false(c.try_pop().has_value());
    assert_false(c.is_closed());
}

// Issue 20, B5: a canceled pop takes no value, at whatever moment.
task<int> pops(numbers& c) { co_return *co_await c.pop(); }
task<> pops_with_little_time(numbers& c, int& got)
{
    for (;;) try {
            auto n = co_await try_for(20us, pops(c));
            if (n) assert_int_equal(*n, got++);
        } catch (const channel_closed&) {
            break;
        }
}
void test_loop_channel_canceled_pop_takes_no_value(void**)
{
    numbers c(1);
    int got = 0;
    std::thread plain([&] {
        for (int i = 0; i < count; ++i) {
            assert_true(c.push_from_thread(box(i)));
            if (i % 3 == 0) std::this_thread::yield();
        }
        c.close();
    });
    run_clean([&] { return pops_with_little_time(c, got); });
    plain.join();
    assert_int_equal(got, count);
}

// Issue 20, B5: a task that was woken to pop, and is destroyed with its loop
// before it runs, leaves the value to the next one.
void test_loop_channel_destroyed_pop_leaves_value(void**)
{
    for (int iterations = 0; iterations < 3; ++iterations) {
        numbers c(1);
        {
            loop l(flags());
            on_check stops{l, [n = iterations, &c]() mutable {
                               auto one = box(1);
                               if (n-- > 0) return;
                               c.try_push(one);
                               throw std::runtime_error("stop");
                           }};
            on_idle busy{l, [] {}};
            auto run = [&] { (void)l.run(pops(c)); };
            assert_string_equal(thrown_by(run).c_str(), "stop");
        }
        assert_int_equal(c.size(), 1);
        assert_int_equal(**c.try_pop(), 1);
    }
}

// Issue 20, B5: nor does a push that was canceled leave its value.
task<> pushes_in_vain(numbers& c)
{
    co_await c.push(box(1));
    assert_false(co_await try_for(0s, sends(c, 2, 1)));
    assert_int_equal(c.size(), 1);
    assert_int_equal(*co_await c.pop(), 1);
    assert_int_equal(c.size(), 0);
}
void test_loop_channel_canceled_push_leaves_no_value(void**)
{
    numbers c(1);
    run_clean([&] { return pushes_in_vain(c); });
}

// Issue 20, B5: a push that is done is not canceled any more.
task<> pushes_second(numbers& c, std::error_code& left)
{
    left = co_await nothrow(c.push(box(2)));
}
task<> cancels_after_push()
{
    numbers c(1);
    std::error_code left;
    co_await c.push(box(1));
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(pushes_second, std::ref(c), std::ref(left));
        co_await sleep_for(1ms);
        assert_int_equal(**c.try_pop(), 1);  // makes room for the second
        n.cancel();
    });
    assert_false(left.value());
    assert_int_equal(**c.try_pop(), 2);
}
void test_loop_channel_push_done_is_not_canceled(void**)
{
    run_clean(cancels_after_push);
}

// Issue 20, B5: a task that was woken to pop, and is canceled, leaves the value
// to the next one, also after close.
task<> counts(numbers& c, int& seen) { seen += co_await receives(c); }
task<> cancels_last()
{
    numbers c(1);
    int seen = 0;
    co_await with_nursery([&](nursery& outer) -> task<> {
        co_await with_nursery([&](nursery& n) -> task<> {
            n.spawn(counts, std::ref(c), std::ref(seen));
            co_await sleep_for(1ms);
            auto one = box(1);
            c.try_push(one);  // wakes it
            c.close();
            outer.spawn(counts, std::ref(c), std::ref(seen));
            outer.spawn([&n]() -> task<> { co_return n.cancel(); });
            co_await never();
        });
    });
    assert_int_equal(seen, 1);
}
void test_loop_channel_closed_ends_after_last_value(void**)
{
    run_clean(cancels_last);
}

// Issue 20, B5: close ends all that wait; nothrow says so.
task<> asks_nothrow(numbers& c)
{
    auto n = co_await nothrow(c.pop());
    assert_int_equal(**n, 7);
    n = co_await nothrow(c.pop());
    assert_true(n.error() == std::errc::broken_pipe);
    std::error_code e = co_await nothrow(c.push(box(1)));
    assert_true(e == std::errc::broken_pipe);
}
void test_loop_channel_closed_by_thread_ends_pop(void**)
{
    numbers c(1);
    std::thread plain([&] {
        c.push_from_thread(box(7));
        while (c.size()) std::this_thread::yield();
        c.close();
    });
    run_clean([&] { return asks_nothrow(c); });
    plain.join();
}

// Issue 20, B5: a guard keeps run(flags) running until any thread releases it.
void test_work_guard_keeps_loop_running(void**)
{
    for (int i = 0; i < 20; ++i) {
        loop l(flags());
        std::atomic<bool> running{false};
        l.post([&] { running = true; });
        work_guard guard(l), second;
        second = std::move(guard);
        std::atomic<bool> released{false};
        std::thread other([&] {
            while (!running) std::this_thread::yield();
            released = true;
            second.release();
            second.release();
        });
        l.run();
        assert_true(released);
        other.join();
        l.run();  // returns: nothing is left
    }
}

// Issue 20, B5: with a guard, a task that only a thread can wake is no
// deadlock.
void test_work_guard_task_waits_for_thread(void**)
{
    loop l(flags());
    event woken;
    work_guard guard(l);
    std::thread other([&] {
        l.post([&] { woken.set(); });
        work_guard in_thread(std::move(guard));
    });
    l.run([](event& e) -> task<> { co_await e.wait(); }(woken));
    other.join();
}

// Issue 20, B5: a guard may be released after its loop was destroyed.
void test_work_guard_outlives_loop(void**)
{
    work_guard guard, early;
    {
        loop l(flags());
        guard = work_guard(l);
        early = work_guard(l);
        early.release();  // its message never arrives in a run
    }
    guard.release();
}

const Test tests[] = {
    EACH(test_loop_channel_many_loops_each_value_once),
    EACH(test_loop_channel_thread_pops_until_closed),
    ONCE(test_loop_channel_try_does_not_wait),
    EACH(test_loop_channel_canceled_pop_takes_no_value),
    EACH(test_loop_channel_destroyed_pop_leaves_value),
    EACH(test_loop_channel_canceled_push_leaves_no_value),
    EACH(test_loop_channel_push_done_is_not_canceled),
    EACH(test_loop_channel_closed_ends_after_last_value),
    EACH(test_loop_channel_closed_by_thread_ends_pop),
    EACH(test_work_guard_keeps_loop_running),
    EACH(test_work_guard_task_waits_for_thread),
    EACH(test_work_guard_outlives_loop),
};

}  // namespace

HARNESS_MAIN("between", tests)
