// ev++.h: loops.

#include <signal.h>
#include <string.h>

#include "evpp_help.hh"

namespace {

void test_watcher_belongs_to_default_loop_unless_given_one()
{
    // R2.91: watchers belong to the default loop unless given one, at
    // construction or by set(loop).
    ev::dynamic_loop dynamic(backend);
    ev::default_loop standard;
    Counter<ev::idle> counter;
    ev::idle plain, given(dynamic), moved;

    plain.set(&counter), given.set(&counter), moved.set(&counter);
    moved.set(dynamic);
    plain.start(), given.start(), moved.start();
    dynamic.run(ev::NOWAIT);
    assert_int_equal(counter.calls, 2);
    standard.run(ev::NOWAIT);
    assert_int_equal(counter.calls, 3);
    assert_true(plain.loop == standard);
    assert_true(given.loop == dynamic);
    assert_true(moved.loop == dynamic);
}

void test_loop_ref_compares_and_converts()
{
    // R2.91: loop_ref compares and converts.
    ev::dynamic_loop one(backend), two(backend);
    ev::loop_ref ref = one;
    struct ev_loop* pointer = ref;
    const struct ev_loop* constant = ref;

    assert_true(ref == one && !(ref != one));
    assert_true(ref != two && !(ref == two));
    assert_true(ref == constant && !(ref != constant));
    assert_ptr_equal(pointer, one.raw_loop);
    ref = two;
    assert_true(ref == two && ref != one);
    assert_false(ref.is_default());
    assert_true(ev::get_default_loop().is_default());
    assert_ptr_equal(ev::get_default_loop().raw_loop, ev_default_loop(0));
}

void test_default_loop_is_not_destroyed()
{
    // R2.91: default_loop does not destroy.
    struct ev_loop* first;
    Counter<ev::timer> counter;
    ev::timer w;
    {
        ev::default_loop loop;
        first = loop;
        w.set(&counter);
        w.start(0.);
    }
    ev::default_loop again;
    assert_ptr_equal(first, again.raw_loop);
    again.run();
    assert_int_equal(counter.calls, 1);
}

struct Breaker {
    ev::loop_ref loop;
    ev::how_t how;
    unsigned depth, iteration;
    void called()
    {
        depth = loop.depth();
        iteration = loop.iteration();
        loop.break_loop(how);
    }
};

void test_loop_methods_are_the_c_functions()
{
    // R2.91: run, break_loop, now, ref, unref, post_fork, backend, iteration,
    // depth map to the C functions.
    ev::dynamic_loop loop(backend);
    Breaker breaker = {loop, ev::ONE, 0, 0};
    ev::idle w(loop);

    assert_int_equal(loop.backend(), backend);
    assert_true(loop.now() == ev_now(loop));
    assert_true(ev::now(loop) == ev_now(loop));
    loop.ref();
    assert_int_equal(references(loop), 1);
    loop.unref();
    assert_int_equal(references(loop), 0);

    unsigned before = loop.iteration();
    assert_int_equal(before, 2);
    w.set<Breaker, &Breaker::called>(&breaker);
    w.start();
    loop.run();
    assert_int_equal(breaker.depth, 1);
    assert_int_equal(breaker.iteration, before + 1);
    breaker.how = ev::ALL;
    loop.run(ev::ONCE);
    assert_int_equal(loop.depth(), 0);

    Counter<ev::fork> counter;
    ev::fork forked(loop);
    forked.set(&counter);
    forked.start();
    loop.post_fork();
    loop.run(ev::NOWAIT);
    assert_int_equal(counter.calls, 1);
}

void test_loop_that_cannot_be_made_throws()
{
    // R2.92: a loop that cannot be made throws bad_loop.
    bool thrown = false;
    try {
        ev::dynamic_loop loop(ev::PORT);
    } catch (const std::exception& error) {
        thrown = dynamic_cast<const ev::bad_loop*>(&error) != nullptr;
        assert_true(strlen(error.what()) > 10);
    }
    assert_true(thrown);
}

void cleanup_called(struct ev_loop*, ev_cleanup* w, int)
{
    ++*static_cast<int*>(w->data);
}

void test_dynamic_loop_is_destroyed_with_the_object()
{
    // R2.92: dynamic_loop destroys in its destructor (cleanup watchers run).
    int calls = 0;
    ev_cleanup w;
    {
        ev::dynamic_loop loop(backend);
        ev_cleanup_init(&w, cleanup_called);
        w.data = &calls;
        ev_cleanup_start(loop, &w);
    }
    assert_int_equal(calls, 1);
}

struct Once {
    int calls = 0, revents = 0;
    void method(int got) { ++calls, revents = got; }
    void plain() { ++calls; }
    void operator()(int got) { method(got); }
};

int simpler_revents, simplest_calls;
void once_function(int revents, void* arg)
{
    static_cast<Once*>(arg)->method(revents);
}
}  // namespace

// In C++11 a template argument has to have a linkage.
void once_simpler(int revents) { simpler_revents = revents; }
void once_simplest() { ++simplest_calls; }

namespace {
void test_once_accepts_all_kinds_of_callbacks()
{
    // R2.93: once accepts a C function, a method with and without argument,
    // and plain functions as template arguments.
    ev::dynamic_loop loop(backend);
    Once function, method, plain, call;
    Pipe pipe;

    pipe.fill();
    loop.once(pipe.reader(), ev::READ, -1., once_function, &function);
    loop.once<Once, &Once::method>(-1, 0, 0., &method);
    loop.once<Once, &Once::plain>(-1, 0, 0., &plain);
    loop.once(-1, 0, 0., &call);
    loop.once<once_simpler>(-1, 0, 0.);
    loop.once<once_simplest>(-1, 0, 0.);
    simpler_revents = simplest_calls = 0;
    loop.run();
    assert_int_equal(function.calls, 1);
    assert_int_equal(function.revents, ev::READ);
    assert_int_equal(method.calls, 1);
    assert_int_equal(method.revents, ev::TIMER);
    assert_int_equal(plain.calls, 1);
    assert_int_equal(call.revents, ev::TIMER);
    assert_int_equal(simpler_revents, ev::TIMER);
    assert_int_equal(simplest_calls, 1);
}

void test_loop_feeds_fd_and_signal_events()
{
    // R2.94: feed_signal_event, and feed_fd_event.
    ev::dynamic_loop loop(backend);
    Counter<ev::io> on_io;
    Counter<ev::sig> on_signal;
    Pipe pipe;
    ev::io io(loop);
    ev::sig sig(loop);

    io.set(&on_io), sig.set(&on_signal);
    io.start(pipe.reader(), ev::READ);
    sig.start(SIGUSR1);
    loop.feed_fd_event(pipe.reader(), ev::READ);
    loop.feed_signal_event(SIGUSR1);
    loop.run(ev::NOWAIT);
    assert_int_equal(on_io.revents, ev::READ);
    assert_int_equal(on_signal.revents, ev::SIGNAL);
}

Test tests[] = {
    EACH(test_watcher_belongs_to_default_loop_unless_given_one),
    EACH(test_loop_ref_compares_and_converts),
    ONCE(test_default_loop_is_not_destroyed),
    EACH(test_loop_methods_are_the_c_functions),
    ONCE(test_loop_that_cannot_be_made_throws),
    EACH(test_dynamic_loop_is_destroyed_with_the_object),
    EACH(test_once_accepts_all_kinds_of_callbacks),
    EACH(test_loop_feeds_fd_and_signal_events),
};

}  // namespace

int main() { return harness_run("ev++ loops", tests); }
