// examples/hello_http.cpp with asio: an io_context for each thread, and a
// coroutine and a watchdog for each connection.
//
// Usage: http_asio [PORT [THREADS [SECONDS]]]

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <csignal>
#include <iostream>
#include <thread>

#include "../../examples/http_request.hpp"

using asio::awaitable;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;
using clock_type = std::chrono::steady_clock;
constexpr auto with_error = asio::experimental::as_tuple(asio::use_awaitable);

namespace {

std::chrono::duration<double> limit(30);

void put(std::string& to, const char* status, std::string_view body, bool close)
{
    to.append("HTTP/1.1 ").append(status);
    to.append("\r\nContent-Type: text/plain\r\nContent-Length: ");
    to.append(std::to_string(body.size()));
    to.append(close ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
    to.append(body);
}

clock_type::time_point end_of_request()
{
    return clock_type::now()
         + std::chrono::duration_cast<clock_type::duration>(limit);
}

awaitable<void> serve(tcp::socket& client, clock_type::time_point& deadline)
{
    std::string in, out;
    char chunk[4096];
    for (bool last = false; !last;) {
        http::request r;
        http::parsed how = http::parse(in, r);
        if (how == http::parsed::incomplete) {
            auto [error, n] = co_await client.async_read_some(
                asio::buffer(chunk), with_error);
            if (error) co_return;
            in.append(chunk, n);
            continue;
        }
        out.clear();
        last = how == http::parsed::bad || !r.keep_alive;
        if (how == http::parsed::bad) put(out, "400 Bad Request", "", true);
        else if (r.path == "/") put(out, "200 OK", "Hello, world\n", last);
        else put(out, "404 Not Found", "not found\n", last);
        in.erase(0, r.size);
        auto [error, n] =
            co_await asio::async_write(client, asio::buffer(out), with_error);
        if (error) co_return;
        deadline = end_of_request();
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
    auto deadline = end_of_request();
    co_await (serve(client, deadline) || watchdog(deadline));
}

using contexts = std::vector<std::unique_ptr<asio::io_context>>;

awaitable<void> accept(tcp::acceptor& acceptor, contexts& all)
{
    for (std::size_t i = 0;; i = (i + 1) % all.size()) {
        auto [error, client] =
            co_await acceptor.async_accept(*all[i], with_error);
        if (!error)
            asio::co_spawn(*all[i], session(std::move(client)), asio::detached);
    }
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc > 3) limit = std::chrono::duration<double>(std::stod(argv[3]));
    contexts all(argc > 2 ? std::stoul(argv[2]) : 1);
    for (auto& c : all) c = std::make_unique<asio::io_context>(1);
    auto port =
        static_cast<asio::ip::port_type>(argc > 1 ? std::stoi(argv[1]) : 0);
    tcp::acceptor acceptor(*all[0], {asio::ip::address_v4::loopback(), port});
    std::cout << "listening on 127.0.0.1:" << acceptor.local_endpoint().port()
              << std::endl;
    asio::signal_set signals(*all[0], SIGTERM);
    signals.async_wait([&](auto, auto) {
        for (auto& c : all) c->stop();
    });
    asio::co_spawn(*all[0], accept(acceptor, all), asio::detached);
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < all.size(); ++i)
        threads.emplace_back([&all, i] {
            auto guard = asio::make_work_guard(*all[i]);
            all[i]->run();
        });
    all[0]->run();
    for (std::thread& t : threads) t.join();
}
