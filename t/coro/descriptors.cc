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

const Test tests[] = {
    EACH(test_descriptor_assigned_same_number_is_watched),
};

}  // namespace

HARNESS_MAIN("descriptors", tests)
