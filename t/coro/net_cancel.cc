// relevpp/net.hpp: cancel and destruction at every step, the time between the
// attempts of connect, and two tasks at one stream.

// EBUSY is reported where assertions are compiled out.
#ifndef NDEBUG
#define NDEBUG
#endif
#include <sys/syscall.h>
#include <sys/time.h>

#include "net_help.hh"

using namespace relev;

// The clocks that the library reads, ahead of the kernel's.
static time_t seconds_ahead = 0;
extern "C" int clock_gettime(clockid_t id, timespec* now) noexcept
{
    long failed = syscall(SYS_clock_gettime, id, now);
    now->tv_sec += seconds_ahead;
    return static_cast<int>(failed);
}

// libev reads the wall clock by this.
extern "C" int gettimeofday(timeval* now, void*) noexcept
{
    timespec real = {};
    int failed = clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
    return failed;
}

namespace {

task<> iterations(int count)
{
    while (count--) co_await yield();
}

// Issue 20, B2: with a cancel at each step of both sides all bytes arrive once.
task<> sends(stream* s, const std::string* all, int steps)
{
    for (std::size_t sent = 0; sent < all->size();) {
        std::size_t before = sent;
        auto some = [&]() -> task<> {
            std::string_view rest = std::string_view(*all).substr(before);
            partial left = co_await nothrow(s->write_all(rest));
            sent += left.size;
        };
        co_await when_any(some(), iterations(steps));
    }
    s->shutdown_write();
}
task<std::string> receives(stream* s, int steps)
{
    std::string got;
    for (bool ended = false; !ended;) {
        auto some = [&]() -> task<> {
            char buf[1000];
            std::size_t size = co_await s->read_some(buf);
            got.append(buf, size);
            ended = !size;
        };
        co_await when_any(some(), iterations(steps));
    }
    co_return got;
}
task<> canceled_often(int steps)
{
    stream_pair p(4096);
    std::string all = pattern(50000), got;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(sends, &p.a, &all, steps);
        got = co_await receives(&p.b, steps % 3 + 1);
    });
    assert_true(got == all);
}
void test_stream_canceled_often_loses_nothing(void**)
{
    for (int steps = 1; steps < 6; ++steps) run_clean(canceled_often, steps);
}

// All kinds of operations, one after the other.
task<> serves(listener* l)
{
    for (int i = 0; i < 2; ++i) {
        stream s = co_await l->accept();
        std::string in;
        std::size_t size = co_await s.read_until(in, "\n", 100);
        co_await yield();
        co_await s.write_all(std::string_view(in).substr(0, size));
        co_await s.write_some("!");
        s.shutdown_write();
        co_await s.read_some(in);
    }
}
task<> asks(address to)
{
    alive here;
    std::vector<address> list{address(), to};
    for (int i = 0; i < 2; ++i) {
        stream s;
        if (i) s = co_await connect(list);
        else s = co_await connect(to);
        const_buffer parts[] = {"hel", "lo\n"};
        co_await yield();
        co_await s.write_all(parts);
        char buf[6];
        co_await s.read_exactly(buf);
        assert_memory_equal(buf, "hello\n", 6);
        co_await s.read_exactly(buffer(buf, 1));
    }
}
task<> talks(bool* done)
{
    alive here;
    listener l(address::ip("127.0.0.1", 0));
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(serves, &l);
        co_await asks(l.local());
    });
    *done = true;
}

// Issue 20, B2: a cancel at each step leaves no descriptor and no watcher.
task<> canceled_after(int steps, bool* done)
{
    co_await when_any(talks(done), iterations(steps));
}
void test_net_canceled_at_each_step_leaves_nothing(void**)
{
    bool done = false;
    int before = open_fds();
    for (int steps = 0; !done && steps < 1000; ++steps) {
        run_clean(canceled_after, steps, &done);
        assert_int_equal(open_fds(), before);
    }
    assert_true(done);
}

// Issue 20, B2: so does the end of the loop, which destroys the tasks.
void test_net_destroyed_at_each_step_leaves_nothing(void**)
{
    bool done = false;
    int before = open_fds();
    for (int steps = 0; !done && steps < 1000; ++steps) {
        {
            loop l(backend);
            try {
                l.run([](int count, bool* end) -> task<> {
                    co_await with_nursery([&](nursery& n) -> task<> {
                        n.spawn(talks, end);
                        co_await iterations(count);
                        throw 1;
                    });
                }(steps, &done));
            } catch (int) {
            }
        }
        assert_int_equal(alive::count, 0);
        assert_int_equal(open_fds(), before);
    }
    assert_true(done);
}

