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
    stream& client;
    stream server;
    std::string in, back;
    bool is_last = false;  // the client may not ask again
};

const std::system_error protocol_error(EPROTO, std::generic_category());

// EPROTO: the client has closed, or sends no request.
task<http::request> read_request(connection& c)
{
    for (bool continued = false;;) {
        http::request r;
        http::parsed how = http::parse(c.in, r);
        if (how == http::parsed::complete) co_return r;
        if (r.expects_continue && !std::exchange(continued, true))
            co_await c.client.write_all("HTTP/1.1 100 Continue\r\n\r\n");
        if (how == http::parsed::bad || !co_await c.client.read_more(c.in))
            throw protocol_error;
    }
}

task<http::response> ask_once(connection& c, const http::request& r)
{
    co_await c.server.write_all(std::string_view(c.in).substr(0, r.size));
    for (http::response a;; c.back.erase(0, a.head)) {
        co_await c.server.read_until(c.back, "\r\n\r\n", http::head_limit);
        if (!http::parse(c.back, r.method == "HEAD", a)) throw protocol_error;
        if (a.status >= 200) co_return a;
    }
}

task<> reconnect(connection& c)
{
    c.back.clear();
    c.server = co_await connect(c.addresses);
}

// The server may have closed a connection that was idle: it is made again.
task<http::response> ask(connection& c, const http::request& r)
{
    if (c.server.fd() >= 0)
        if (auto a = co_await nothrow(ask_once(c, r))) co_return *a;
    co_await reconnect(c);
    co_return co_await ask_once(c, r);
}

// The response, which has arrived in part.
task<> relay(connection& c, const http::response& a)
{
    bool to_end = a.body == a.until_end, ends = a.body != a.chunked;
    for (size_t n = to_end ? c.back.npos : a.head + a.length, size = 1;;) {
        while (n) {
            if (c.back.empty()
                && !co_await with_timeout(limit, c.server.read_more(c.back))) {
                if (to_end) co_return;
                throw std::system_error(stream_errc::end);
            }
            std::size_t now = std::min(n, c.back.size());
            co_await with_timeout(limit,
                                  c.client.write_all({c.back.data(), now}));
            c.back.erase(0, now);
            n -= now;
        }
        if (ends) co_return;
        n = co_await with_timeout(
            limit, c.server.read_until(c.back, "\r\n", http::head_limit));
        // After the last chunk: fields, and an empty line.
        if (size && !http::chunk_size(c.back, size)) throw protocol_error;
        ends = n == 2;
        n += size + (size ? 2 : 0);
    }
}

// There is no request, or no response.
task<> refuse(connection& c, bool is_asked, std::error_code error)
{
    c.is_last = true;
    if (c.in.empty()) co_return;
    const char* status = is_asked ? "502 Bad Gateway" : "400 Bad Request";
    if (error == std::errc::timed_out)
        status = is_asked ? "504 Gateway Timeout" : "408 Request Timeout";
    std::string text = http::refusal(status);
    co_await with_timeout(limit, c.client.write_all(text));
}

// What these two return is in no frame.
auto request_within(connection& c, std::chrono::duration<double> t)
{
    return nothrow(with_timeout(t, read_request(c)));
}

auto response_to(connection& c, const http::request& r)
{
    return nothrow(with_timeout(limit, ask(c, r)));
}

// When the server ends: what has arrived, or will soon.
task<> read_late(connection& c, result<http::request>& r)
{
    r = co_await request_within(c, grace);
}

task<> answer(connection& c, result<http::request>& r)
{
    c.is_last = r.error() == std::errc::operation_canceled;
    if (c.is_last) co_await read_late(c, r);
    result<http::response> a(r.error());
    if (r) a = co_await response_to(c, *r);
    if (!a) co_return co_await refuse(c, r.has_value(), a.error());
    c.in.erase(0, r->size);
    c.is_last = c.is_last || !r->keep_alive;
    if (c.is_last && a->keep_alive) http::add_close(c.back, *a);
    co_await relay(c, *a);
    c.is_last = c.is_last || !a->keep_alive;
}

task<> session(stream client, const std::vector<address>& addresses)
try {
    connection c{addresses, client, stream(), {}, {}};
    while (!c.is_last) {
        auto r = co_await request_within(c, limit);
        co_await shielded(answer(c, r));
    }
} catch (const std::system_error&) {
    // The client is gone, or does not read.
}

task<> run(const char* server, std::uint16_t port)
{
    auto addresses = co_await resolve("localhost", server);
    listener l(address::ip("127.0.0.1", port));
    std::cout << "listening on " << l.local().text() << std::endl;
    co_await when_any(serve(l, session, std::ref(addresses)),
                      relev::signal(SIGTERM), relev::signal(SIGINT));
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
