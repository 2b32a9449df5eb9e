// The echo server of echo.c with the coroutines of relev.hpp.
//
// Usage: coro_echo [PORT [IDLE_SECONDS]]   (default: a free port, 60 seconds)
//        ./coro_echo 7777 10 &  nc 127.0.0.1 7777
// Build: c++ -std=c++20 -o coro_echo coro_echo.cpp -lev
//
// Each connection is a task. It ends when the client closes or is silent for
// too long; SIGTERM or SIGINT cancels them all, and their destructors close the
// connections.

#include <relev.hpp>
#include <relevpp/net.hpp>

#include <csignal>
#include <iostream>

using namespace std::chrono_literals;
using namespace relev;
using seconds = std::chrono::duration<double>;

namespace {

task<> session(stream client, seconds idle)
try {
    std::string text;
    while (co_await with_timeout(idle, client.read_more(text))) {
        co_await with_timeout(idle, client.write_all(text));
        text.clear();
    }
} catch (const std::system_error&) {
    // The client is gone, or was silent: timed_out is one of these, too.
}

task<> run(int port, seconds idle)
{
    listener l(address::ip("127.0.0.1", static_cast<std::uint16_t>(port)));
    std::cout << "listening on " << l.local().text() << std::endl;
    co_await when_any(serve(l, session, idle), relev::signal(SIGTERM),
                      relev::signal(SIGINT));
}

}  // namespace

int main(int argc, char** argv)
try {
    loop l;
    l.run(run(argc > 1 ? std::stoi(argv[1]) : 0,
              seconds(argc > 2 ? std::stod(argv[2]) : 60.)));
} catch (const std::exception& error) {
    std::cerr << "coro_echo: " << error.what() << '\n';
    return EXIT_FAILURE;
}
