// Sockets that neither block, nor stay open in programs that are started, nor
// raise SIGPIPE. Where the system has no flags for that, by further calls.

#ifndef RELEVPP_DETAIL_SOCKETS_HPP
#define RELEVPP_DETAIL_SOCKETS_HPP

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace relev::detail {

#ifdef MSG_NOSIGNAL
inline constexpr int no_sigpipe = MSG_NOSIGNAL;
#else
inline constexpr int no_sigpipe = 0;  // macOS: SO_NOSIGPIPE
#endif

#ifdef SO_NOSIGPIPE
inline void silence(int fd) noexcept
{
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
}
#else
inline void silence(int) noexcept {}
#endif

// An fd that is not open is reported by the first operation.
inline void make_nonblocking(int fd) noexcept
{
    int on = 1;
    if (fd < 0) return;
    ioctl(fd, FIONBIO, &on);
    silence(fd);
}

#ifdef SOCK_NONBLOCK

inline int socket_open(int family, int type) noexcept
{
    return socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

inline int socket_accept(int listener) noexcept
{
    return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

#else

inline int socket_opened(int fd) noexcept
{
    if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
    make_nonblocking(fd);
    return fd;
}

inline int socket_open(int family, int type) noexcept
{
    return socket_opened(socket(family, type, 0));
}

inline int socket_accept(int listener) noexcept
{
    return socket_opened(accept(listener, nullptr, nullptr));
}

#endif

}  // namespace relev::detail

#endif
