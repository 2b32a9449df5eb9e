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

#include <fcntl.h>
#include <relev.hpp>
#include <relevpp/blocking.hpp>
#include <relevpp/net.hpp>

#include <csignal>
#include <iostream>

#include "redis_values.hpp"

using namespace std::chrono_literals;
using namespace relev;
using list = channel<std::string>;

namespace {

constexpr auto grace = 300ms, limit = 30000ms;
constexpr std::size_t list_limit = 10000;

void store(int fd, const std::string& text)
{
    for (std::size_t at = 0; at < text.size();) {
        ssize_t n = write(fd, text.data() + at, text.size() - at);
        if (n < 0 && errno != EINTR) throw std::runtime_error("no write");
        if (n > 0) at += static_cast<std::size_t>(n);
    }
    if (fdatasync(fd)) throw std::runtime_error("no fdatasync");
}

class journal {
public:
    explicit journal(const char* path)
        : file_(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644))
    {
        if (file_.fd() < 0)
            throw std::system_error(errno, std::generic_category(), path);
    }

    void add(const resp::command& words) { text_ += resp::text_of(words); }

    // Until all that was added is on the disk. The next task that comes writes
    // what was added meanwhile, for all that wait.
    task<> written()
    {
        permit only = co_await writing_.lock();
        if (!text_.empty())
            co_await blocking(store, file_.fd(), std::exchange(text_, {}));
    }

private:
    descriptor file_;
    std::string text_;
    mutex writing_;
};

class data {
public:
    explicit data(const char* path) : log(path)
    {
        std::string text = resp::text_of_file(path);
        resp::command words;
        std::string_view rest = text;
        while (std::size_t n = resp::parse(rest, words)) {
            change(words);
            rest.remove_prefix(n);
        }
    }

    list& list_of(std::string_view key)
    {
        auto found = lists_.find(key);
        if (found == lists_.end())
            found = lists_.try_emplace(std::string(key), list_limit).first;
        return found->second;
    }

    // The answer. Changes are logged.
    std::string execute(const resp::command& words)
    {
        std::string_view name = words.empty() ? "" : words[0];
        std::size_t n = words.size();
        if (name == "PING" && n == 1) return "+PONG\r\n";
        if (name == "GET" && n == 2) return values_.get(words[1]);
        std::string answer = change(words);
        if (answer[0] != '-') log.add(words);
        return answer;
    }

private:
    std::string change(const resp::command& words)
    {
        std::string_view name = words.empty() ? "" : words[0];
        std::size_t n = words.size();
        if (name == "SET" && n == 3) return values_.set(words[1], words[2]);
        if (name == "DEL" && n == 2) return values_.remove(words[1]);
        if (name == "INCR" && n == 2) return values_.increment(words[1]);
        if (name == "RPUSH" && n == 3) {
            std::string value(words[2]);
            if (list_of(words[1]).try_push(value)) return "+OK\r\n";
            return "-ERR the list is full\r\n";
        }
        if (name == "LPOP" && n == 2) {
            auto value = list_of(words[1]).try_pop();
            return value ? resp::bulk(*value) : "$-1\r\n";
        }
        return "-ERR unknown command\r\n";
    }

    resp::values values_;
    std::map<std::string, list, std::less<>> lists_;

public:
    journal log;
};

struct client {
    data& d;
    stream s;
    std::string in, out;
};

task<> flush(client& c)
{
    co_await c.d.log.written();
    std::string out = std::exchange(c.out, {});
    co_await with_timeout(limit, c.s.write_all(out));
}

// BLPOP KEY SECONDS: waits for a value; nothing at the end of the server.
task<> wait_for_value(client& c, std::string key, double seconds)
{
    co_await shielded(flush(c));
    auto time = std::chrono::duration<double>(seconds > 0 ? seconds : 1e9);
    auto value = co_await nothrow(with_timeout(time, c.d.list_of(key).pop()));
    c.out += value ? resp::bulk(*value) : "*-1\r\n";
    if (value) c.d.log.add({"LPOP", key});
}

task<> execute_all(client& c)
{
    resp::command words;
    while (std::size_t n = resp::parse(c.in, words)) {
        if (words.size() == 3 && words[0] == "BLPOP")
            co_await wait_for_value(c, std::string(words[1]),
                                    std::stod(std::string(words[2])));
        else c.out += c.d.execute(words);
        c.in.erase(0, n);
    }
    co_await shielded(flush(c));
}

// When it is canceled it reads what is on its way. 0: there is no more.
task<std::size_t> read(client& c)
{
    char chunk[16384];
    auto n = co_await nothrow(c.s.read_some(chunk));
    if (n.error() == std::errc::operation_canceled)
        n = co_await nothrow(
            shielded(with_timeout(grace, c.s.read_some(chunk))));
    c.in.append(chunk, n ? *n : 0);
    co_return n ? *n : 0;
}

task<> session(stream s, data& d)
try {
    client c{d, std::move(s), {}, {}};
    while (co_await read(c)) co_await execute_all(c);
} catch (const std::system_error&) {
    // The client is gone, or does not read.
} catch (const resp::error&) {
} catch (const std::logic_error&) {
    // It does not know the protocol.
}

task<> serve(listener& l, data& d)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        while (auto s = co_await nothrow(l.accept()))
            n.spawn(session, std::move(*s), std::ref(d));
        while (auto s = co_await shielded(try_for(0s, l.accept())))
            n.spawn(session, std::move(*s), std::ref(d));
        l.close();
    });
}

task<> run(const char* path, std::uint16_t port)
{
    data d(path);
    listener l(address::ip("127.0.0.1", port));
    std::cout << "listening on " << l.local().text() << std::endl;
    co_await when_any(serve(l, d), relev::signal(SIGTERM),
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
