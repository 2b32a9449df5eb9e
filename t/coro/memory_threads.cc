// relev.hpp: the memory of threads.

#include <cstdlib>
#include <new>

#include "coro_help.hh"

static std::atomic<long> blocks{0};

[[gnu::noinline]] void* operator new(std::size_t size)
{
    void* p = std::malloc(size);
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
    EACH(test_loop_destroyed_in_other_thread),
};

}  // namespace

HARNESS_MAIN("memory", tests)
