// The system calls of streams: none blocks, none raises SIGPIPE.

#ifndef RELEVPP_NET_SYSTEM_HPP
#define RELEVPP_NET_SYSTEM_HPP

#ifdef __linux__
#include <sys/sendfile.h>
#endif
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

#include "../detail/sockets.hpp"

namespace relev::detail {

// The call again while a signal interrupts it.
template <class Call>
auto restarted(Call call) noexcept
{
    auto left = call();
    while (left == -1 && errno == EINTR) left = call();
    return left;
}

inline bool would_block() noexcept
{
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

#if defined __APPLE__ || defined __OpenBSD__

// Without sigtimedwait.
inline void take_pending(const sigset_t& set, int signum) noexcept
{
    sigset_t pending;
    sigpending(&pending);
    if (sigismember(&pending, signum) == 1) sigwait(&set, &signum);
}

#else

inline void take_pending(const sigset_t& set, int) noexcept
{
    timespec now = {0, 0};
    sigtimedwait(&set, nullptr, &now);
}

#endif

// For a call that has no flag against SIGPIPE: blocks the signal in this thread
// meanwhile, and removes one that the call has raised. It may have sent a part
// before, and then reports no error.
template <class Call>
ssize_t without_sigpipe(Call call) noexcept
{
    sigset_t pipe_signal, before, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    ssize_t left = restarted(call);
    int error = errno;
    if (!was_pending) take_pending(pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return left;
}

inline ssize_t read_once(int fd, void* to, std::size_t size) noexcept
{
    return restarted([=] { return ::read(fd, to, size); });
}

// A write to a socket, or to what is none: a pipe, a terminal.
inline ssize_t write_once(int fd, const void* from, std::size_t size) noexcept
{
    ssize_t left =
        restarted([=] { return ::send(fd, from, size, no_sigpipe); });
    if (left != -1 || errno != ENOTSOCK) return left;
    return without_sigpipe([=] { return ::write(fd, from, size); });
}

inline ssize_t write_once(int fd, iovec* from, std::size_t count) noexcept
{
    msghdr message = {};
    message.msg_iov = from;
    message.msg_iovlen = count;
    ssize_t left =
        restarted([&] { return ::sendmsg(fd, &message, no_sigpipe); });
    if (left != -1 || errno != ENOTSOCK) return left;
    return without_sigpipe(
        [=] { return ::writev(fd, from, static_cast<int>(count)); });
}

#ifdef __linux__

inline ssize_t send_file_once(int to, int from, off_t* offset,
                              std::size_t count) noexcept
{
    return without_sigpipe([=] { return ::sendfile(to, from, offset, count); });
}

#else

// Others have none, or one with other arguments.
inline ssize_t send_file_once(int to, int from, off_t* offset,
                              std::size_t count) noexcept
{
    char part[16384];
    if (count > sizeof part) count = sizeof part;
    ssize_t sent =
        restarted([&] { return ::pread(from, part, count, *offset); });
    if (sent > 0) sent = write_once(to, part, static_cast<std::size_t>(sent));
    if (sent > 0) *offset += sent;
    return sent;
}

#endif

}  // namespace relev::detail

#endif
