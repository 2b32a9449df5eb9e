// examples/coro_redis.cpp with asio.
//
// Usage: redis_asio FILE [PORT]

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/channel.hpp>
#include <csignal>
#include <iostream>
#include <set>

#include "../../examples/redis_values.hpp"

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
using clock_type = std::chrono::steady_clock;
using list = asio::experimental::channel<void(asio::error_code, std::string)>;
constexpr auto with_error = asio::experimental::as_tuple(asio::use_awaitable);

namespace {

constexpr auto grace = 300ms, limit = 30000ms;
constexpr std::size_t list_limit = 10000;

class lists {
public:
    explicit lists(asio::io_context& c) : context_(c) {}

    list& of(std::string_view key)
    {
        auto found = all_.find(key);
        if (found == all_.end())
            found = all_.emplace(std::string(key),
                                 std::make_unique<list>(context_, list_limit))
                        .first;
        return *found->second;
    }

    bool push(std::string_view key, std::string_view value)
    {
        return of(key).try_send(asio::error_code(), std::string(value));
    }

    std::optional<std::string> pop(std::string_view key)
    {
        std::optional<std::string> popped;
        of(key).try_receive([&](asio::error_code, const std::string& value) {
            popped = value;
        });
        return popped;
    }

private:
    asio::io_context& context_;
    std::map<std::string, std::unique_ptr<list>, std::less<>> all_;
};

awaitable<void> write_log(int fd, std::string text)
{
    resp::store(fd, text);
    co_return;
}

// asio has no mutex: a channel with one place is used.
class data : public resp::data<lists> {
public:
    data(asio::io_context& c, const char* path)
        : resp::data<lists>(path, c), fd_(resp::open_log(path)), writing_(c, 1)
    {
    }
    ~data() { close(fd_); }

    // Until all changes are on the disk. Who comes next writes what was added
    // meanwhile, for all that wait.
    awaitable<void> store()
    {
        co_await writing_.async_send(asio::error_code(), true, use_awaitable);
        if (!log.empty())
            co_await asio::co_spawn(
                pool_, write_log(fd_, std::exchange(log, {})), use_awaitable);
        writing_.try_receive([](asio::error_code, bool) {});
    }

private:
    int fd_;
    asio::thread_pool pool_{1};
    asio::experimental::channel<void(asio::error_code, bool)> writing_;
};

struct session {
    explicit session(tcp::socket s)
        : client(std::move(s)), grace_timer(client.get_executor())
    {
    }

    // What is on its way is still answered.
    void stop()
    {
        stopping = true;
        waiting.emit(asio::cancellation_type::all);
        grace_timer.expires_after(grace);
        grace_timer.async_wait([this](asio::error_code error) {
            if (!error) client.shutdown(tcp::socket::shutdown_receive, error);
        });
    }

