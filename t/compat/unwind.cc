// Leaving a run in the middle of a callback by a C++ exception.

#include <unistd.h>

#include "ev++.h"
#include "leave.h"

static_assert(!noexcept(ev_run(nullptr, 0)), "ev_run lets exceptions pass");
static_assert(!noexcept(ev_invoke(nullptr, nullptr, 0)), "so does ev_invoke");
static_assert(!noexcept(ev_invoke_pending(nullptr)), "and this");
static_assert(!noexcept(ev_loop_destroy(nullptr)), "and this");

namespace {

struct Thrown {
    int value;
};

void throw_out(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    assert_false(ev_is_pending(w));
    throw Thrown{revents};
}

// What the call throws; a guard object beside it must be destroyed on the way.
template <class Call>
int caught(Call call)
{
    struct Guard {
        bool* destroyed;
        ~Guard() { *destroyed = true; }
    };
    bool destroyed = false;
    int value = -1;

    try {
        Guard guard{&destroyed};
        call();
    } catch (const Thrown& thrown) {
        value = thrown.value;
    }
    assert_true(destroyed);
    return value;
}

// R1.55: an exception passes through ev_run. The event just being delivered
// is no longer pending, the others come first in the next run.
void test_exception_passes_through_run(void**)
{
    struct ev_loop* loop = loop_new(0);

    for (unsigned i = 1; i <= 3; ++i) {
        feed_four(loop, throw_out);
        assert_int_equal(caught([=] { ev_run(loop, 0); }), EV_CUSTOM);
        assert_works_on(loop, i);
    }
    ev_loop_destroy(loop);
}

// R1.55: and through ev_invoke_pending.
void test_exception_passes_through_invoke_pending(void**)
{
    struct ev_loop* loop = loop_new(0);

    feed_four(loop, throw_out);
    assert_int_equal(caught([=] { ev_invoke_pending(loop); }), EV_CUSTOM);
    assert_works_on(loop, 0);
    ev_loop_destroy(loop);
}

void throw_at_once(struct ev_loop*, ev_watcher*, int revents)
{
    throw Thrown{revents};
}

// R1.55: and through ev_invoke, which leaves everything pending.
void test_exception_passes_through_invoke(void**)
{
    struct ev_loop* loop = loop_new(0);

    feed_four(loop, throw_at_once);
    assert_int_equal(caught([=] { ev_invoke(loop, &leaver, EV_READ); }),
                     EV_READ);
    assert_true(ev_is_pending(&leaver));
    assert_int_equal(ev_pending_count(loop), 4);
    ev_loop_destroy(loop);
}

// R1.55: and through ev_loop_destroy. The loop is still there; the cleanup
// watchers that had no turn yet are pending.
void test_exception_passes_through_loop_destroy(void**)
{
    struct ev_loop* loop = loop_new(0);
    ev_cleanup first, last;

    ev_cleanup_init(&first, 0);
    ev_cleanup_init(&last, 0);
    named(&first, "first", note), named(&last, "last", throw_out);
    ev_cleanup_start(loop, &first);
    ev_cleanup_start(loop, &last);
    assert_int_equal(caught([=] { ev_loop_destroy(loop); }), EV_CLEANUP);
    assert_calls("last");
    ev_cleanup_stop(loop, &last);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    assert_calls("first");
    ev_cleanup_stop(loop, &first);
    ev_loop_destroy(loop);
    assert_calls("");
}

// R1.55: from the callbacks of every phase of an iteration.
void test_exception_passes_from_every_phase(void**)
{
    struct ev_loop* loop = loop_new(0);
    ev_fork forked;
    ev_prepare prepare;
    ev_check check;
    ev_timer timer;
    ev_io io;
    int fd[2];

    assert_return_code(pipe(fd), 0);
    assert_int_equal(write(fd[1], "", 1), 1);
    fork_init(&forked, "fork", throw_out);
    prepare_init(&prepare, "prepare", throw_out);
    check_init(&check, "check", throw_out);
    timer_init(&timer, "timer", throw_out, -1., 0.);
    io_init(&io, "io", throw_out, fd[0], EV_READ);
    ev_fork_start(loop, &forked);
    ev_prepare_start(loop, &prepare);
    ev_check_start(loop, &check);
    ev_timer_start(loop, &timer);
    ev_io_start(loop, &io);

    auto run = [=] { ev_run(loop, 0); };
    ev_loop_fork(loop);
    assert_int_equal(caught(run), EV_FORK);
    ev_fork_stop(loop, &forked);
    assert_int_equal(caught(run), EV_PREPARE);
    ev_prepare_stop(loop, &prepare);
    assert_int_equal(caught(run), EV_CHECK);
    ev_check_stop(loop, &check);
    assert_int_equal(caught(run), EV_TIMER);
    assert_int_equal(caught(run), EV_READ);
    assert_calls("fork prepare check timer io");
    assert_int_equal(ev_depth(loop), 5);
    assert_int_equal(ev_pending_count(loop), 0);
    ev_loop_destroy(loop);
    close(fd[0]), close(fd[1]);
}

void run_and_catch(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_feed_event(loop, &leaver, EV_WRITE);
    assert_int_equal(caught([=] { ev_run(loop, 0); }), EV_WRITE);
    calls_add("caught");
}

// R1.55: one caught between two runs leaves the outer run going.
void test_exception_of_inner_run_caught_in_outer(void**)
{
    struct ev_loop* loop = loop_new(0);
    ev_timer outer, later;

    fed_init(&leaver, "leaver", throw_out, 0);
    timer_init(&outer, "outer", run_and_catch, -1., 0.);
    timer_init(&later, "later", note, .002, 0.);
    ev_timer_start(loop, &outer);
    ev_timer_start(loop, &later);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("outer leaver caught later");
    ev_loop_destroy(loop);
}

void run_inside(struct ev_loop* loop, ev_watcher* w, int revents)
{
    note(loop, w, revents);
    ev_feed_event(loop, &leaver, EV_WRITE);
    ev_run(loop, 0);
    fail();
}

// R1.55: one that nobody catches there passes through both.
void test_exception_passes_through_nested_runs(void**)
{
    struct ev_loop* loop = loop_new(0);
    ev_timer outer;

    fed_init(&leaver, "leaver", throw_out, 0);
    timer_init(&outer, "outer", run_inside, -1., 0.);
    ev_timer_start(loop, &outer);
    assert_int_equal(caught([=] { ev_run(loop, 0); }), EV_WRITE);
    assert_calls("outer leaver");
    assert_int_equal(ev_depth(loop), 2);
    assert_int_equal(ev_run(loop, 0), 0);
    ev_loop_destroy(loop);
}

void throw_pass(struct ev_loop*) { throw Thrown{1}; }

// R1.55: the invoke-pending callback may throw as well.
void test_exception_passes_from_invoke_pending_cb(void**)
{
    struct ev_loop* loop = loop_new(0);

    fed_init(&leaver, "fed", note, 0);
    ev_feed_event(loop, &leaver, EV_CUSTOM);
    ev_set_invoke_pending_cb(loop, throw_pass);
    assert_int_equal(caught([=] { ev_run(loop, 0); }), 1);
    ev_set_invoke_pending_cb(loop, ev_invoke_pending);
    assert_int_equal(ev_run(loop, 0), 0);
    assert_calls("fed");
    ev_loop_destroy(loop);
}

void throw_once(int revents, void*) { throw Thrown{revents}; }

// R1.55: and that of ev_once, whose record does not leak.
void test_exception_passes_from_once(void**)
{
    struct ev_loop* loop = loop_new(0);

    ev_once(loop, -1, 0, 0., throw_once, nullptr);
    assert_int_equal(caught([=] { ev_run(loop, 0); }), EV_TIMER);
    assert_int_equal(ev_run(loop, EVRUN_NOWAIT), 0);
    ev_loop_destroy(loop);
}

struct Thrower {
    void timer(ev::timer&, int revents) { throw Thrown{revents}; }
    void plain() { throw Thrown{2}; }
};

void throw_function(ev::timer&, int revents) { throw Thrown{revents}; }

// R1.55: the classes of ev++.h do not stand in the way either.
void test_exception_passes_through_classes(void**)
{
    ev::dynamic_loop loop(backend);
    ev::timer timer(loop);
    Thrower thrower;

    auto run = [&] { loop.run(); };
    timer.set<Thrower, &Thrower::timer>(&thrower);
    timer.start(-1.);
    assert_int_equal(caught(run), ev::TIMER);
    timer.set<Thrower, &Thrower::plain>(&thrower);
    timer.start(-1.);
    assert_int_equal(caught(run), 2);
    timer.set<throw_function>();
    timer.start(-1.);
    assert_int_equal(caught(run), ev::TIMER);
    assert_false(timer.is_active() || timer.is_pending());
}

const Test tests[] = {
    EACH(test_exception_passes_through_run),
    EACH(test_exception_passes_through_invoke_pending),
    EACH(test_exception_passes_through_invoke),
    EACH(test_exception_passes_through_loop_destroy),
    EACH(test_exception_passes_from_every_phase),
    EACH(test_exception_of_inner_run_caught_in_outer),
    EACH(test_exception_passes_through_nested_runs),
    EACH(test_exception_passes_from_invoke_pending_cb),
    EACH(test_exception_passes_from_once),
    EACH(test_exception_passes_through_classes),
};

}  // namespace

HARNESS_MAIN("unwind", tests)
