// Sockets and pipes: addresses, streams, connect, listeners, datagrams. Not
// included by relev.hpp.

#ifndef RELEVPP_NET_HPP
#define RELEVPP_NET_HPP

#include "net/byte_stream.hpp"
#include "net/connect.hpp"
#include "net/datagram.hpp"
#include "net/listener.hpp"
#include "net/serve.hpp"

#endif
