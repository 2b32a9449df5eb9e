// relev.hpp: in the steady state an operation allocates nothing.

#include "allocations_help.hh"
#include "coro_help.hh"

using namespace relev;

namespace {

// The allocations of 100 calls of op, after 10 that fill the stores.
template <class Op>
task<long> counted(Op& op)
{
    for (int i = 0; i < 10; ++i) co_await op();
    long before = allocations;
    for (int i = 0; i < 100; ++i) co_await op();
    co_return allocations - before;
}

template <class Op>
void allocates_nothing(Op op)
{
    loop l(flags());
    assert_int_equal(l.run(counted(op)), 0);
}

task<int> ready_value() { co_return 1; }

// CXX_API 6: a task, an operation, a time-out.
void test_await_allocates_nothing(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    allocates_nothing([]() -> task<> {
        co_await ready_value();
        co_await sleep_for(0s);
        co_await yield();
        (void)co_await with_timeout(10s, ready_value());
        (void)co_await try_for(10s, ready_value());
    });
}

// Issue 20, B1: an operation in a scope, and in a group.
void test_operation_in_scope_allocates_nothing(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    channel<int> c(1);
    allocates_nothing([&]() -> task<> {
        co_await with_timeout(10s, c.push(1));
        (void)co_await try_for(10s, c.pop());
        co_await shielded(sleep_for(0s));
        co_await when_all(yield(), sleep_for(0s));
    });
}

// CXX_API 6: nothrow, also when the operation is canceled.
task<> canceled_quietly() { (void)co_await nothrow(sleep_for(10s)); }
void test_nothrow_allocates_nothing(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    allocates_nothing([]() -> task<> {
        (void)co_await nothrow(sleep_for(0s));
        (void)co_await nothrow(ready_value());
        (void)co_await nothrow(with_timeout(10s, ready_value()));
        (void)co_await try_for(0s, canceled_quietly());
    });
}

// CXX_API 6: a task with a buffer.
task<char> with_buffer(std::size_t i)
{
    char buffer[4096];
    buffer[i] = 'x';
    co_await yield();
    co_return buffer[i];
}
void test_task_with_buffer_allocates_nothing(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    allocates_nothing([]() -> task<> {
        char c = co_await with_buffer(7);
        assert_int_equal(c, 'x');
    });
}

// CXX_API 6: a descriptor.
void test_descriptor_allocates_nothing(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    pipe_pair p;
    p.write();
    loop l(flags());
    descriptor d(dup(p.in));
    auto op = [&]() -> task<> {
        co_await d.readable();
        co_await readable(d.fd());
    };
    assert_int_equal(l.run(counted(op)), 0);
}

// CXX_API 6: a nursery and its children, when_all.
task<> body(nursery& n)
{
    n.spawn(ready_value);
    n.spawn(ready_value);
    co_return;
}
void test_groups_allocate_nothing(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    allocates_nothing([]() -> task<> {
        co_await with_nursery(body);
        co_await when_all(ready_value(), ready_value());
        co_await when_any(ready_value(), ready_value());
    });
}

// CXX_API 6: a channel, a mutex.
void test_channel_allocates_nothing(void**)
{
    if (!relev::detail::frames_are_kept) skip();
    channel<int> c(2);
    mutex m;
    allocates_nothing([&]() -> task<> {
        auto guard = co_await m.lock();
        co_await c.push(1);
        co_await c.push(1);
        (void)co_await c.pop();
        (void)co_await c.pop();
    });
}

const Test tests[] = {
    EACH(test_await_allocates_nothing),
    EACH(test_operation_in_scope_allocates_nothing),
    EACH(test_nothrow_allocates_nothing),
    EACH(test_task_with_buffer_allocates_nothing),
    EACH(test_descriptor_allocates_nothing),
    EACH(test_groups_allocate_nothing),
    EACH(test_channel_allocates_nothing),
};

}  // namespace

HARNESS_MAIN("allocations", tests)
