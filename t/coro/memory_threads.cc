// relev.hpp: threads without memory, or that cannot be made.

#include <cstdlib>
#include <new>

#include "coro_help.hh"
#include "relevpp/blocking.hpp"

// How many allocations succeed until one fails; none fails if it is negative.
static std::atomic<long> until_failure{-1};
static std::atomic<long> blocks{0};

[[gnu::noinline]] void* operator new(std::size_t size)
{
    void* p = nullptr;
    if (until_failure < 0 || until_failure-- > 0) p = std::malloc(size);
    if (!p) throw std::bad_alloc();
    ++blocks;
    return p;
}
[[gnu::noinline]] void operator delete(void* p) noexcept
{
    if (p) --blocks;
    std::free(p);
}
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept
{
    operator delete(p);
}

namespace {

using namespace relev;

std::atomic<int> ran{0};
task<int> counts()
{
    ++ran;
    co_return 5;
}

// The value, or -1 without memory.
task<int> calls(loop& there, int failing)
{
    int value = -1;
    try {
        until_failure = failing;
        value = co_await on(there, counts);
    } catch (const std::bad_alloc&) {
    }
    until_failure = -1;
    co_return value;
}

// Issue 20, A12: without memory, on throws before the task has run, whichever
// of its allocations fails, in either thread.
void test_on_without_memory_throws(void**)
{
    loop there(flags()), l(flags());
    ev_ref(there.raw());
    std::thread other([&] { there.run(); });
    int value = -1;
    for (int n = 0; value < 0; ++n) {
        ran = 0;
        value = l.run(calls(there, n));
        assert_int_equal(ran, value < 0 ? 0 : 1);
        assert_in_range(n, 0, 10);
    }
    there.stop();
    other.join();
}

// The value, or -1 without memory.
task<int> blocks_there(blocking_pool& p, int failing)
{
    int value = -1;
    try {
        until_failure = failing;
        value = co_await blocking(p, [] { return 5 + 0 * ++ran; });
    } catch (const std::bad_alloc&) {
    }
    until_failure = -1;
    co_return value;
}

// Issue 20, B3: without memory blocking throws, and the function has not run.
void test_blocking_without_memory_throws(void**)
{
    blocking_pool p(1);
    loop l(flags());
    int value = -1;
    for (int n = 0; value < 0; ++n) {
        ran = 0;
        value = l.run(blocks_there(p, n));
        assert_int_equal(ran, value < 0 ? 0 : 1);
        assert_in_range(n, 0, 10);
    }
}

// Issue 20, A12: nor does a pool without memory hang. What was thrown is
// bad_alloc, or all tasks have run.
void test_pool_without_memory_throws(void**)
{
    threads pool(3, flags());
    bool thrown = true;
    for (int n = 0; thrown; ++n) {
        thrown = false;
        std::atomic<int> ended{0};
        try {
            until_failure = n;
            pool.run([&](loop&, int) -> task<> {
                co_await yield();
                ++ended;
            });
        } catch (const std::bad_alloc&) {
            thrown = true;
        }
        until_failure = -1;
        if (!thrown) assert_int_equal(ended, 3);
        assert_in_range(n, 0, 30);
    }
}

// Issue 20, A12: a loop without memory leaves none.
void test_loop_without_memory_leaves_none(void**)
{
    long before = blocks;
    until_failure = 0;
    bool thrown = false;
    try {
        loop l(flags());
    } catch (const std::bad_alloc&) {
        thrown = true;
    }
    until_failure = -1;
    assert_true(thrown);
    assert_int_equal(blocks, before);
}

// Issue 20, A12: if a thread cannot be made, no task runs.
void test_pool_without_threads_runs_nothing(void**)
{
    pthread_attr_t before, huge;
    assert_int_equal(pthread_getattr_default_np(&before), 0);
    assert_int_equal(pthread_attr_init(&huge), 0);
    assert_int_equal(pthread_attr_setstacksize(&huge, 1ul << 46), 0);

    threads pool(3, flags());
    std::atomic<int> started{0};
    auto run = [&] {
        pool.run([&](loop&, int) -> task<> {
            ++started;
            co_return;
        });
    };
    assert_int_equal(pthread_setattr_default_np(&huge), 0);
    assert_string_not_equal(thrown_by(run).c_str(), "");
    assert_int_equal(pthread_setattr_default_np(&before), 0);
    assert_int_equal(started, 0);
    run();
    assert_int_equal(started, 3);
    pthread_attr_destroy(&huge);
    pthread_attr_destroy(&before);
}

// Issue 20, A23: a loop that is destroyed in another thread than it ran in
// leaves nothing.
task<> little() { co_await yield(); }
task<> many()
{
    co_await with_nursery([](nursery& n) -> task<> {
        for (int i = 0; i < 500; ++i) n.spawn(little);
        co_return;
    });
}
void test_loop_destroyed_in_other_thread(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    std::unique_ptr<loop> l;
    long before = blocks;
    std::thread([&] {
        l = std::make_unique<loop>(flags());
        l->run(many());
    }).join();
    l.reset();
    assert_int_equal(blocks, before);

    // One that runs in another thread than it was made in.
    loop here(flags());
    before = blocks;
    std::thread([&] { here.run(many()); }).join();
    assert_int_equal(blocks, before);
}

const Test tests[] = {
    EACH(test_on_without_memory_throws),
    EACH(test_blocking_without_memory_throws),
    EACH(test_pool_without_memory_throws),
    EACH(test_loop_without_memory_leaves_none),
    EACH(test_pool_without_threads_runs_nothing),
    EACH(test_loop_destroyed_in_other_thread),
};

}  // namespace

HARNESS_MAIN("memory", tests)
