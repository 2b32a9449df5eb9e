// A connection of proxy_asio.cc, and what its end needs.

#ifndef PROXY_ASIO_HH
#define PROXY_ASIO_HH

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <csignal>
#include <iostream>
#include <set>
#include <stdexcept>

#include "../../examples/http_response.hpp"

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using clock_type = std::chrono::steady_clock;
constexpr auto with_error = asio::experimental::as_tuple(asio::use_awaitable);

inline std::chrono::duration<double> limit = 30s;
constexpr auto grace = 300ms;

struct session {
    session(tcp::socket from, const tcp::resolver::results_type& to)
        : client(std::move(from)),
          server(client.get_executor()),
          timer(client.get_executor()),
          addresses(to)
    {
    }

    void restart()
    {
        deadline = clock_type::now()
                 + std::chrono::duration_cast<clock_type::duration>(limit);
        if (stopping) end_soon();
    }

    // What is on its way is still answered.
    void stop()
    {
        stopping = true;
        if (is_idle) end_soon();
    }

    void end_soon()
    {
        if (is_idle) deadline = std::min(deadline, clock_type::now() + grace);
        timer.cancel();
    }

    tcp::socket client, server;
    asio::steady_timer timer;
    const tcp::resolver::results_type& addresses;
    std::string in, back;
    clock_type::time_point deadline;
    bool is_idle = true, has_begun = false, stopping = false;
};

#endif
