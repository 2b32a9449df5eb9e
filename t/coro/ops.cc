// relev.hpp: the operations that wait for one event, and class descriptor.

#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 4: readable and writable wait until the descriptor is ready.
task<char> reads(pipe_pair& p)
{
    co_await readable(p.in);
    co_return p.read();
}
void test_readable_waits_for_data(void**)
{
    pipe_pair p;
    loop l(flags());
    on_timer t{l, 1ms, [&] { p.write("d"); }};
    assert_int_equal(l.run(reads(p)), 'd');
}
void test_writable_is_ready_at_once(void**)
{
    pipe_pair p;
    events got = run_clean([&]() -> task<events> {
        co_await writable(p.out);
        co_return co_await ready(p.out, events::both);
    });
    assert_true(got == events::write);
}

// CXX_API 5.5: a descriptor that cannot be watched throws. (4.33 with epoll
// cannot be asked: it aborts in a build with assertions.)
void test_readable_of_closed_fd_throws(void**)
{
    pipe_pair p;
    int code = run_clean([&]() -> task<int> {
        co_await sleep_for(0ms);  // the loop has opened what it needs
        int closed = dup(p.in);
        close(closed);
        try {
            co_await readable(closed);
        } catch (const std::system_error& error) {
            co_return error.code().value();
        }
        co_return 0;
    });
    assert_int_equal(code, EBADF);
}

// CXX_API 5.8: sleep_for means at least so long from the call, also after the
// loop was busy.
task<> sleeps()
{
    co_await sleep_for(0ms);
    auto busy = std::chrono::steady_clock::now() + 5ms;
    while (std::chrono::steady_clock::now() < busy) {}
    auto begin = std::chrono::steady_clock::now();
    co_await sleep_for(3ms);
    assert_true(std::chrono::steady_clock::now() - begin >= 3ms);
}
void test_sleep_after_work_is_not_short(void**) { run_clean(sleeps); }

// CXX_API 4: sleep_until takes times of both clocks.
template <class Clock>
task<> sleeps_until()
{
    auto at = Clock::now() + 4ms;
    co_await sleep_until(at);
    // The loop reads the clock at the start of an iteration.
    assert_true(Clock::now() >= at - 1ms);
    co_await sleep_until(Clock::now() - 1s);
}
void test_sleep_until_ends_at_that_time(void**)
{
    run_clean(sleeps_until<std::chrono::steady_clock>);
    run_clean(sleeps_until<std::chrono::system_clock>);
}

// CXX_API 4: signal delivers the number, child the status, changed the new
// attributes.
task<> waits_for_signal()
{
    loop& l = co_await this_loop();
    on_timer t{l, 1ms, [] { raise(SIGUSR1); }};
    assert_int_equal(co_await relev::signal(SIGUSR1), SIGUSR1);
}
void test_signal_delivers_number(void**) { run_clean(waits_for_signal); }

task<int> waits_for_child()
{
    pid_t pid = fork();
    if (pid == 0) _exit(9);
    co_return co_await child(pid);
}
void test_child_delivers_status(void**)
{
    struct ev_loop* raw = loop_default(0);
    {
        loop l(adopt, raw);
        int status = l.run(waits_for_child());
        assert_int_equal(WEXITSTATUS(status), 9);
    }
    ev_loop_destroy(raw);
}

task<> waits_for_change(const char* path, int fd)
{
    loop& l = co_await this_loop();
    on_timer t{l, 1ms, [&] { assert_int_equal(write(fd, "12", 2), 2); }};
    ev_statdata now = co_await changed(path);
    assert_int_equal(now.st_size, 2);
}
void test_changed_delivers_attributes(void**)
{
    char path[] = "/tmp/relev-stat-XXXXXX";
    int fd = mkstemp(path);
    run_clean(waits_for_change, path, fd);
    close(fd), unlink(path);
}

// CXX_API 4: yield lets everybody else run, and polls the kernel.
task<> yields(pipe_pair& p, std::string& order)
{
    loop& l = co_await this_loop();
    on_io w{l, p.in, events::read,
            [&](auto& self) { order += 'i', self.stop(); }};
    co_await sleep_for(0ms);
    p.write();
    on_idle i{l, [](auto& self) { self.stop(); }};
    co_await yield();
    order += 'y';
}
void test_yield_lets_others_run(void**)
{
    pipe_pair p;
    std::string order;
    run_clean([&] { return yields(p, order); });
    assert_string_equal(order.c_str(), "iy");
}

