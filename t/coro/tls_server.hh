// A server for tls.sh: tls_server CERTIFICATE KEY [ECHO]. Prints its port. To
// each client it sends an answer of 1 MB by HTTP, or with ECHO what it reads.

#include <iostream>

#include "relev.hpp"
#include "relevpp/net.hpp"
#include "relevpp/tls.hpp"

namespace {

relev::task<> echo(relev::tls_stream& s)
{
    char part[16384];
    while (size_t n = co_await s.read_some(part))
        co_await relev::write_all(s, relev::const_buffer(part, n));
}

relev::task<> answer(relev::tls_stream& s)
{
    std::string head, body(1000000, 'x');
    co_await relev::read_until(s, head, "\r\n\r\n", 10000);
    body = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body;
    co_await relev::write_all(s, body);
}

relev::task<bool> talk(relev::tls_stream& s, bool echoes)
{
    co_await s.handshake();
    std::cout << SSL_get_version(s.raw()) << " '" << s.alpn() << "'\n"
              << std::flush;
    if (echoes) co_await echo(s);
    else co_await answer(s);
    co_await s.shutdown();
    co_return true;
}

relev::task<> session(relev::stream from, const relev::tls_context* context,
                      bool echoes)
{
    relev::tls_stream s(std::move(from), *context);
    auto left = co_await relev::nothrow(talk(s, echoes));
    std::cout << (left ? "the end" : left.error().message()) << '\n'
              << std::flush;
}

relev::task<> serve(const relev::tls_context& context, bool echoes)
{
    relev::listener l(relev::address::ip("127.0.0.1", 0));
    std::cout << "port " << l.local().port() << '\n' << std::flush;
    co_await relev::with_nursery([&](relev::nursery& n) -> relev::task<> {
        for (;;) n.spawn(session, co_await l.accept(), &context, echoes);
    });
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3) return 2;
    auto context = relev::tls_context::server(argv[1], argv[2]);
    context.alpn({"h3", "http/1.1"});
    relev::loop().run(serve(context, argc > 3));
}
