// relev.hpp: nurseries.

#include "coro_help.hh"

using namespace relev;

namespace {

task<> fails(const char* what, int yields = 1)
{
    alive here;
    while (yields--) co_await yield();
    throw std::runtime_error(what);
}

// CXX_API 4: with_nursery ends when all that was spawned has ended; the closure
// and the arguments live as long as the task.
task<> adds(std::unique_ptr<int> n, int& sum)
{
    alive here;
    co_await sleep_for(1ms);
    sum += *n;
}
task<> spawns(int& sum)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 1; i <= 3; ++i)
            n.spawn(adds, std::make_unique<int>(i), std::ref(sum));
        auto kept = std::make_shared<int>(10);
        n.spawn([kept, &sum]() -> task<> {
            co_await yield();
            sum += *kept;
        });
        assert_int_equal(sum, 0);  // CXX_API 5.2: spawn runs nothing
        co_return;
    });
    assert_int_equal(sum, 16);
}
void test_nursery_waits_for_all_children(void**)
{
    int sum = 0;
    run_clean([&] { return spawns(sum); });
}

// CXX_API 5.5: the error of a child cancels its siblings and the body, and is
// rethrown by the nursery.
task<> child_fails()
{
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(never);
        n.spawn(fails, "child", 2);
        co_await never();
    });
}
void test_child_fails_nursery_rethrows(void**)
{
    auto call = [] { run_clean(child_fails); };
    assert_string_equal(thrown_by(call).c_str(), "child");
}

// CXX_API 5.5: an error of the body cancels the children.
task<> body_fails()
{
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(never);
        co_await fails("body");
    });
}
void test_body_fails_children_are_canceled(void**)
{
    auto call = [] { run_clean(body_fails); };
    assert_string_equal(thrown_by(call).c_str(), "body");
}

// CXX_API 5.5: later errors of a group go to on_unhandled, never into the void.
std::string unhandled;
void note_unhandled(std::exception_ptr error)
{
    unhandled += thrown_by([&] { std::rethrow_exception(error); });
}
task<> fails_when_canceled()
{
    try {
        co_await never();
    } catch (const canceled&) {
        throw std::runtime_error("second");
    }
}
task<> two_fail()
{
    (co_await this_loop()).on_unhandled(note_unhandled);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(fails_when_canceled);
        n.spawn(fails, "first", 1);
        co_return;
    });
}
void test_second_error_goes_to_handler(void**)
{
    unhandled.clear();
    auto call = [] { run_clean(two_fail); };
    assert_string_equal(thrown_by(call).c_str(), "first");
    assert_string_equal(unhandled.c_str(), "second");
}

// CXX_API 5.3: cancel of a nursery ends what is inside, and nothing else.
task<> cancels_nursery()
{
    bool reached = false;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(never);
        n.cancel();
        n.spawn(never);  // starts, and ends at its first await
        reached = true;
        co_await never();
    });
    assert_true(reached);
    co_await yield();
}
void test_nursery_canceled_ends_in_order(void**) { run_clean(cancels_nursery); }

// CXX_API 5.3: a cancel from outside reaches the children of children, and
// passes through.
task<> nests(int depth)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(never);
        if (depth) n.spawn(nests, depth - 1);
        co_await with_timeout(1000s, never());
    });
}
task<> cancels_from_outside() { assert_false(co_await try_for(2ms, nests(5))); }
void test_outer_cancel_reaches_all_children(void**)
{
    run_clean(cancels_from_outside);
}

// CXX_API 5.3: no canceled is injected where no child was canceled (as in trio
// 1457): a nursery whose children completed ends in order.
task<> completes_late()
{
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn([]() -> task<> { co_await shielded(later(1)); });
        co_return;
    });
}
task<> no_child_was_canceled()
{
    assert_true(co_await try_for(0s, completes_late()));
}
void test_nursery_that_completes_is_not_canceled(void**)
{
    run_clean(no_child_was_canceled);
}

task<int> stubborn(int n) { co_return co_await shielded(later(n)); }

// CXX_API 5.4: destroyed midway, at iteration 0 to 49, groups leave nothing.
task<> tree(int depth)
{
    alive here;
    for (;;) {
        co_await with_nursery([&](nursery& n) -> task<> {
            alive body;
            n.spawn(never);
            if (depth) n.spawn(tree, depth - 1);
            (void)co_await when_any(later(1), never(), stubborn(1));
            co_await when_all(later(1), later(2));
            n.cancel();
        });
        co_await yield();
    }
}
void test_groups_destroyed_midway_leave_nothing(void**)
{
    for (int i = 0; i < 50; ++i) {
        loop l(flags());
        int left = i;
        on_check c{l, [&] {
                       if (left-- == 0) throw std::runtime_error("end");
                   }};
        on_idle busy{l, [] {}};
        auto call = [&] { l.run(tree(2)); };
        assert_string_equal(thrown_by(call).c_str(), "end");
        assert_int_equal(alive::count, 0);
        ev_verify(l.raw());
    }
}

// CXX_API 7: many tasks are canceled and destroyed in a time that grows with
// their number only.
task<> crowd(int count)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 0; i < count; ++i) n.spawn(never);
        co_await sleep_for(1ms);
        n.cancel();
    });
}
void test_crowd_of_tasks_is_canceled(void**) { run_clean(crowd, 3000); }

// CXX_API 5.2: fibers that wake each other do not keep the kernel's events
// waiting.
task<> spins(channel<int>& from, channel<int>& to, bool& ended)
{
    while (!ended) {
        co_await to.push(co_await from.pop());
    }
    if (!to.size()) co_await to.push(0);
}
void test_busy_fibers_do_not_starve_timers(void**)
{
    channel<int> a{2}, b{2};
    bool ended = false;
    run_clean([&]() -> task<> {
        loop& l = co_await this_loop();
        on_timer t{l, 1ms, [&] { ended = true; }};
        co_await with_nursery([&](nursery& n) -> task<> {
            n.spawn(spins, std::ref(a), std::ref(b), std::ref(ended));
            n.spawn(spins, std::ref(b), std::ref(a), std::ref(ended));
            co_await a.push(1);
        });
    });
}

const Test tests[] = {
    EACH(test_nursery_waits_for_all_children),
    EACH(test_child_fails_nursery_rethrows),
    EACH(test_body_fails_children_are_canceled),
    EACH(test_second_error_goes_to_handler),
    EACH(test_nursery_canceled_ends_in_order),
    EACH(test_outer_cancel_reaches_all_children),
    EACH(test_nursery_that_completes_is_not_canceled),
    EACH(test_groups_destroyed_midway_leave_nothing),
    ONCE(test_crowd_of_tasks_is_canceled),
    EACH(test_busy_fibers_do_not_starve_timers),
};

}  // namespace

HARNESS_MAIN("groups", tests)
