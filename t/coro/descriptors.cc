// relev.hpp: class descriptor, with fds and loops that come and go.

#include "coro_help.hh"

using namespace relev;

namespace {

task<> reads(descriptor& d, const pipe_pair& p)
{
    assert_int_equal(write(p.out, "x", 1), 1);
    co_await d.readable();
    char c;
    assert_int_equal(read(d.fd(), &c, 1), 1);
}

// Issue 20, B5: a descriptor is assigned the number that it has closed.
task<> assigns_same_number()
{
    pipe_pair one, two;
    int number = dup(one.in);
    descriptor d(number);
    co_await reads(d, one);
    d.close();
    assert_int_equal(fcntl(two.in, F_DUPFD_CLOEXEC, number), number);
    d = descriptor(number);
    co_await reads(d, two);
}
void test_descriptor_assigned_same_number_is_watched(void**)
{
    run_clean(assigns_same_number);
}

task<> reads_last(descriptor& d, const pipe_pair& p)
{
    co_await reads(d, p);
    d.close();
}

// Issue 20, B5: an adopted loop was destroyed since, and another one is used.
void test_descriptor_of_destroyed_loop_is_used_in_another(void**)
{
    pipe_pair p, q;
    descriptor d(dup(p.in)), moved(dup(q.in));
    struct ev_loop* raw = ev_loop_new(flags());
    loop old(adopt, raw);
    old.run(reads(d, p));
    old.run(reads(moved, q));
    ev_loop_destroy(raw);
    run_clean(reads_last, std::ref(d), std::ref(p));
    d = std::move(moved);
    run_clean(reads_last, std::ref(d), std::ref(q));
}

task<> is_bad(descriptor& d)
{
    auto in = co_await nothrow(d.readable()),
         out = co_await nothrow(d.writable());
    assert_true(in == std::errc::bad_file_descriptor);
    assert_true(out == std::errc::bad_file_descriptor);
}
task<> waits_without()
{
    pipe_pair one, two;
    descriptor none, d(dup(one.in)), from(dup(one.in));
    co_await is_bad(none);
    co_await reads(d, one);
    int number = d.fd();
    d.close();
    assert_int_equal(fcntl(two.out, F_DUPFD_CLOEXEC, number), number);
    co_await is_bad(d);
    close(number);
    descriptor to(std::move(from));
    co_await is_bad(from);
    co_await reads(to, one);
}
// Issue 20, B5: a wait for a descriptor that owns none fails at once. It does
// not wait for who has the number now.
void test_descriptor_without_fd_is_refused(void**) { run_clean(waits_without); }

const Test tests[] = {
    EACH(test_descriptor_without_fd_is_refused),
    EACH(test_descriptor_assigned_same_number_is_watched),
    EACH(test_descriptor_of_destroyed_loop_is_used_in_another),
};

}  // namespace

HARNESS_MAIN("descriptors", tests)