// A listener whose queue is full: a connection to it stays in SYN-SENT.
struct full_listener {
    full_listener() : l(address::ip("127.0.0.1", 0), {.backlog = 0})
    {
        for (int& fd : waiting) {
            fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
            (void)::connect(fd, l.local().get(), l.local().size());
        }
    }
    ~full_listener()
    {
        for (int fd : waiting) close(fd);
    }
    listener l;
    int waiting[3];
};

// Issue 20, B2: RFC 8305: the second attempt begins after a while, no sooner.
// The first is closed when the second has succeeded.
task<> connects(std::span<const address> list, int* fd)
{
    stream s = co_await connect(list);
    *fd = s.fd();
}
task<> waits_its_turn()
{
    full_listener full;
    listener good(address::ip("127.0.0.1", 0));
    address list[] = {full.l.local(), good.local()};
    int before = open_fds(), fd = -1;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(connects, std::span<const address>(list), &fd);
        co_await iterations(20);
        assert_int_equal(open_fds(), before + 1);
        assert_int_equal(fd, -1);
        seconds_ahead += 1;
        while (fd < 0) co_await yield();
    });
    assert_int_equal(open_fds(), before);
}
void test_connect_second_attempt_begins_after_delay(void**)
{
    run_clean(waits_its_turn);
}

// Issue 20, B2: a cancel closes all attempts.
task<> canceled_attempts()
{
    full_listener full;
    address list[] = {full.l.local(), full.l.local(), full.l.local()};
    int before = open_fds(), fd = -1;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(connects, std::span<const address>(list), &fd);
        for (int attempts = 1; attempts < 4; ++attempts) {
            while (open_fds() != before + attempts) co_await yield();
            co_await iterations(3);
            assert_int_equal(open_fds(), before + attempts);
            seconds_ahead += 1;
        }
        n.cancel();
    });
    assert_int_equal(open_fds(), before);
    assert_int_equal(fd, -1);
}
void test_connect_canceled_closes_all_attempts(void**)
{
    run_clean(canceled_attempts);
}

// Issue 20, B2: connect waits for a Unix socket whose queue is full.
task<> waits_in_queue()
{
    std::string name =
        std::string("\0relev-full-", 12) + std::to_string(getpid());
    listener l(address::unix_path(name), {.backlog = 0});
    stream first = co_await connect(l.local());
    int fd = -1;
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(
            [](address to, int* got) -> task<> {
                stream second = co_await connect(to);
                *got = second.fd();
            },
            l.local(), &fd);
        co_await sleep_for(25ms);
        assert_int_equal(fd, -1);
        stream accepted = co_await l.accept();
        accepted = co_await l.accept();
    });
    assert_int_not_equal(fd, -1);
}
void test_connect_waits_for_full_unix_socket(void**)
{
    run_clean(waits_in_queue);
}

// Issue 20, B2: two tasks read at a time: the second gets EBUSY. One that reads
// and one that writes do not disturb each other.
task<> reads(stream* s)
{
    char c;
    co_await s->read_exactly(buffer(&c, 1));
}
task<> busy()
{
    stream_pair p;
    char buf[1];
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(reads, &p.a);
        co_await yield();
        auto left = co_await nothrow(p.a.read_some(buf));
        assert_true(left.error() == std::errc::device_or_resource_busy);
        co_await p.a.write_all("x");
        co_await p.b.write_all("x");
    });
}
void test_stream_two_readers_are_refused(void**) { run_clean(busy); }

const Test tests[] = {
    EACH(test_stream_canceled_often_loses_nothing),
    EACH(test_net_canceled_at_each_step_leaves_nothing),
    EACH(test_net_destroyed_at_each_step_leaves_nothing),
    EACH(test_connect_second_attempt_begins_after_delay),
    EACH(test_connect_canceled_closes_all_attempts),
    EACH(test_connect_waits_for_full_unix_socket),
    EACH(test_stream_two_readers_are_refused),
};

}  // namespace

HARNESS_MAIN("net_cancel", tests)