// CXX_API 5.1: this_loop is the loop that runs the task.
void test_this_loop_is_the_loop(void**)
{
    loop l(flags());
    loop* got = l.run([]() -> task<loop*> {
        loop& here = co_await this_loop();
        co_return &here;
    }());
    assert_ptr_equal(got, &l);
}

// CXX_API 4: a descriptor is awaited again and again; it closes its fd.
task<> pumps(int in, pipe_pair& p, int rounds)
{
    descriptor d(in);
    for (int i = 0; i < rounds; ++i) {
        co_await d.readable();
        assert_int_equal(p.read(), 'x');
        if (i % 2) co_await sleep_for(0ms);
        p.write();
        if (i % 3 == 0) co_await yield(), co_await yield();
    }
}
void test_descriptor_awaited_often_delivers_each(void**)
{
    pipe_pair p;
    int fd = dup(p.in);
    p.write();
    run_clean([&] { return pumps(fd, p, 30); });
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    assert_int_equal(errno, EBADF);
}

// CXX_API 4: an idle descriptor can be moved, and its fd be taken out.
task<> moves(int fd, pipe_pair& p)
{
    descriptor a(fd);
    p.write();
    co_await a.readable();
    descriptor b(std::move(a));
    assert_int_equal(a.fd(), -1);
    co_await b.readable();
    assert_int_equal(p.read(), 'x');
    assert_int_equal(b.release(), fd);
    close(fd);
}
void test_descriptor_moved_still_works(void**)
{
    pipe_pair p;
    run_clean([&] { return moves(dup(p.in), p); });
}

// Issue 20, B5: an assigned descriptor closes what it had.
task<> assigns(pipe_pair& p)
{
    p.write();
    int old = dup(p.in);
    descriptor d(old);
    co_await d.readable();
    d = descriptor(dup(p.in));
    assert_int_equal(fcntl(old, F_GETFD), -1);
    co_await d.readable();
    int fd = d.fd();
    descriptor& same = d;
    d = std::move(same);
    assert_int_equal(d.fd(), fd);
    co_await d.readable();
}
void test_descriptor_assigned_closes_what_it_had(void**)
{
    pipe_pair p;
    run_clean([&] { return assigns(p); });
}

// Issue 20, low: a descriptor that is closed, moved or destroyed while tasks
// wait for it: they get an error.
task<> waits_for_closed(descriptor& d, int& failed)
{
    alive here;
    assert_true(co_await nothrow(d.readable())
                == std::errc::bad_file_descriptor);
    ++failed;
}
task<> throws_for_closed(descriptor& d, int& failed)
{
    alive here;
    try {
        co_await d.writable();
    } catch (const std::system_error& error) {
        assert_int_equal(error.code().value(), EBADF);
        ++failed;
    }
}
task<> ends_under_waiters(int fd, int how, int& failed)
{
    auto d = std::make_unique<descriptor>(fd);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(waits_for_closed, std::ref(*d), std::ref(failed));
        n.spawn(throws_for_closed, std::ref(*d), std::ref(failed));
        co_await yield();
        if (how == 0) d->close();
        if (how == 1) d = std::make_unique<descriptor>(std::move(*d));
        if (how == 2) d.reset();
        assert_int_equal(failed, 0);  // CXX_API 5.2: it only wakes them
    });
}
void test_descriptor_closed_waiters_get_error(void**)
{
    for (int how = 0; how < 3; ++how) {
        int failed = 0, fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        char full[4096] = "";
        while (send(fds[0], full, sizeof full, MSG_DONTWAIT) > 0) continue;
        run_clean([&] { return ends_under_waiters(fds[0], how, failed); });
        assert_int_equal(failed, 2);
        assert_int_equal(fcntl(fds[0], F_GETFD), -1);
        close(fds[1]);
    }
}

const Test tests[] = {
    EACH(test_readable_waits_for_data),
    EACH(test_writable_is_ready_at_once),
    OURS(test_readable_of_closed_fd_throws),
    EACH(test_sleep_after_work_is_not_short),
    EACH(test_sleep_until_ends_at_that_time),
    EACH(test_signal_delivers_number),
    ONCE(test_child_delivers_status),
    EACH(test_changed_delivers_attributes),
    EACH(test_yield_lets_others_run),
    EACH(test_this_loop_is_the_loop),
    EACH(test_descriptor_awaited_often_delivers_each),
    EACH(test_descriptor_moved_still_works),
    EACH(test_descriptor_assigned_closes_what_it_had),
    EACH(test_descriptor_closed_waiters_get_error),
};

}  // namespace

HARNESS_MAIN("ops", tests)
