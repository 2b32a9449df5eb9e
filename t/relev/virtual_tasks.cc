// Tasks of relev.hpp in virtual time: relevpp/virtual_time.hpp.

#include "../coro/coro_help.hh"
#include "relevpp/virtual_time.hpp"

using relev::sleep_for, relev::task, relev::virtual_loop, relev::with_timeout;

namespace {

// The loop's clock shows so many seconds since its start, and little more.
bool shows(const virtual_loop& l, double seconds)
{
    return l.time() >= 1e9 + seconds && l.time() < 1e9 + seconds + 1e-4
        && ev_now(l.raw()) <= l.time();
}

task<> two_sleeps(virtual_loop& l)
{
    co_await sleep_for(1h);
    assert_true(shows(l, 3600));
    co_await sleep_for(30min);
}

void test_virtual_sleeps_take_no_time(void**)
{
    virtual_loop l(flags());
    l.run(two_sleeps(l));
    assert_true(shows(l, 5400));
}

// From the call on, also if the callback has taken time, and if the wall clock
// was set in between.
task<> sleeps_late(virtual_loop& l)
{
    double begun = l.monotonic();
    l.advance(10s);
    l.set_wall(std::chrono::system_clock::time_point(2000000000s));
    co_await sleep_for(60s);
    double took = l.monotonic() - begun;
    assert_true(took >= 70 && took < 70.001);
}

void test_virtual_sleep_counts_from_its_call(void**)
{
    virtual_loop l(flags());
    l.run(sleeps_late(l));
    assert_true(l.time() >= 2000000060. && l.time() < 2000000060.1);
}

task<> times_out(virtual_loop& l)
{
    pipe_pair p;
    bool thrown = false;
    try {
        co_await with_timeout(90s, relev::readable(p.in));
    } catch (const relev::timed_out&) {
        thrown = true;
    }
    assert_true(thrown && shows(l, 90));
    p.write();
    co_await with_timeout(90s, relev::readable(p.in));
    assert_true(shows(l, 90));
    co_await relev::sleep_until(
        std::chrono::system_clock::time_point(1000000500s));
    assert_true(shows(l, 500));
}

void test_virtual_time_outs_follow(void**)
{
    virtual_loop l(flags());
    l.run(times_out(l));
}

task<> counts_ticks(virtual_loop& l)
{
    relev::interval ticks(7s);
    for (int i = 0; i < 1000; ++i) assert_int_equal(co_await ticks.next(), 1);
    assert_true(shows(l, 7000));
    l.advance(70s);
    assert_int_equal(co_await ticks.next(), 10);
}

void test_virtual_interval_ticks(void**)
{
    virtual_loop l(flags());
    l.run(counts_ticks(l));
}

// Together: the earlier one first, whichever was started first.
task<> sleeps_and_says(std::string& said, std::chrono::seconds s, char c)
{
    for (int i = 0; i < 3; ++i) co_await sleep_for(s), said += c;
}

task<> nursery(std::string& said)
{
    co_await relev::when_all(sleeps_and_says(said, 100s, 'c'),
                             sleeps_and_says(said, 30s, 'a'),
                             sleeps_and_says(said, 70s, 'b'));
}

void test_virtual_order_is_that_of_the_times(void**)
{
    for (int i = 0; i < 100; ++i) {
        virtual_loop l(flags());
        std::string said;
        l.run(nursery(said));
        assert_string_equal(said.c_str(), "aabacbcbc");
        assert_true(shows(l, 300));
    }
}

// While other threads work, if the loop shall wait for them.
task<> is_answered(relev::loop& l, int& answers)
{
    std::thread other([&] { ev_sleep(.01), l.post([&] { ++answers; }); });
    double begun = ev_now(l.raw());
    while (!answers) co_await sleep_for(1000s);
    assert_true(ev_now(l.raw()) > begun);
    other.join();
}

void test_virtual_loop_lets_others_answer(void**)
{
    virtual_loop l(flags() | RELEV_WAIT_FDS);
    int answers = 0;
    l.run(is_answered(l, answers));
    assert_int_equal(answers, 1);
    assert_true(shows(l, 1000));
}

// A loop with the real clock is as before, beside one with another.
task<> sleeps_really() { co_await sleep_for(5ms); }

void test_virtual_loops_leave_others_alone(void**)
{
    virtual_loop l(flags());
    relev::loop real(flags());
    double began = ev_time();
    real.run(sleeps_really());
    assert_true(ev_time() - began >= .004);
    assert_true(ev_now(real.raw()) >= began + .004);
    l.run(sleeps_really());
    assert_true(shows(l, .005));
}

// By hand: the clock stands still while a task yields.
task<> sleeps_a_minute(bool& over) { co_await sleep_for(60s), over = true; }

task<> steps(struct ev_loop* raw, bool& over)
{
    co_await relev::with_nursery([&](relev::nursery& n) -> task<> {
        n.spawn(sleeps_a_minute, std::ref(over));
        co_await relev::yield();
        relev_virtual_advance(raw, 59);
        for (int i = 0; i < 3; ++i) co_await relev::yield();
        assert_false(over);
        relev_virtual_advance(raw, 1);
        for (int i = 0; i < 3; ++i) co_await relev::yield();
        assert_true(over);
    });
}

void test_virtual_loop_by_hand_is_adopted(void**)
{
    relev::follow_clocks_of_loops();
    struct ev_loop* raw = relev_loop_new_virtual(flags() | RELEV_MANUAL, 0);
    bool over = false;
    {
        relev::loop l(relev::adopt, raw);
        l.run(steps(raw, over));
        assert_true(over);
        l.run(sleeps_a_minute(over = false));
        assert_false(over);
        assert_true(relev_monotonic(raw) < 61);
    }
    ev_loop_destroy(raw);
}

void test_virtual_misuse_is_thrown(void**)
{
    int thrown = 0;
    virtual_loop l(flags());
    try {
        l.advance(-1s);
    } catch (const std::system_error& e) {
        thrown += e.code().value() == EINVAL;
    }
    try {
        virtual_loop none(flags(), 1e15);
    } catch (const std::bad_alloc&) {
        ++thrown;
    }
    assert_int_equal(thrown, 2);
}

const Test tests[] = {
    EACH(test_virtual_sleeps_take_no_time),
    EACH(test_virtual_sleep_counts_from_its_call),
    EACH(test_virtual_time_outs_follow),
    EACH(test_virtual_interval_ticks),
    EACH(test_virtual_order_is_that_of_the_times),
    EACH(test_virtual_loop_lets_others_answer),
    EACH(test_virtual_loops_leave_others_alone),
    EACH(test_virtual_loop_by_hand_is_adopted),
    EACH(test_virtual_misuse_is_thrown),
};

}  // namespace

HARNESS_MAIN("relev_virtual_tasks", tests)
