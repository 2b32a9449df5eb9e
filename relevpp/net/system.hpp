// The system calls of streams: none blocks, none raises SIGPIPE.

#ifndef RELEVPP_NET_SYSTEM_HPP
#define RELEVPP_NET_SYSTEM_HPP

#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

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
    if (!was_pending) {
        timespec now = {0, 0};
        sigtimedwait(&pipe_signal, nullptr, &now);
    }
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
        restarted([=] { return ::send(fd, from, size, MSG_NOSIGNAL); });
    if (left != -1 || errno != ENOTSOCK) return left;
    return without_sigpipe([=] { return ::write(fd, from, size); });
}

inline ssize_t write_once(int fd, iovec* from, std::size_t count) noexcept
{
    msghdr message = {};
    message.msg_iov = from;
    message.msg_iovlen = count;
    ssize_t left =
        restarted([&] { return ::sendmsg(fd, &message, MSG_NOSIGNAL); });
    if (left != -1 || errno != ENOTSOCK) return left;
    return without_sigpipe(
        [=] { return ::writev(fd, from, static_cast<int>(count)); });
}

inline ssize_t send_file_once(int to, int from, off_t* offset,
                              std::size_t count) noexcept
{
    return without_sigpipe([=] { return ::sendfile(to, from, offset, count); });
}

// An fd that is not open is reported by the first operation.
inline void make_nonblocking(int fd) noexcept
{
    int on = 1;
    if (fd >= 0) ioctl(fd, FIONBIO, &on);
}

}  // namespace relev::detail

#endif
