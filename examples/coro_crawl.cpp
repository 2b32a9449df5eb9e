// A crawler with a limit, by relev.hpp: fetches a page and all that it links to
// on the same server, LIMIT at a time, each within two seconds.
//
// Usage: coro_crawl PORT PATH [LIMIT]      (default: 4 at a time)
//        ./coro_crawl 8000 /index.html
// Build: c++ -std=c++20 -o coro_crawl coro_crawl.cpp -lev
//
// Each page is a task of one nursery, which spawns the pages that it links to.
// So the program ends when there is nothing left to fetch.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <relev.hpp>

#include <cerrno>
#include <iostream>
#include <set>
#include <string>

using namespace std::chrono_literals;
using namespace relev;

namespace {

int checked(int result, const char* what)
{
    if (result >= 0) return result;
    throw std::system_error(errno, std::generic_category(), what);
}

task<> connect_to(descriptor& d, int port)
{
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (connect(d.fd(), any, sizeof address) == 0) co_return;
    if (errno != EINPROGRESS) checked(-1, "connect");

    co_await d.writable();
    socklen_t size = sizeof errno;
    getsockopt(d.fd(), SOL_SOCKET, SO_ERROR, &errno, &size);
    if (errno) checked(-1, "connect");
}

task<std::string> fetch(int port, const std::string& path)
{
    descriptor d(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), ""));
    co_await connect_to(d, port);
    std::string request = "GET " + path + " HTTP/1.0\r\n\r\n", answer;
    ssize_t n = send(d.fd(), request.data(), request.size(), MSG_NOSIGNAL);
    if (n != static_cast<ssize_t>(request.size())) checked(-1, "send");

    char buffer[16384];
    for (;;) {
        co_await d.readable();
        n = recv(d.fd(), buffer, sizeof buffer, 0);
        if (n > 0) answer.append(buffer, static_cast<std::size_t>(n));
        else if (n == 0) co_return answer;
        else if (errno != EAGAIN) checked(-1, "recv");
    }
}

struct crawler {
    int port;
    semaphore places;
    std::set<std::string> seen = {};
};

task<> page(crawler& c, nursery& n, std::string path)
{
    std::string text;
    {
        permit place = co_await c.places.acquire();
        try {
            text = co_await with_timeout(2s, fetch(c.port, path));
        } catch (const std::system_error& error) {
            std::cout << path << ": " << error.what() << std::endl;
            co_return;
        }
    }
    std::cout << path << ": " << text.substr(9, 3) << std::endl;

    const std::string mark = "href=\"/";
    for (std::size_t at = 0; (at = text.find(mark, at)) != text.npos;) {
        at += mark.size() - 1;
        std::string link = text.substr(at, text.find('"', at) - at);
        if (c.seen.insert(link).second)
            n.spawn(page, std::ref(c), std::ref(n), link);
    }
}

task<> crawl(int port, std::string path, unsigned limit)
{
    crawler c{port, semaphore(limit)};
    c.seen.insert(path);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(page, std::ref(c), std::ref(n), path);
        co_return;
    });
    std::cout << c.seen.size() << " pages" << std::endl;
}

}  // namespace

int main(int argc, char** argv)
try {
    if (argc < 3) throw std::invalid_argument("usage: PORT PATH [LIMIT]");
    unsigned limit = argc > 3 ? static_cast<unsigned>(std::stoi(argv[3])) : 4;
    loop().run(crawl(std::stoi(argv[1]), argv[2], limit));
} catch (const std::exception& error) {
    std::cerr << "coro_crawl: " << error.what() << '\n';
    return EXIT_FAILURE;
}
