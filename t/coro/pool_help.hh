// Addresses and connections for the tests of pools.

#ifndef POOL_HELP_HH
#define POOL_HELP_HH

#include <arpa/inet.h>
#include <netinet/in.h>

#include "coro_help.hh"

struct address {
    address()
    {
        in.sin_family = AF_INET;
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    sockaddr* any() { return reinterpret_cast<sockaddr*>(&in); }
    sockaddr_in in = {};
    socklen_t size = sizeof in;
};

static inline relev::descriptor connected(const relev::descriptor& listener)
{
    address a;
    assert_int_equal(getsockname(listener.fd(), a.any(), &a.size), 0);
    relev::descriptor d(socket(AF_INET, SOCK_STREAM, 0));
    assert_int_equal(connect(d.fd(), a.any(), a.size), 0);
    return d;
}

#endif
