// A reverse proxy for HTTP/1.1, by relev.hpp.
//
// Usage: coro_proxy SERVER_PORT [PORT [SECONDS]]
//        (default: a free port, 30 seconds)
//        ./coro_proxy 8000 8080 &  curl http://127.0.0.1:8080/
// Build: c++ -std=c++20 -o coro_proxy coro_proxy.cpp -lev -pthread
//
// Each connection of a client is a task, and has a connection to the server,
// which is made again if the server has closed it. Nothing may take longer than
// SECONDS: then the client gets 408 or 504. After SIGTERM or SIGINT what is on
// its way is answered, also on connections that nobody has accepted yet.

#include <relev.hpp>
#include <relevpp/net.hpp>
#include <relevpp/net/resolve.hpp>

#include <csignal>
#include <iostream>

#include "http_response.hpp"

using namespace std::chrono_literals;
using namespace relev;

namespace {

std::chrono::duration<double> limit = 30s;
constexpr auto grace = 300ms;

struct connection {
    const std::vector<address>& addresses;
    stream client, server;
    std::string in, back;
};

// False if the client has closed, or sends no request.
task<bool> read_request(connection& c, http::request& r)
{
    for (bool continued = false;;) {
        http::parsed how = http::parse(c.in, r);
        if (how != http::parsed::incomplete)
            co_return how == http::parsed::complete;
        if (r.expects_continue && !std::exchange(continued, true))
            co_await c.client.write_all("HTTP/1.1 100 Continue\r\n\r\n");
        char chunk[4096];
        std::size_t n = co_await c.client.read_some(chunk);
        if (!n) co_return false;
        c.in.append(chunk, n);
    }
}

task<http::response> ask_once(connection& c, const http::request& r)
{
    co_await c.server.write_all(std::string_view(c.in).substr(0, r.size));
    for (http::response a;; c.back.erase(0, a.head)) {
        co_await c.server.read_until(c.back, "\r\n\r\n", http::head_limit);
        if (!http::parse(c.back, r.method == "HEAD", a))
            throw std::system_error(EPROTO, std::generic_category());
        if (a.status >= 200) co_return a;
    }
}

// The server may have closed a connection that was idle: it is made again.
task<http::response> ask(connection& c, const http::request& r)
{
    if (c.server.fd() >= 0) {
        auto a = co_await nothrow(ask_once(c, r));
        if (a) co_return *a;
    }
    c.back.clear();
    c.server = co_await connect(c.addresses);
    co_return co_await ask_once(c, r);
}

// False at the end.
task<bool> read_more(connection& c)
{
    char chunk[16384];
    std::size_t size = co_await c.server.read_some(chunk);
    c.back.append(chunk, size);
    co_return size > 0;
}

// A part of the next n bytes of the response.
task<std::size_t> relay_some(connection& c, std::size_t n)
{
    if (c.back.empty() && !co_await read_more(c))
        throw std::system_error(stream_errc::end);
    std::size_t size = std::min(n, c.back.size());
    co_await c.client.write_all(std::string_view(c.back).substr(0, size));
    c.back.erase(0, size);
    co_return size;
}

task<> relay(connection& c, std::size_t n)
{
    while (n) n -= co_await with_timeout(limit, relay_some(c, n));
}

task<std::size_t> read_line(connection& c)
{
    co_return co_await with_timeout(
        limit, c.server.read_until(c.back, "\r\n", http::head_limit));
}

task<> relay_chunks(connection& c)
{
    for (std::size_t size = 1; size;) {
        std::size_t n = co_await read_line(c);
        if (!http::chunk_size(c.back, size))
            throw std::system_error(EPROTO, std::generic_category());
        co_await relay(c, n + size + (size ? 2 : 0));
    }
    for (std::size_t n = 0; n != 2;) {  // fields, and an empty line
        n = co_await read_line(c);
        co_await relay(c, n);
    }
}

task<> relay_all(connection& c)
{
    bool more = true;  // in the condition, g++ 12 would not run this task
    while (more) {
        co_await relay(c, c.back.size());
        more = co_await with_timeout(limit, read_more(c));
    }
}

task<> refuse(connection& c, const char* status)
{
    std::string text = "HTTP/1.1 ";
    text.append(status).append("\r\nContent-Length: 0\r\n");
    text.append("Connection: close\r\n\r\n");
    co_await with_timeout(limit, c.client.write_all(text));
}

// Returns whether the client may ask again.
task<bool> exchange(connection& c, const http::request& r, bool is_last)
{
    auto got = co_await nothrow(with_timeout(limit, ask(c, r)));
    if (!got) {
        bool late = got.error() == std::errc::timed_out;
        co_await refuse(c, late ? "504 Gateway Timeout" : "502 Bad Gateway");
        co_return false;
    }
    http::response a = *got;
    if (is_last && a.keep_alive) {
        std::string_view close = "Connection: close\r\n";
        c.back.insert(a.head - 2, close);
        a.head += close.size();
    }
    co_await relay(
        c, a.body == http::response::counted ? a.head + a.length : a.head);
    if (a.body == http::response::chunked) co_await relay_chunks(c);
    if (a.body == http::response::until_end) co_await relay_all(c);
    co_return a.keep_alive && !is_last;
}

task<> session(stream client, const std::vector<address>& addresses)
try {
    connection c{addresses, std::move(client), stream(), {}, {}};
    for (bool again = true, ends = false; again;) {
        http::request r;
        auto got = co_await nothrow(with_timeout(limit, read_request(c, r)));
        if (got.error() == std::errc::operation_canceled) {
            ends = true;
            got = co_await nothrow(
                shielded(with_timeout(grace, read_request(c, r))));
        }
        if (c.in.empty()) break;
        if (!got) co_await shielded(refuse(c, "408 Request Timeout"));
        else if (!*got) co_await shielded(refuse(c, "400 Bad Request"));
        if (!got || !*got) break;
        again = co_await shielded(exchange(c, r, ends || !r.keep_alive));
        c.in.erase(0, r.size);
    }
} catch (const std::system_error&) {
    // The client is gone, or does not read.
}

task<> serve(listener& l, const std::vector<address>& addresses)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        while (auto s = co_await nothrow(l.accept()))
            n.spawn(session, std::move(*s), std::ref(addresses));
        while (auto s = co_await shielded(try_for(0s, l.accept())))
            n.spawn(session, std::move(*s), std::ref(addresses));
        l.close();
    });
}

task<> run(const char* server, std::uint16_t port)
{
    auto addresses = co_await resolve("localhost", server);
    listener l(address::ip("127.0.0.1", port));
    std::cout << "listening on " << l.local().text() << std::endl;
    co_await when_any(serve(l, addresses), relev::signal(SIGTERM),
                      relev::signal(SIGINT));
}

}  // namespace

int main(int argc, char** argv)
try {
    if (argc < 2) throw std::invalid_argument("usage: SERVER_PORT [PORT]");
    if (argc > 3) limit = std::chrono::duration<double>(std::stod(argv[3]));
    int port = argc > 2 ? std::stoi(argv[2]) : 0;
    loop().run(run(argv[1], static_cast<std::uint16_t>(port)));
} catch (const std::exception& error) {
    std::cerr << "coro_proxy: " << error.what() << '\n';
    return EXIT_FAILURE;
}
