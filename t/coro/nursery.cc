// relev.hpp: nurseries lose no task and no error (issue 20).

#include <cstdlib>
#include <new>

#include "coro_help.hh"

// The allocation that fails: counted down if positive.
static long fails_after;

[[gnu::noinline]] void* operator new(std::size_t size)
{
    void* p = fails_after && !--fails_after ? nullptr : std::malloc(size);
    if (!p) throw std::bad_alloc();
    return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}

using namespace relev;

namespace {

// A nursery whose body returns at once, with two tasks.
task<> two(task<> (*first)(), task<> (*second)())
{
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(first);
        n.spawn(second);
        co_return;
    });
}
task<> ends() { co_await sleep_for(1ms); }

// Issue 20, A2: a scope that was canceled does not report success while a task
// in it was canceled, though the body has returned.
task<> expires()
{
    assert_false(co_await try_for(2ms, two(never, never)));
    assert_false(co_await try_for(10ms, two(ends, never)));
    assert_true(co_await try_for(1000s, two(ends, ends)));
    int thrown = 0;
    try {
        co_await with_timeout(2ms, two(never, ends));
    } catch (const timed_out&) {
        ++thrown;
    }
    std::stop_source stop;
    stop.request_stop();
    try {
        co_await with_stop(stop.get_token(), two(never, never));
    } catch (const stopped&) {
        ++thrown;
    }
    assert_int_equal(thrown, 2);
    auto left = co_await nothrow(with_timeout(2ms, two(never, never)));
    assert_true(left.error() == std::errc::timed_out);
}
void test_nursery_task_timed_out_is_reported(void**) { run_clean(expires); }

// Issue 20, A2: the same in a nursery inside, and in when_any.
task<> expires_deep()
{
    auto outer = []() -> task<> {
        co_await with_nursery([](nursery& n) -> task<> {
            n.spawn(two, never, ends);
            co_return;
        });
    };
    assert_false(co_await try_for(5ms, outer()));
    assert_int_equal((co_await when_any(outer(), ends())).index, 1);
}
void test_nursery_task_deep_inside_timed_out_is_reported(void**)
{
    run_clean(expires_deep);
}

// CXX_API 5.3: its own cancel is no error of a task that it ends.
task<> cancels_itself()
{
    co_await with_nursery([](nursery& n) -> task<> {
        n.spawn(never);
        n.spawn([&n]() -> task<> {
            co_await yield();
            n.cancel();
        });
        co_return;
    });
    co_await yield();
}
void test_nursery_cancels_itself_ends_in_order(void**)
{
    run_clean(cancels_itself);
}

// Issue 20, A5: a task spawned after the end of the last one, and before the
// owner was resumed, runs.
task<> sets(event& e)
{
    co_await yield();
    e.set();
}
task<> keeps_open(nursery*& open, event& e)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        open = &n;
        n.spawn(sets, std::ref(e));
        co_return;
    });
    open = nullptr;
}
task<> spawns_late(nursery*& open, event& e, int& ran)
{
    co_await e.wait();
    assert_non_null(open);
    open->spawn(
        [](int& r) -> task<> {
            co_await yield();
            ++r;
        },
        std::ref(ran));
}
void test_nursery_spawn_after_last_end_runs(void**)
{
    nursery* open = nullptr;
    event e;
    int ran = 0;
    run_clean([&]() -> task<> {
        co_await when_all(spawns_late(open, e, ran), keeps_open(open, e));
    });
    assert_int_equal(ran, 1);
}

// Issue 20, A6: a second error does not end the program, also without a
// handler: the first is thrown, the others are printed.
task<> pops(channel<int>& c) { (void)co_await c.pop(); }
task<> two_workers()
{
    channel<int> c{1};
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(pops, std::ref(c));
        n.spawn(pops, std::ref(c));
        n.spawn([&c]() -> task<> {
            try {
                co_await pops(c);
            } catch (const channel_closed&) {
                throw 1;  // is printed, too
            }
        });
        co_await yield();
        c.close();
    });
}
void test_nursery_second_error_does_not_end_program(void**)
{
    std::FILE* printed = std::tmpfile();
    int error = dup(2);
    dup2(fileno(printed), 2);
    std::string what = thrown_by([] { run_clean(two_workers); });
    dup2(error, 2), close(error);
    assert_string_equal(what.c_str(), channel_closed().what());
    std::rewind(printed);
    char text[200] = "";
    std::size_t size = std::fread(text, 1, sizeof text - 1, printed);
    std::fclose(printed);
    assert_string_equal(std::string(text, size).c_str(),
                        "relev: a later error of a group: "
                        "relev: the channel is closed\n"
                        "relev: a later error of a group: "
                        "no std::exception\n");
}

// Issue 20, A12: without memory a group throws before a task of it ran, or
// does all; nothing is left, and nothing waits for ever.
task<> marks(int& ran, std::unique_ptr<alive>)
{
    ++ran;
    co_await yield();
}
task<> spawns(int& ran, int& spawned)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 0; i < 3; ++i) {
            n.spawn(marks, std::ref(ran), std::make_unique<alive>());
            ++spawned;
        }
        co_return;
    });
}
task<> races(int& ran, int& spawned)
{
    co_await when_all(marks(ran, nullptr), marks(ran, nullptr));
    spawned += 2;
}
task<> stops(int& ran, int& spawned)
{
    std::stop_source source;
    co_await with_stop(source.get_token(), marks(ran, nullptr));
    ++spawned;
}
bool completes_without_memory(task<> (*f)(int&, int&), long count)
{
    int ran = 0, spawned = 0;
    detail::frames.clear();  // those of the last time
    std::string what = thrown_by([&] {
        run_clean([&]() -> task<> {
            fails_after = count;
            co_await f(ran, spawned);
        });
    });
    bool failed = !fails_after;
    fails_after = 0;
    assert_string_equal(what.c_str(), failed ? "std::bad_alloc" : "");
    assert_int_equal(ran, spawned);
    return !failed;
}
void test_group_without_memory_throws(void**)
{
    for (auto* f : {spawns, races, stops}) {
        long count = 1;
        while (!completes_without_memory(f, count)) ++count;
        assert_true(count > 2);
    }
}

const Test tests[] = {
    EACH(test_nursery_task_timed_out_is_reported),
    EACH(test_nursery_task_deep_inside_timed_out_is_reported),
    EACH(test_nursery_cancels_itself_ends_in_order),
    EACH(test_nursery_spawn_after_last_end_runs),
    ONCE(test_nursery_second_error_does_not_end_program),
    ONCE(test_group_without_memory_throws),
};

}  // namespace

HARNESS_MAIN("nursery", tests)
