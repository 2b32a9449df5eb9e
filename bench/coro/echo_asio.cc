// examples/coro_echo.cpp with asio.
//
// Usage: echo_asio [PORT]

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <csignal>
#include <iostream>

using asio::awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using clock_type = std::chrono::steady_clock;
constexpr auto with_error = asio::experimental::as_tuple(asio::use_awaitable);

namespace {

awaitable<void> echo(tcp::socket& client, clock_type::time_point& deadline)
{
    for (char buffer[16384];;) {
        deadline = clock_type::now() + 60s;
        auto [error, n] =
            co_await client.async_read_some(asio::buffer(buffer), with_error);
        if (error) co_return;
        auto [failure, all] = co_await asio::async_write(
            client, asio::buffer(buffer, n), with_error);
        if (failure) co_return;
    }
}

awaitable<void> watchdog(clock_type::time_point& deadline)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (deadline > clock_type::now()) {
        timer.expires_at(deadline);
        co_await timer.async_wait(with_error);
    }
}

awaitable<void> session(tcp::socket client)
{
    auto deadline = clock_type::now() + 60s;
    co_await (echo(client, deadline) || watchdog(deadline));
}

awaitable<void> accept(tcp::acceptor& acceptor)
{
    for (;;) {
        auto [error, client] = co_await acceptor.async_accept(with_error);
        if (!error)
            asio::co_spawn(acceptor.get_executor(), session(std::move(client)),
                           asio::detached);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    asio::io_context context(1);
    auto port =
        static_cast<asio::ip::port_type>(argc > 1 ? std::stoi(argv[1]) : 0);
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
    std::cout << "listening on 127.0.0.1:" << acceptor.local_endpoint().port()
              << std::endl;
    asio::signal_set signals(context, SIGTERM, SIGINT);
    signals.async_wait([&](auto, auto) { context.stop(); });
    asio::co_spawn(context, accept(acceptor), asio::detached);
    context.run();
}
