// Fetches a page by HTTPS, by relev.hpp and OpenSSL, and writes it to standard
// output. It gives up after ten seconds.
//
// Usage: https_get HOST [PATH] [PORT] [CA]
//        ./https_get www.debian.org /
// Build: c++ -std=c++20 -pthread -o https_get https_get.cpp -lev -lssl -lcrypto
//
// The server has to prove that it is HOST, by a certificate that the system
// trusts, or one of the PEM file CA. A page that was cut off is an error.

#include <relev.hpp>
#include <relevpp/net.hpp>
#include <relevpp/net/resolve.hpp>
#include <relevpp/tls.hpp>

#include <iostream>
#include <string>

using namespace std::chrono_literals;

namespace {

struct target {
    std::string host, path = "/", port = "443", ca;
};

// Returns the status line.
relev::task<std::string> get(const target& t, relev::tls_stream& server)
{
    co_await server.handshake();
    std::string request = "GET " + t.path + " HTTP/1.0\r\nHost: " + t.host
                        + "\r\n\r\n",
                head;
    co_await relev::write_all(server, request);
    size_t size = co_await relev::read_until(server, head, "\r\n\r\n", 65536);
    std::cout << head.substr(size);

    char part[16384];
    while (size_t got = co_await server.read_some(part))
        std::cout.write(part, static_cast<std::streamsize>(got));
    co_await server.shutdown();
    co_return head.substr(0, head.find('\r'));
}

relev::task<std::string> fetch(const target& t)
{
    relev::tls_context context = relev::tls_context::client();
    if (!t.ca.empty()) context.trust(t.ca);
    context.alpn({"http/1.0", "http/1.1"});
    relev::tls_stream server(co_await relev::connect(t.host, t.port), context,
                             t.host);
    co_return co_await get(t, server);
}

relev::task<int> fetch_in_time(const target& t)
{
    std::string status = co_await relev::with_timeout(10s, fetch(t));
    std::cerr << status << '\n';
    co_return status.find(" 200") == std::string::npos;
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2 || argc > 5) {
        std::cerr << "usage: https_get HOST [PATH] [PORT] [CA]\n";
        return 2;
    }
    target t;
    t.host = argv[1];
    if (argc > 2) t.path = argv[2];
    if (argc > 3) t.port = argv[3];
    if (argc > 4) t.ca = argv[4];
    try {
        return relev::loop().run(fetch_in_time(t));
    } catch (const std::exception& error) {
        std::cerr << "https_get: " << error.what() << '\n';
        return 1;
    }
}
