// What the tests of relevpp/net.hpp share.

#ifndef NET_HELP_HH
#define NET_HELP_HH

#include <sys/socket.h>

#include "coro_help.hh"
#include "relevpp/net.hpp"
#include "relevpp/timeout.hpp"

// Two connected streams.
struct stream_pair {
    explicit stream_pair(int small = 0)
    {
        int fds[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        for (int fd : fds)
            if (small)
                setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        a = relev::stream(fds[0]);
        b = relev::stream(fds[1]);
    }
    relev::stream a, b;
};

// A letter for each byte, so that a loss is seen.
static inline std::string pattern(std::size_t size)
{
    std::string made(size, ' ');
    for (std::size_t i = 0; i < size; ++i)
        made[i] = static_cast<char>('a' + i * 7 % 26 + i / 26 % 2);
    return made;
}

// The code of the std::system_error that the task throws.
static inline relev::task<std::error_code> error_of(relev::task<> (*f)())
{
    auto left = co_await relev::nothrow(f());
    co_return left.error();
}

static inline int open_fds()
{
    int count = 0;
    for (int fd = 0; fd < 256; ++fd) count += fcntl(fd, F_GETFD) != -1;
    return count;
}

#endif
