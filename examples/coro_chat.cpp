// A chat server with the channels of relev.hpp: what a client says, all others
// read.
//
// Usage: coro_chat [PORT]                  (default: a free port)
//        ./coro_chat 7777 &  nc 127.0.0.1 7777
// Build: c++ -std=c++20 -o coro_chat coro_chat.cpp -lev
//
// Each client has two tasks: one reads its lines and puts them into the
// channels of all others, one writes what comes through its own channel. A
// client that does not read loses messages, and holds up nobody.

#include <relev.hpp>
#include <relevpp/net.hpp>

#include <csignal>
#include <iostream>
#include <set>

using namespace relev;

namespace {

struct client {
    explicit client(stream s) : connection(std::move(s)) {}

    stream connection;
    channel<std::string> outbox{100};
};

using clients = std::set<client*>;

void send_all(const clients& all, const client* from, const std::string& text)
{
    for (client* c : all) {
        std::string copy = text;
        if (c != from) c->outbox.try_push(copy);
    }
}

// Until the client closes: an error.
task<> read_lines(client& me, const clients& all)
{
    for (std::string text;;) {
        std::size_t n = co_await me.connection.read_until(text, "\n", 65536);
        send_all(all, &me, text.substr(0, n));
        text.erase(0, n);
    }
}

task<> write_lines(client& me)
{
    while (auto text = co_await me.outbox.next())
        co_await me.connection.write_all(*text);
}

// Ends when the client closes or cannot be written to.
task<> session(stream s, clients& all)
{
    client me(std::move(s));
    struct membership {
        clients& all;
        client* me;
        ~membership() { all.erase(me); }
    } member{all, &me};
    all.insert(&me);
    try {
        co_await when_any(read_lines(me, all), write_lines(me));
    } catch (const std::system_error&) {
    }
}

task<> run(int port)
{
    clients all;
    listener l(address::ip("127.0.0.1", static_cast<std::uint16_t>(port)));
    std::cout << "listening on " << l.local().text() << std::endl;
    co_await when_any(serve(l, session, std::ref(all)), relev::signal(SIGTERM),
                      relev::signal(SIGINT));
}

}  // namespace

int main(int argc, char** argv)
try {
    loop l;
    l.run(run(argc > 1 ? std::stoi(argv[1]) : 0));
} catch (const std::exception& error) {
    std::cerr << "coro_chat: " << error.what() << '\n';
    return EXIT_FAILURE;
}
