// class address: where a socket is: an IP address with a port, or a path.

#ifndef RELEVPP_NET_ADDRESS_HPP
#define RELEVPP_NET_ADDRESS_HPP

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "../detail/watcher.hpp"

namespace relev {

// Copied freely. A default one has the family AF_UNSPEC.
class address {
public:
    address() noexcept { std::memset(&any_, 0, sizeof any_); }

    // What a function of the system has filled in.
    address(const sockaddr* from, socklen_t size) noexcept : address()
    {
        size_ = size < sizeof any_ ? size : socklen_t(sizeof any_);
        std::memcpy(&any_, from, size_);
    }

    // A numeric address: "127.0.0.1", "::1", "fe80::1%eth0". For names see
    // resolve. Throws EINVAL if it is no such address.
    static address ip(const char* numeric, std::uint16_t port)
    {
        address made;
        if (made.set_v4(numeric, port) || made.set_v6(numeric, port))
            return made;
        detail::throw_error(EINVAL, "address::ip");
    }

    // A Unix socket; a path that begins with '\0' is an abstract name. Throws
    // ENAMETOOLONG, and EINVAL if it is empty or a NUL is in it.
    static address unix_path(std::string_view path)
    {
        address made;
        auto& at = made.as<sockaddr_un>();
        if (path.empty() || path.find('\0', 1) != path.npos)
            detail::throw_error(EINVAL, "address::unix_path");
        if (path.size() >= sizeof at.sun_path)
            detail::throw_error(ENAMETOOLONG, "address::unix_path");
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path, path.data(), path.size());
        made.size_ = static_cast<socklen_t>(path_begin + path.size()
                                            + (path[0] != '\0'));
        return made;
    }

    const sockaddr* get() const noexcept { return &any_.plain; }
    socklen_t size() const noexcept { return size_; }
    int family() const noexcept { return any_.plain.sa_family; }

    // 0 if it is no IP address.
    std::uint16_t port() const noexcept
    {
        if (family() == AF_INET) return ntohs(any_.v4.sin_port);
        if (family() == AF_INET6) return ntohs(any_.v6.sin6_port);
        return 0;
    }

    // "127.0.0.1:80", "[::1]:80", the path, or "@name" of an abstract one; ""
    // of any other.
    std::string text() const
    {
        char host[INET6_ADDRSTRLEN] = "";
        switch (family()) {
            case AF_INET:
                inet_ntop(AF_INET, &any_.v4.sin_addr, host, sizeof host);
                return host + (':' + std::to_string(port()));
            case AF_INET6:
                inet_ntop(AF_INET6, &any_.v6.sin6_addr, host, sizeof host);
                return '[' + (host + zone()) + "]:" + std::to_string(port());
            case AF_UNIX:
                return path();
            default:
                return "";
        }
    }

    // What the functions of the system compare: all of it.
    bool operator==(const address& other) const noexcept
    {
        return size_ == other.size_ && !std::memcmp(&any_, &other.any_, size_);
    }

    // For a function of the system that fills it in: the place, and its size.
    // Then what it has set the size to.
    sockaddr* to_fill(socklen_t& size) noexcept
    {
        std::memset(&any_, 0, sizeof any_);
        size = sizeof any_;
        return &any_.plain;
    }
    void filled(socklen_t size) noexcept
    {
        size_ = size < sizeof any_ ? size : socklen_t(sizeof any_);
    }

private:
    static constexpr std::size_t path_begin = offsetof(sockaddr_un, sun_path);

    template <class A>
    A& as() noexcept
    {
        return reinterpret_cast<A&>(any_);
    }

    bool set_v4(const char* numeric, std::uint16_t port) noexcept
    {
        if (inet_pton(AF_INET, numeric, &any_.v4.sin_addr) != 1) return false;
        any_.v4.sin_family = AF_INET;
        any_.v4.sin_port = htons(port);
        size_ = sizeof any_.v4;
        return true;
    }

    bool set_v6(const char* numeric, std::uint16_t port)
    {
        const char* percent = std::strchr(numeric, '%');
        std::string_view all(numeric);
        std::string host(all.substr(0, all.find('%')));
        if (inet_pton(AF_INET6, host.c_str(), &any_.v6.sin6_addr) != 1)
            return false;
        if (percent && !set_zone(percent + 1)) return false;
        any_.v6.sin6_family = AF_INET6;
        any_.v6.sin6_port = htons(port);
        size_ = sizeof any_.v6;
        return true;
    }

    // The name of an interface, or its number.
    bool set_zone(const char* name) noexcept
    {
        unsigned number = if_nametoindex(name);
        if (!number)
            number = static_cast<unsigned>(std::strtoul(name, nullptr, 10));
        any_.v6.sin6_scope_id = number;
        return number != 0;
    }

    std::string zone() const
    {
        if (!any_.v6.sin6_scope_id) return "";
        return '%' + std::to_string(any_.v6.sin6_scope_id);
    }

    std::string path() const
    {
        if (size_ <= path_begin) return "";
        const char* begin = any_.local.sun_path;
        std::size_t size = size_ - path_begin;
        if (*begin == '\0') return '@' + std::string(begin + 1, size - 1);
        return std::string(begin, strnlen(begin, size));
    }

    union {
        sockaddr plain;
        sockaddr_in v4;
        sockaddr_in6 v6;
        sockaddr_un local;
        sockaddr_storage storage;
    } any_;
    socklen_t size_ = 0;
};

namespace detail {

inline address local_address(int fd)
{
    address at;
    socklen_t size;
    sockaddr* to = at.to_fill(size);
    if (getsockname(fd, to, &size)) throw_error(errno, "getsockname");
    at.filled(size);
    return at;
}

}  // namespace detail
}  // namespace relev

#endif
