// relev.hpp: how much memory tasks need.

#include <string>

#include "allocations_help.hh"
#include "coro_help.hh"

using namespace relev;

namespace {

template <std::size_t Size>
task<char> with_buffer(std::size_t i)
{
    char buffer[Size];
    buffer[i] = 'x';
    co_await yield();
    co_return buffer[i];
}

// Issue 20, "memory for a connection": tasks that run after each other, whose
// frames differ by less than 128 bytes, use the same frame.
void test_next_task_uses_frame_of_last(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    loop(flags()).run([]() -> task<> {
        co_await with_buffer<280>(7);
        long before = allocations;
        co_await with_buffer<360>(7);
        assert_int_equal(allocations, before);
    }());
}

struct counted {
    counted() noexcept { ++alive; }
    counted(counted&&) noexcept { ++alive; }
    ~counted() { --alive; }
    static inline int alive = 0;
};

task<> takes(counted)
{
    assert_int_equal(counted::alive, 1);
    co_await yield();
    assert_int_equal(counted::alive, 1);
}
task<> views(std::string_view text, const std::string& same)
{
    co_await yield();
    assert_true(text == same);
}
task<> refers(const std::string& text)
{
    co_await yield();
    assert_int_equal(text.size(), 100);
}
task<> spawns()
{
    std::string outside(100, 'x');
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(takes, counted());
        n.spawn(views, std::string(100, 'x'), std::ref(outside));
        n.spawn(refers, std::ref(outside));
        n.spawn(refers, std::string(100, 'x'));
        co_return;
    });
    assert_int_equal(counted::alive, 0);
}

// Issue 20, "memory for a connection": an argument that the task has itself is
// not kept twice; one that it refers to is kept.
void test_spawned_argument_exists_once(void**) { run_clean(spawns); }

// One that refers to what a reference_wrapper refers to needs no wrapper; one
// that refers to the wrapper itself, or keeps its address, does.
task<> refers_to_wrapper(const std::reference_wrapper<std::string>& text)
{
    co_await yield();
    assert_int_equal(text.get().size(), 100);
}
struct keeps_address {
    keeps_address(const std::reference_wrapper<std::string>& r) : to(&r) {}
    const std::reference_wrapper<std::string>* to;
};
task<> keeps(keeps_address text)
{
    co_await yield();
    assert_int_equal(text.to->get().size(), 100);
}
task<> spawns_wrappers()
{
    std::string outside(100, 'x');
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(refers_to_wrapper, std::ref(outside));
        n.spawn(keeps, std::ref(outside));
        char other[200];  // where the wrappers were
        memset(other, 1, sizeof other);
        asm volatile("" : : "r"(other) : "memory");
        co_return;
    });
}
void test_spawned_wrapper_is_kept(void**) { run_clean(spawns_wrappers); }

// At most 1 MiB of each class of frames is kept, whatever the frames need.
void test_frames_kept_have_a_limit(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    using relev::detail::frame_cache;
    loop l(flags());  // this thread keeps frames
    std::vector<void*> all;
    for (int i = 0; i < 4000; ++i) all.push_back(relev::detail::frame_new(385));
    for (void* p : all) relev::detail::frame_delete(p, 385);
    std::size_t k = frame_cache::class_of(385);
    assert_in_range(
        relev::detail::frames.rows[k].count * frame_cache::size_of(k), 1,
        frame_cache::limit);
}

const Test tests[] = {
    EACH(test_next_task_uses_frame_of_last),
    EACH(test_spawned_argument_exists_once),
    EACH(test_spawned_wrapper_is_kept),
    EACH(test_frames_kept_have_a_limit),
};

}  // namespace

HARNESS_MAIN("memory", tests)
