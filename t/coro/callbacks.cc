// relev.hpp: callback<>.

#include <algorithm>

#include "coro_help.hh"

using namespace relev;

namespace {

// CXX_API 4: callback<> gives a closure's type a name, up to 32 bytes in place.
struct session {
    explicit session(loop& l) : idle{l, 1ms, [this] { ended = true; }} {}
    bool ended = false;
    on_timer<callback<void()>> idle;
};

void test_callback_member_needs_no_type(void**)
{
    loop l(flags());
    session s(l);
    l.run();
    assert_true(s.ended);
}

struct pair {
    explicit pair(loop& l)
        : one{l, 1ms, [this] { calls += "1"; }}, two{l, 1ms, [this] {
                                                         calls += "2";
                                                     }}
    {
    }
    std::string calls;
    on_timer<callback<void()>> one, two;
};

// Issue 19, B14: each closure is a callback of its own, by whose address dumps
// and metrics name it.
void test_callback_of_each_closure_has_an_address(void**)
{
    loop l(flags());
    pair a(l), b(l);
    assert_true(a.one.raw()->cb != a.two.raw()->cb);
    assert_true(a.one.raw()->cb == b.one.raw()->cb);

    callback<void()> passed = [&a] { a.calls += "3"; };
    on_timer<callback<void()>> three{l, 1ms, std::move(passed)};
    assert_true(three.raw()->cb != a.one.raw()->cb);
    assert_true(three.raw()->cb != a.two.raw()->cb);
    l.run();
    std::sort(a.calls.begin(), a.calls.end());
    assert_string_equal(a.calls.c_str(), "123");
    assert_true(b.calls == "12" || b.calls == "21");
}

// Issue 19, B14: and it receives what its kind delivers.
void test_callback_of_io_receives_the_watcher_and_events(void**)
{
    using io = on_io<callback<void(events)>>;
    loop l(flags());
    pipe_pair p;
    int reads = 0, writes = 0;
    io in{l, p.in, events::read, [&](events got) {
              assert_true(got == events::read);
              ++reads, in.stop();
          }};
    io out{l, p.out, events::write, [&](events got) {
               assert_true(got == events::write);
               ++writes, out.stop();
           }};
    p.write();
    l.run();
    assert_true(in.raw()->cb != out.raw()->cb);
    assert_int_equal(reads, 1);
    assert_int_equal(writes, 1);
}

// CXX_API 4: a callback owns its closure; moving it moves the closure.
void test_callback_moved_keeps_closure(void**)
{
    auto shared = std::make_shared<int>(3);
    {
        callback<int(int)> f = [shared](int n) { return n + *shared; };
        callback<int(int)> g = std::move(f);
        f = [](int n) { return n; };
        assert_int_equal(g(4), 7);
        assert_int_equal(f(4), 4);
        f = std::move(g);
        assert_int_equal(f(5), 8);
    }
    assert_int_equal(shared.use_count(), 1);
}

const Test tests[] = {
    EACH(test_callback_member_needs_no_type),
    EACH(test_callback_of_each_closure_has_an_address),
    EACH(test_callback_of_io_receives_the_watcher_and_events),
    ONCE(test_callback_moved_keeps_closure),
};

}  // namespace

HARNESS_MAIN("callbacks", tests)
