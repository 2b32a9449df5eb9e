// A crawler with a limit, by relev.hpp: fetches a page and all that it links to
// on the same server, LIMIT at a time, each within two seconds.
//
// Usage: coro_crawl HOST PORT PATH [LIMIT] (default: 4 at a time)
//        ./coro_crawl localhost 8000 /index.html
// Build: c++ -std=c++20 -o coro_crawl coro_crawl.cpp -lev -pthread
//
// Each page is a task of one nursery, which spawns the pages that it links to.
// So the program ends when there is nothing left to fetch. After SIGTERM or
// SIGINT it begins no page, and ends when those that it has begun are complete.

#include <relev.hpp>
#include <relevpp/net.hpp>
#include <relevpp/net/resolve.hpp>

#include <csignal>
#include <iostream>
#include <set>

#include "http_response.hpp"

using namespace std::chrono_literals;
using namespace relev;

namespace {

struct crawler {
    std::string host, port;
    semaphore places;
    std::set<std::string> seen = {};
    std::size_t fetched = 0;
};

task<std::string> fetch(const crawler& c, const std::string& path)
{
    stream s = co_await connect(c.host, c.port);
    std::string text =
        "GET " + path + " HTTP/1.0\r\nHost: " + c.host + "\r\n\r\n";
    co_await s.write_all(text);
    text.clear();
    while (co_await s.read_more(text)) continue;
    co_return text;
}

task<> page(crawler& c, nursery& n, std::string path)
{
    permit place = co_await c.places.acquire();
    auto text = co_await shielded(nothrow(with_timeout(2s, fetch(c, path))));
    place.release();
    if (!text) {
        std::cout << path << ": " << text.error().message() << std::endl;
        co_return;
    }
    http::response r;
    if (!http::parse(*text, false, r)) throw std::runtime_error("response");
    ++c.fetched;
    std::cout << path << ": " << r.status << std::endl;
    const std::string mark = "href=\"/";
    for (std::size_t at = 0; (at = text->find(mark, at)) != text->npos;) {
        at += mark.size() - 1;
        std::string link = text->substr(at, text->find('"', at) - at);
        if (c.seen.insert(link).second)
            n.spawn(page, std::ref(c), std::ref(n), link);
    }
}

task<> crawl_all(crawler& c, std::string path)
{
    c.seen.insert(path);
    co_await with_nursery([&](nursery& n) -> task<> {
        n.spawn(page, std::ref(c), std::ref(n), path);
        co_return;
    });
}

task<> crawl(std::string host, std::string port, std::string path,
             unsigned limit)
{
    crawler c{host, port, semaphore(limit)};
    co_await when_any(crawl_all(c, path), relev::signal(SIGTERM),
                      relev::signal(SIGINT));
    std::cout << c.fetched << " of " << c.seen.size() << " pages" << std::endl;
}

}  // namespace

int main(int argc, char** argv)
try {
    if (argc < 4) throw std::invalid_argument("usage: HOST PORT PATH [LIMIT]");
    unsigned limit = argc > 4 ? static_cast<unsigned>(std::stoi(argv[4])) : 4;
    loop().run(crawl(argv[1], argv[2], argv[3], limit));
} catch (const std::exception& error) {
    std::cerr << "coro_crawl: " << error.what() << '\n';
    return EXIT_FAILURE;
}