    tcp::socket client;
    asio::steady_timer grace_timer;
    asio::cancellation_signal waiting;
    bool stopping = false;
    std::string in, out;
};

awaitable<void> flush(session& s, data& d)
{
    co_await d.store();
    std::string out = std::exchange(s.out, {});
    asio::steady_timer timer(co_await asio::this_coro::executor, limit);
    auto ended =
        co_await (asio::async_write(s.client, asio::buffer(out), with_error)
                  || timer.async_wait(with_error));
    if (ended.index() == 1 || std::get<0>(std::get<0>(ended)))
        throw std::system_error(
            asio::error::make_error_code(asio::error::timed_out));
}

awaitable<std::string> pop(list& from, std::chrono::duration<double> seconds)
{
    if (seconds.count() <= 0) seconds = 24h;
    asio::steady_timer timer(
        co_await asio::this_coro::executor,
        std::chrono::duration_cast<clock_type::duration>(seconds));
    auto popped = co_await (from.async_receive(with_error)
                            || timer.async_wait(with_error));
    if (popped.index() == 1) co_return "*-1\r\n";
    auto& [error, value] = std::get<0>(popped);
    co_return error ? "*-1\r\n" : resp::bulk(value);
}

// BLPOP KEY SECONDS: waits for a value; at the end of the server, too, for
// nothing.
awaitable<void> wait_for_value(session& s, data& d, std::string key,
                               std::string seconds)
{
    co_await flush(s, d);
    std::string answer = d.execute({"LPOP", key});
    if (answer == "$-1\r\n" && !s.stopping) {
        list& from = d.lists.of(key);
        auto popped = co_await asio::co_spawn(
            s.client.get_executor(),
            pop(from, std::chrono::duration<double>(
                          std::strtod(seconds.c_str(), nullptr))),
            asio::bind_cancellation_slot(
                s.waiting.slot(),
                asio::experimental::as_tuple(asio::use_awaitable)));
        answer = std::get<0>(popped) ? "*-1\r\n" : std::get<1>(popped);
        if (answer[0] == '$') d.log += resp::text_of({"LPOP", key});
    }
    s.out += answer == "$-1\r\n" ? "*-1\r\n" : answer;
}

awaitable<void> execute_all(session& s, data& d)
{
    resp::command words;
    while (std::size_t n = resp::parse(s.in, words)) {
        if (words.size() == 3 && words[0] == "BLPOP")
            co_await wait_for_value(s, d, std::string(words[1]),
                                    std::string(words[2]));
        else s.out += d.execute(words);
        s.in.erase(0, n);
    }
    co_await flush(s, d);
}

struct sessions {
    std::set<session*> all;
    bool stopping = false;
};

void rethrow(std::exception_ptr error)
{
    if (error) std::rethrow_exception(error);
}

awaitable<void> run(tcp::socket client, data& d, sessions& open)
{
    session s(std::move(client));
    open.all.insert(&s);
    if (open.stopping) s.stop();
    try {
        char chunk[16384];
        for (;;) {
            auto [error, n] = co_await s.client.async_read_some(
                asio::buffer(chunk), with_error);
            if (error) break;
            s.in.append(chunk, n);
            co_await execute_all(s, d);
        }
    } catch (const std::system_error&) {
        // The client is gone, or does not read.
    } catch (const resp::error&) {
    } catch (const std::logic_error&) {
        // It does not know the protocol.
    }
    s.grace_timer.cancel();
    open.all.erase(&s);
}

class server {
public:
    server(asio::io_context& c, const char* path, asio::ip::port_type port)
        : data_(c, path),
          acceptor_(c, {asio::ip::address_v4::loopback(), port}),
          signals_(c, SIGTERM, SIGINT)
    {
        std::cout << "listening on 127.0.0.1:"
                  << acceptor_.local_endpoint().port() << std::endl;
        signals_.async_wait([this](auto, auto) { stop(); });
        asio::co_spawn(c, accept(), rethrow);
    }

private:
    void start(tcp::socket client)
    {
        asio::co_spawn(acceptor_.get_executor(),
                       run(std::move(client), data_, open_), rethrow);
    }

    awaitable<void> accept()
    {
        asio::steady_timer timer(acceptor_.get_executor());
        while (!open_.stopping) {
            auto [error, client] = co_await acceptor_.async_accept(with_error);
            if (!error) start(std::move(client));
            else if (!open_.stopping) {  // out of descriptors
                timer.expires_after(100ms);
                co_await timer.async_wait(use_awaitable);
            }
        }
        drain();
    }

    void stop()
    {
        open_.stopping = true;
        acceptor_.cancel();
        for (session* s : open_.all) s->stop();
    }

    // Connections that nobody has accepted yet.
    void drain()
    {
        acceptor_.non_blocking(true);
        for (;;) {
            asio::error_code error;
            tcp::socket client(acceptor_.get_executor());
            acceptor_.accept(client, error);
            if (error) break;
            start(std::move(client));
        }
        acceptor_.close();
    }

    data data_;
    tcp::acceptor acceptor_;
    asio::signal_set signals_;
    sessions open_;
};

}  // namespace

int main(int argc, char** argv)
try {
    if (argc < 2) throw std::invalid_argument("usage: FILE [PORT]");
    asio::io_context context(1);
    auto port =
        static_cast<asio::ip::port_type>(argc > 2 ? std::stoi(argv[2]) : 0);
    server s(context, argv[1], port);
    context.run();
} catch (const std::exception& error) {
    std::cerr << "redis: " << error.what() << '\n';
    return EXIT_FAILURE;
}
