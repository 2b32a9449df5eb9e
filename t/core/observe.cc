// Observers: what they are called with, and what happens without them.

#include "ev.c"
#include "white.hh"

#include <setjmp.h>

namespace {

using evi::Call;
using evi::Loop;
using evi::Observer;

char seen[200];
Call last;
jmp_buf jump;

void note(const char* what)
{
    assert_true(strlen(seen) + strlen(what) < sizeof seen);
    strcat(seen, what);
}

void expect(const char* what)
{
    assert_string_equal(seen, what);
    seen[0] = 0;
}

void begin(Loop&, const Call& call)
{
    assert_true(call.began > 0);
    last = call;
    note(call.type ? "(" : "<");
}

void end(Loop&, const Call& call)
{
    assert_true(call.ended >= call.began);
    assert_ptr_equal(call.w, call.once ? nullptr : call.w);
    note(call.type ? ")" : ">");
}

void wait_begin(Loop&, ev_tstamp timeout)
{
    assert_true(timeout >= 0);
    note("[");
}

void wait_end(Loop&) { note("]"); }
void woke(Loop&) { note("!"); }

constexpr Observer observer = {true,  wait_begin, wait_end, woke,
                               begin, end,        nullptr};

void call_begin_only(Loop&, const Call& call)
{
    assert_true(call.began >= 0);
    note("b");
}

constexpr Observer other = {false,           nullptr, nullptr, nullptr,
                            call_begin_only, nullptr, nullptr};

struct ev_loop* loop_new()
{
    struct ev_loop* loop = ev_loop_new(0);
    assert_non_null(loop);
    seen[0] = 0;
    return loop;
}

Loop& inner(struct ev_loop* loop) { return evi::loop_of(loop); }

void called(struct ev_loop*, ev_timer*, int) { note("t"); }

void leave(struct ev_loop*, ev_timer*, int) { longjmp(jump, 1); }

void nest(struct ev_loop* loop, ev_timer*, int) { ev_run(loop, EVRUN_NOWAIT); }

void remove_it(struct ev_loop* loop, ev_timer*, int)
{
    evi::observer_remove(inner(loop), observer);
}

void sent(struct ev_loop*, ev_async*, int) { note("a"); }
void timed_out(int, void*) { note("o"); }

ev_timer timer_of(void (*callback)(struct ev_loop*, ev_timer*, int))
{
    ev_timer w;
    ev_timer_init(&w, callback, 0., 0.);
    return w;
}

// 1.3: each wait and each callback, in order; nothing once it is removed.
void test_observer_sees_waits_and_callbacks(void**)
{
    struct ev_loop* loop = loop_new();
    ev_timer w = timer_of(called);
    const auto* backend = inner(loop).backend;

    evi::observer_add(inner(loop), observer);
    evi::observer_add(inner(loop), observer);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("[]!(t)");
    assert_int_equal(last.type, EV_TIMER);
    assert_ptr_equal(last.w, &w);
    assert_int_equal(last.revents, EV_TIMER);
    assert_int_equal(last.number, -1);
    assert_ptr_equal(last.callback, reinterpret_cast<const void*>(called));

    evi::observer_remove(inner(loop), observer);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("t");
    assert_ptr_equal(inner(loop).backend, backend);
    assert_int_equal(inner(loop).observed, 0);
    ev_loop_destroy(loop);
}

// 1.3: several are called in the order in which they were added.
void test_observers_are_independent(void**)
{
    struct ev_loop* loop = loop_new();
    ev_timer w = timer_of(called);

    evi::observer_add(inner(loop), observer);
    evi::observer_add(inner(loop), other);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("[]!(bt)");
    evi::observer_remove(inner(loop), observer);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("bt");
    evi::observer_remove(inner(loop), other);
    evi::observer_remove(inner(loop), other);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("t");
    ev_loop_destroy(loop);
}

// 1.3: the library's own watchers have no kind; ev_once has no watcher.
void test_observer_knows_whose_callback_it_is(void**)
{
    struct ev_loop* loop = loop_new();
    ev_async async;

    evi::observer_add(inner(loop), observer);
    ev_async_init(&async, sent);
    ev_async_start(loop, &async);
    ev_async_send(loop, &async);
    ev_run(loop, EVRUN_ONCE);
    assert_non_null(strstr(seen, "(a)"));
    assert_int_equal(last.type, EV_ASYNC);
    seen[0] = 0;
    ev_once(loop, -1, 0, 0., timed_out, nullptr);
    ev_run(loop, EVRUN_NOWAIT);
    expect("[]!(o)");
    assert_true(last.once);
    assert_null(last.w);
    assert_ptr_equal(last.callback, reinterpret_cast<const void*>(timed_out));
    ev_feed_event(loop, &async, 0);
    ev_invoke_pending(loop);
    expect("(a)");
    assert_int_equal(last.type, EV_CUSTOM);
    assert_int_equal(last.revents, 0);
    ev_loop_destroy(loop);
}

// 1.3: a callback may run the loop, leave by longjmp, or remove the observer.
void test_observer_survives_what_callbacks_do(void**)
{
    struct ev_loop* loop = loop_new();
    ev_timer w = timer_of(nest), inside = timer_of(called);

    evi::observer_add(inner(loop), observer);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("[]!([]!)");
    w = timer_of(leave);
    ev_timer_start(loop, &w);
    if (!setjmp(jump)) ev_run(loop, EVRUN_NOWAIT);
    expect("[]!(");
    ev_timer_start(loop, &inside);
    ev_run(loop, EVRUN_NOWAIT);
    expect("[]!(t)");
    w = timer_of(remove_it);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("[]!(");
    ev_loop_destroy(loop);
}

// 1.3: together with the hooks of the user.
void test_observer_and_hooks_of_the_user(void**)
{
    struct ev_loop* loop = loop_new();
    ev_timer w = timer_of(called);

    evi::observer_add(inner(loop), observer);
    ev_set_io_collect_interval(loop, 1e-9);
    ev_set_invoke_pending_cb(loop, [](struct ev_loop* l) {
        note("p");
        ev_invoke_pending(l);
    });
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("p[]!p(t)");
    evi::observer_remove(inner(loop), observer);
    assert_int_equal(inner(loop).observed, evi::observed_by_user);
    ev_timer_start(loop, &w);
    ev_run(loop, EVRUN_NOWAIT);
    expect("ppt");
    ev_loop_destroy(loop);
}

const CMUnitTest tests[] = {
    cmocka_unit_test(test_observer_sees_waits_and_callbacks),
    cmocka_unit_test(test_observers_are_independent),
    cmocka_unit_test(test_observer_knows_whose_callback_it_is),
    cmocka_unit_test(test_observer_survives_what_callbacks_do),
    cmocka_unit_test(test_observer_and_hooks_of_the_user),
};

}  // namespace

int main() { return cmocka_run_group_tests(tests, nullptr, nullptr); }
