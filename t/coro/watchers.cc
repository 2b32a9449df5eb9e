// relev.hpp: the watcher classes.

#include <sys/wait.h>

#include <limits>

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 4: the constructor starts the watcher, the destructor stops it and
// gives its reference back.
void test_watcher_lives_in_its_scope_is_active(void**)
{
    loop l(flags());
    int calls = 0;
    {
        on_timer t{l, 1000s, [&] { ++calls; }};
        assert_true(t.is_active());
        ev_feed_event(l.raw(), t.raw(), EV_TIMER);
        assert_true(t.is_pending());
    }
    l.run();  // returns: nothing is active
    assert_int_equal(calls, 0);
}

// CXX_API 4: the closure gets the watcher and the events, or what it takes of
// them.
void test_io_readable_delivers_events(void**)
{
    loop l(flags());
    pipe_pair p;
    int calls = 0;
    on_io all{l, p.in, events::read, [&](auto& self, events got) {
                  assert_int_equal(self.fd(), p.in);
                  assert_true(got == events::read);
                  ++calls, self.stop();
              }};
    on_io mask{l, p.in, events::read, [&](events got) {
                   assert_true(has(got, events::read));
                   ++calls;
               }};
    on_io self{l, p.in, events::read, [&](auto& w) { ++calls, w.stop(); }};
    on_io none{l, p.in, events::read, [&] { ++calls, p.read(); }};
    l.run(EVRUN_NOWAIT);
    assert_int_equal(calls, 0);
    p.write();
    l.run(EVRUN_ONCE);
    assert_int_equal(calls, 4);
}

// CXX_API 4: the event mask of an active on_io can be changed.
void test_io_set_changes_mask(void**)
{
    loop l(flags());
    pipe_pair p;
    int calls = 0;
    on_io w{l, p.out, events::read, [&](auto& self, events got) {
                assert_true(got == events::write);
                ++calls, self.stop();
            }};
    w.set(events::write);
    l.run();
    assert_int_equal(calls, 1);
}

// CXX_API 4: a timer repeats; again and start put it off.
void test_timer_repeating_fires_again(void**)
{
    loop l(flags());
    int calls = 0;
    ev_tstamp begin = ev_now(l.raw());
    on_timer t{l, 1ms, 2ms, [&](auto& self) {
                   if (++calls == 3) self.stop();
               }};
    l.run();
    assert_int_equal(calls, 3);
    assert_true(ev_now(l.raw()) - begin >= 0.005 - 1e-6);

    t.start(1ms);
    calls = 2;
    l.run();
    assert_int_equal(calls, 3);
}

// CXX_API 4: a periodic uses wall-clock time, as a time point or as offset and
// interval.
void test_periodic_at_a_time_point_fires(void**)
{
    loop l(flags());
    auto at = std::chrono::system_clock::now() + 5ms;
    bool fired = false, repeated = false;
    on_periodic once{l, at, [&] {
                         fired = true;
                         assert_true(std::chrono::system_clock::now() >= at);
                     }};
    on_periodic often{l, 0ms, 3ms,
                      [&](auto& self) { repeated = true, self.stop(); }};
    l.run();
    assert_true(fired && repeated);
}

// CXX_API 4: a signal's number and a child's status are delivered.
void test_signal_and_child_deliver_values(void**)
{
    struct ev_loop* raw = loop_default(0);
    {
        loop l(adopt, raw);
        int got = 0, ended = -1;
        on_signal s{l, SIGUSR1,
                    [&](auto& self, int n) { got = n, self.stop(); }};
        pid_t pid = fork();
        if (pid == 0) _exit(7);
        on_child c{l, pid, [&](int status) { ended = status; }};
        raise(SIGUSR1);
        l.run();
        assert_int_equal(got, SIGUSR1);
        assert_int_equal(WEXITSTATUS(ended), 7);
    }
    ev_loop_destroy(raw);
}

// CXX_API 4: a changed file delivers its attributes.
void test_stat_changed_delivers_attributes(void**)
{
    char path[] = "/tmp/relev-stat-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    {
        loop l(flags());
        off_t size = -1;
        on_stat w{l, path, [&](auto& self, const ev_statdata& now) {
                      size = now.st_size;
                      assert_int_equal(self.before().st_size, 0);
                      self.stop();
                  }};
        on_timer later{l, 1ms,
                       [&] { assert_int_equal(write(fd, "12", 2), 2); }};
        l.run();
        assert_int_equal(size, 2);
    }
    close(fd), unlink(path);
}

