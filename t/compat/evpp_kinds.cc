// ev++.h: the kinds of watchers.

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "evpp_help.hh"

namespace {

void test_io_set_keeps_a_running_watcher_running()
{
    // R2.89: io.set(fd, events) on a running watcher stops and starts it
    // around the change; io.set(events) changes the mask alone.
    ev::dynamic_loop loop(backend);
    Counter<ev::io> counter;
    Pipe one, two;
    ev::io w(loop);

    w.set(&counter);
    w.start(one.reader(), ev::READ);
    loop.run(ev::NOWAIT);
    assert_int_equal(counter.calls, 0);
    w.set(two.writer(), ev::READ);
    assert_true(w.is_active());
    assert_int_equal(w.fd, two.writer());
    loop.run(ev::NOWAIT);
    assert_int_equal(counter.calls, 0);
    w.set(ev::WRITE);
    assert_true(w.is_active());
    assert_int_equal(w.fd, two.writer());
    loop.run(ev::NOWAIT);
    assert_int_equal(counter.calls, 1);
    assert_int_equal(counter.revents, ev::WRITE);
}

void test_io_set_leaves_a_stopped_watcher_stopped()
{
    // R2.89: on a stopped one it does not start it.
    ev::dynamic_loop loop(backend);
    Counter<ev::io> counter;
    Pipe pipe;
    ev::io w(loop);

    w.set(&counter);
    w.set(pipe.reader(), ev::READ);
    w.set(ev::READ | ev::WRITE);
    assert_false(w.is_active());
    assert_int_equal(references(loop), 0);
    pipe.fill();
    w.set(ev::READ);
    w.start();
    loop.run(ev::ONCE);
    assert_int_equal(counter.revents, ev::READ);
}

void test_timer_start_is_set_then_start()
{
    // R2.90: start(arguments) is set, then start; timer.set on a running timer
    // restarts it; again, remaining; the second argument is 0 by default.
    ev::dynamic_loop loop(backend);
    Counter<ev::timer> counter;
    ev::timer w(loop);

    w.set(&counter);
    w.set(7., 8.);
    assert_true(w.repeat > 7.9);
    assert_true(w.remaining() > 6.9);
    w.start(1000.);
    assert_true(w.repeat < 0.1);
    assert_true(w.is_active());
    assert_true(w.remaining() > 900.);
    w.set(0., 500.);
    assert_true(w.is_active());
    loop.run(ev::ONCE);
    assert_int_equal(counter.calls, 1);
    assert_int_equal(counter.revents, ev::TIMER);
    assert_true(w.remaining() > 400. && w.remaining() < 501.);
    w.repeat = 700.;
    w.again();
    assert_true(w.remaining() > 600.);
    w.repeat = 0.;
    w.again();
    assert_false(w.is_active());
}

void test_periodic_start_is_set_then_start()
{
    // R2.90: the same for a periodic.
    ev::dynamic_loop loop(backend);
    Counter<ev::periodic> counter;
    ev::periodic w(loop);

    w.set(&counter);
    w.start(loop.now() - 1.);
    loop.run();
    assert_int_equal(counter.calls, 1);
    assert_int_equal(counter.revents, ev::PERIODIC);
    assert_false(w.is_active());
    w.start(0., 3600.);
    assert_true(ev_periodic_at(&w) > loop.now());
    w.set(0., 7200.);
    assert_true(w.is_active());
    w.interval = 10.;
    w.again();
    assert_true(ev_periodic_at(&w) <= loop.now() + 10.);
}

// Runs the loop until the callback was called once, and returns its events.
template <class Watcher>
int revents_of_a_run(ev::loop_ref loop, Watcher& w)
{
    Counter<Watcher> counter;
    w.set(&counter);
    while (!counter.calls) loop.run(ev::ONCE);
    assert_int_equal(counter.calls, 1);
    assert_ptr_equal(counter.watcher, &w);
    w.stop();
    return counter.revents;
}

void test_phases_start_and_call_back()
{
    // R2.94: idle, prepare, check, fork: start forms, calls.
    ev::dynamic_loop loop(backend);
    ev::idle idle(loop);
    ev::prepare prepare(loop);
    ev::check check(loop);
    ev::fork forked(loop);
    ev::timer busy(loop);
    Counter<ev::timer> counter;

    busy.set(&counter);
    idle.set(), idle.start();
    assert_int_equal(revents_of_a_run(loop, idle), ev::IDLE);
    busy.start(0.);
    prepare.set(), prepare.start();
    assert_int_equal(revents_of_a_run(loop, prepare), ev::PREPARE);
    busy.start(0.);
    check.set(), check.start();
    assert_int_equal(revents_of_a_run(loop, check), ev::CHECK);
    busy.start(0.);
    forked.set(), forked.start();
    loop.post_fork();
    assert_int_equal(revents_of_a_run(loop, forked), ev::FORK);
}

void test_async_send_calls_back()
{
    // R2.94: async.send and async_pending.
    ev::dynamic_loop loop(backend);
    ev::async w(loop);

    w.start();
    assert_false(w.async_pending());
    w.send();
    assert_true(w.async_pending());
    assert_int_equal(revents_of_a_run(loop, w), ev::ASYNC);
    assert_false(w.async_pending());
}

void test_sig_set_on_a_running_watcher_changes_the_signal()
{
    // R2.94: sig.start, sig.set on a running watcher.
    ev::dynamic_loop loop(backend);
    ev::sig w(loop);

    w.start(SIGUSR1);
    w.set(SIGUSR2);
    assert_true(w.is_active());
    assert_int_equal(w.signum, SIGUSR2);
    raise(SIGUSR2);
    assert_int_equal(revents_of_a_run(loop, w), ev::SIGNAL);
}

void test_child_is_told_of_its_process()
{
    // R2.94: child.start, and the status in the watcher.
    ev::default_loop loop;
    ev::child w;
    pid_t pid = fork();

    if (!pid) _exit(7);
    assert_true(pid > 0);
    w.start(pid);
    assert_int_equal(w.pid, pid);
    assert_int_equal(revents_of_a_run(loop, w), ev::CHILD);
    assert_int_equal(w.rpid, pid);
    assert_int_equal(WEXITSTATUS(w.rstatus), 7);
}

void test_stat_start_on_a_running_watcher_changes_the_path()
{
    // R2.95: stat.start(path, interval) may be called on a running watcher;
    // update refreshes attr.
    ev::dynamic_loop loop(backend);
    char path[] = "/tmp/evpp-stat-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    {
        ev::stat w(loop);
        w.start("/nonexistent-file");
        assert_int_equal(w.attr.st_nlink, 0);
        w.start(path, 10.);
        assert_true(w.is_active());
        assert_string_equal(w.path, path);
        assert_int_equal(w.attr.st_nlink, 1);
        assert_int_equal(w.attr.st_size, 0);
        assert_int_equal(write(fd, "12345", 5), 5);
        w.update();
        assert_int_equal(w.attr.st_size, 5);
        w.set("/");
        assert_true(w.is_active());
    }
    close(fd);
    unlink(path);
}

