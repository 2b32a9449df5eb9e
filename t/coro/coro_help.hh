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