// CXX_API 4: prepare, check and idle take part in an iteration, in its order.
void test_hooks_called_in_order(void**)
{
    loop l(flags());
    std::string order;
    on_prepare p{l, [&] { order += 'p'; }};
    on_check c{l, [&] { order += 'c'; }};
    on_idle i{l, [&](auto& self) { order += 'i', self.stop(); }};
    l.run(EVRUN_ONCE);
    assert_string_equal(order.c_str(), "pci");
}

// CXX_API 4: a fork watcher is called after ev_loop_fork.
void test_fork_reported_is_called(void**)
{
    loop l(flags());
    int calls = 0;
    on_fork f{l, [&] { ++calls; }};
    ev_loop_fork(l.raw());
    l.run(EVRUN_NOWAIT);
    assert_int_equal(calls, 1);
}

// CXX_API 5.7: an adopted loop that is destroyed from C is noticed: the objects
// that are left touch it no more.
void test_adopted_loop_destroyed_from_c_is_noticed(void**)
{
    struct ev_loop* raw = loop_new(0);
    int cleaned = 0;
    loop l(adopt, raw);
    on_cleanup c{l, [&] { ++cleaned; }};
    on_timer t{l, 1s, [] {}};
    ev_loop_destroy(raw);
    assert_int_equal(cleaned, 1);
    assert_null(l.raw());
}

// CXX_API 4: an adopted loop is as it was when the object is gone.
void test_adopted_loop_left_has_no_watcher(void**)
{
    struct ev_loop* raw = loop_new(0);
    {
        loop l(adopt, raw);
    }
    ev_run(raw, 0);  // returns: nothing is active
    ev_unref(raw);
    ev_ref(raw);
    ev_verify(raw);
    ev_loop_destroy(raw);
}

// CXX_API 4: send calls the closure of an on_async, many sends at least once.
void test_async_sent_from_thread_is_called(void**)
{
    loop l(flags());
    int calls = 0;
    on_async a{l, [&](auto& self) { ++calls, self.stop(); }};
    std::thread other([&] { a.send(), a.send(); });
    l.run();
    other.join();
    assert_true(calls == 1);
}

// CXX_API 4: a loop embedded in another one is swept.
void test_embed_sweeps_other_loop(void**)
{
    loop outer(EVBACKEND_POLL), inner(EVBACKEND_EPOLL);
    pipe_pair p;
    bool got = false;
    on_embed e{outer, inner, [](auto& self) { self.sweep(); }};
    on_io w{inner, p.in, events::read,
            [&](auto& self) { got = true, self.stop(), e.stop(); }};
    p.write();
    outer.run();
    assert_true(got);
}

// Issue 20, A18: a watcher that could never be called is refused.
void test_refused_watcher_throws(void**)
{
    loop l(flags());
    auto no = [] {};
    std::chrono::duration<double> never(
        std::numeric_limits<double>::quiet_NaN());
    for (const std::string& text : {thrown_by([&] {
                                        on_signal w{l, SIGKILL, no};
                                    }),
                                    thrown_by([&] {
                                        on_child w{l, getpid(), no};
                                    }),
                                    thrown_by([&] {
                                        on_timer w{l, never, no};
                                    }),
                                    thrown_by([&] {
                                        on_periodic w{l, never, never, no};
                                    })})
        assert_non_null(strstr(text.c_str(), "Invalid argument"));
}

const Test tests[] = {
    EACH(test_watcher_lives_in_its_scope_is_active),
    EACH(test_io_readable_delivers_events),
    EACH(test_io_set_changes_mask),
    EACH(test_timer_repeating_fires_again),
    EACH(test_periodic_at_a_time_point_fires),
    ONCE(test_signal_and_child_deliver_values),
    EACH(test_stat_changed_delivers_attributes),
    EACH(test_hooks_called_in_order),
    EACH(test_fork_reported_is_called),
    EACH(test_adopted_loop_destroyed_from_c_is_noticed),
    EACH(test_adopted_loop_left_has_no_watcher),
    EACH(test_async_sent_from_thread_is_called),
    ONCE(test_embed_sweeps_other_loop),
    EACH(test_refused_watcher_throws),
};

}  // namespace

HARNESS_MAIN("watchers", tests)