void test_embed_sweeps_the_other_loop()
{
    // R2.96: embed.set_embed(loop), start, sweep.
    ev::dynamic_loop outer(backend);
    ev::dynamic_loop inner(ev_embeddable_backends() & ev::EPOLL);
    Counter<ev::io> counter;
    Pipe pipe;
    ev::io io(inner);
    ev::embed w(outer);

    io.set(&counter);
    io.start(pipe.reader(), ev::READ);
    w.set_embed(inner);
    assert_ptr_equal(w.other, inner.raw_loop);
    w.start();
    assert_true(w.loop == outer);
    pipe.fill();
    assert_int_equal(counter.calls, 0);
    w.sweep();
    assert_int_equal(counter.calls, 1);
    outer.run(ev::ONCE);
    assert_true(counter.calls > 1);
}

void test_embed_start_sets_the_loop_to_embed()
{
    // Ours: embed.start(loop) is set_embed, then start; in the ev++.h of 4.33
    // it moves the watcher itself to that loop.
#ifndef THEIR_EVPP
    ev::dynamic_loop outer(backend);
    ev::dynamic_loop inner(ev_embeddable_backends() & ev::EPOLL);
    ev::embed w(outer);

    w.start(inner);
    assert_true(w.is_active());
    assert_true(w.loop == outer);
    assert_ptr_equal(w.other, inner.raw_loop);
#endif
}

Test tests[] = {
    EACH(test_io_set_keeps_a_running_watcher_running),
    EACH(test_io_set_leaves_a_stopped_watcher_stopped),
    EACH(test_timer_start_is_set_then_start),
    EACH(test_periodic_start_is_set_then_start),
    EACH(test_phases_start_and_call_back),
    EACH(test_async_send_calls_back),
    EACH(test_sig_set_on_a_running_watcher_changes_the_signal),
    ONCE(test_child_is_told_of_its_process),
    EACH(test_stat_start_on_a_running_watcher_changes_the_path),
    EACH(test_embed_sweeps_the_other_loop),
    EACH(test_embed_start_sets_the_loop_to_embed),
};

}  // namespace

int main() { return harness_run("ev++ kinds", tests); }
