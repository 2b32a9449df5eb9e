// relev.hpp: operations that need not wait, and permits.

#include "coro_help.hh"

using namespace relev;

namespace {

// Issue 20, A21: operations that are always ready do not starve others.
task<> spins(bool& stop, int kind)
{
    channel<int> c(1), closed(1);
    semaphore s(1);
    event set;
    set.set();
    closed.close();
    interval always(1ns);
    for (int i = 0; i < 3000000 && !stop; ++i) {
        if (kind == 0) co_await c.push(i), (void)co_await c.pop();
        if (kind == 1) (void)co_await s.acquire();
        if (kind == 2) co_await set.wait();
        if (kind == 3) (void)co_await always.next();
        if (kind == 4) co_await c.push(i), (void)c.try_pop();
        if (kind == 5) (void)co_await nothrow(closed.push(i));
    }
    assert_true(stop);
}
task<> sets(bool& stop)
{
    co_await sleep_for(1ms);
    stop = true;
}
task<> spins_beside(int kind)
{
    bool stop = false;
    co_await when_all(sets(stop), spins(stop, kind));
}
void test_ready_operations_starve_nobody(void**)
{
    for (int kind = 0; kind < 6; ++kind) run_clean(spins_beside, kind);
}

// A21: what was ready is delivered, also if a cancel comes first.
task<> pops(channel<int>& c, int& popped)
{
    for (;;) co_await c.push(1), popped += co_await c.pop();
}
task<> pops_until_canceled()
{
    channel<int> c(1);
    int popped = 0;
    assert_false(co_await try_for(1ms, pops(c, popped)));
    assert_int_equal(c.size(), 0);
    assert_true(popped >= 128);
}
void test_ready_operation_is_not_canceled(void**)
{
    run_clean(pops_until_canceled);
}

// Issue 20, A20: an assigned permit gives back what it had.
task<> assigns_permits()
{
    semaphore a(1), b(1);
    permit p = co_await a.acquire(), q = co_await b.acquire();
    p = std::move(q);
    assert_int_equal(a.available(), 1);
    assert_int_equal(b.available(), 0);
    permit& same = p;
    p = std::move(same);
    assert_int_equal(b.available(), 0);
    p.release();
    assert_int_equal(b.available(), 1);
}
void test_permit_assigned_gives_back_its_place(void**)
{
    run_clean(assigns_permits);
}

// Issue 20, low: a semaphore does not overflow.
void test_semaphore_of_all_places_stays_full(void**)
{
    semaphore s(~0u);
    s.release();
    assert_true(s.available() == ~0u);
}

const Test tests[] = {
    EACH(test_ready_operations_starve_nobody),
    EACH(test_ready_operation_is_not_canceled),
    EACH(test_permit_assigned_gives_back_its_place),
    ONCE(test_semaphore_of_all_places_stays_full),
};

}  // namespace

HARNESS_MAIN("ready", tests)
