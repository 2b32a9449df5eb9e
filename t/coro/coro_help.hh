// The frame of the tests of relev.hpp.

#ifndef CORO_HELP_HH
#define CORO_HELP_HH

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "harness.h"
#include "relev.hpp"

using namespace std::chrono_literals;

// The flags of a loop on the backend under test.
static inline unsigned flags() { return backend; }

// A pipe that does not block, closed in the end.
struct pipe_pair {
    pipe_pair()
    {
        int fds[2];
        assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
        in = fds[0], out = fds[1];
    }
    ~pipe_pair() { close(in), close(out); }
    pipe_pair(const pipe_pair&) = delete;

    void write(const char* text = "x")
    {
        ssize_t size = static_cast<ssize_t>(std::string(text).size());
        assert_int_equal(::write(out, text, static_cast<size_t>(size)), size);
    }
    char read()
    {
        char c = 0;
        assert_int_equal(::read(in, &c, 1), 1);
        return c;
    }

    int in, out;
};

// Counts its objects: none may be left at the end of a test.
struct alive {
    alive() { ++count; }
    alive(const alive&) { ++count; }
    ~alive() { --count; }
    static inline int count = 0;
};

// Turns the iterations of a loop until `done`, at most `most` of them.
template <class Done>
void iterate_until(relev::loop& l, Done done, int most = 1000)
{
    for (int i = 0; i < most && !done(); ++i) l.run(EVRUN_NOWAIT);
    assert_true(done());
}

// A task that waits for a long time.
static inline relev::task<> never()
{
    alive here;
    co_await relev::sleep_for(1000s);
}

// A task that ends at once, or later.
static inline relev::task<int> now(int n)
{
    alive here;
    co_return n;
}
static inline relev::task<int> later(int n)
{
    alive here;
    co_await relev::sleep_for(1ms);
    co_return n;
}

// Runs the task f(args...) in a loop of its own. Then nothing of it is left: no
// object, no watcher.
template <class F, class... Args>
auto run_clean(F f, Args... args)
{
    relev::loop l(backend);
    struct check {
        relev::loop& l;
        ~check()
        {
            assert_int_equal(alive::count, 0);
            assert_int_equal(ev_pending_count(l.raw()), 0);
            ev_verify(l.raw());
            ev_run(l.raw(), 0);  // returns: nothing is active
        }
    } at_end{l};
    return l.run(f(args...));
}

#ifdef __cpp_exceptions
// What `call` throws, or "" if it returns.
template <class Call>
std::string thrown_by(Call call)
{
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}
#endif

#endif
