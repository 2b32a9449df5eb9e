// A server that speaks the protocol of Redis, by relev.hpp: PING, GET, SET,
// DEL, INCR, RPUSH, LPOP and BLPOP (one value at a time).
//
// Usage: coro_redis FILE [PORT]            (default: a free port)
//        ./coro_redis /tmp/data 6379 &  redis-cli RPUSH list value
// Build: c++ -std=c++20 -o coro_redis coro_redis.cpp -lev -pthread
//
// A change is on the disk, in FILE, before it is answered; the changes of many
// clients are written together. After SIGTERM or SIGINT what is on its way is
// answered.

#include <relev.hpp>
#include <relevpp/blocking.hpp>
#include <relevpp/net.hpp>

#include <csignal>
#include <iostream>

#include "redis_values.hpp"

using namespace std::chrono_literals;
using namespace relev;

namespace {

constexpr auto grace = 300ms, limit = 30000ms;
constexpr std::size_t list_limit = 10000;

class lists {
public:
    channel<std::string>& of(std::string_view key)
    {
        auto found = all_.find(key);
        if (found == all_.end())
            found = all_.try_emplace(std::string(key), list_limit).first;
        return found->second;
    }

    bool push(std::string_view key, std::string_view value)
    {
        std::string copy(value);
        return of(key).try_push(copy);
    }

    auto pop(std::string_view key) { return of(key).try_pop(); }

private:
    std::map<std::string, channel<std::string>, std::less<>> all_;
};

struct server {
    resp::data<lists> data;
    descriptor file;
    mutex storing = {};
};

// Until all changes are on the disk. The next task that comes writes what was
// added meanwhile, for all that wait.
task<> store(server& s)
{
    permit only = co_await s.storing.lock();
    if (!s.data.log.empty())
        co_await blocking(resp::store, s.file.fd(),
                          std::exchange(s.data.log, {}));
}

struct client {
    server& at;
    stream s;
    std::string in, out;
};

task<> flush(client& c)
{
    co_await store(c.at);
    std::string out = std::exchange(c.out, {});
    co_await with_timeout(limit, c.s.write_all(out));
}

// BLPOP KEY SECONDS: waits for a value; nothing at the end of the server.
task<> wait_for_value(client& c, std::string key, double seconds)
{
    co_await shielded(flush(c));
    auto& all = c.at.data;
    auto time = std::chrono::duration<double>(seconds > 0 ? seconds : 1e9);
    auto value = co_await nothrow(with_timeout(time, all.lists.of(key).pop()));
    c.out += value ? resp::bulk(*value) : "*-1\r\n";
    if (value) all.log += resp::text_of({"LPOP", key});
}

task<> execute_all(client& c)
{
    resp::command words;
    while (std::size_t n = resp::parse(c.in, words)) {
        if (words.size() == 3 && words[0] == "BLPOP")
            co_await wait_for_value(c, std::string(words[1]),
                                    std::stod(std::string(words[2])));
        else c.out += c.at.data.execute(words);
        c.in.erase(0, n);
    }
    co_await shielded(flush(c));
}

// When it is canceled it reads what is on its way. False if there is no more.
task<bool> read(client& c)
{
    auto n = co_await nothrow(c.s.read_more(c.in));
    if (n.error() == std::errc::operation_canceled)
        n = co_await nothrow(
            shielded(with_timeout(grace, c.s.read_more(c.in))));
    co_return n&&* n;
}

task<> session(stream s, server& at)
try {
    client c{at, std::move(s), {}, {}};
    while (co_await read(c)) co_await execute_all(c);
} catch (const std::system_error&) {
    // The client is gone, or does not read.
} catch (const resp::error&) {
} catch (const std::logic_error&) {
    // It does not know the protocol.
}

task<> run(const char* path, std::uint16_t port)
{
    server s{resp::data<lists>(path), descriptor(resp::open_log(path))};
    listener l(address::ip("127.0.0.1", port));
    std::cout << "listening on " << l.local().text() << std::endl;
    co_await when_any(serve(l, session, std::ref(s)), relev::signal(SIGTERM),
                      relev::signal(SIGINT));
}

}  // namespace

int main(int argc, char** argv)
try {
    if (argc < 2) throw std::invalid_argument("usage: FILE [PORT]");
    int port = argc > 2 ? std::stoi(argv[2]) : 0;
    loop().run(run(argv[1], static_cast<std::uint16_t>(port)));
} catch (const std::exception& error) {
    std::cerr << "coro_redis: " << error.what() << '\n';
    return EXIT_FAILURE;
}
