// examples/coro_jobs.cpp with asio.
//
// Usage: jobs_asio [PORT [WORKERS]]

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/channel.hpp>
#include <csignal>
#include <iostream>
#include <set>

#include "../../examples/primes.hpp"

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
constexpr auto with_error = asio::experimental::as_tuple(asio::use_awaitable);

namespace {

constexpr auto grace = 300ms, limit = 30000ms;
constexpr std::size_t queue_limit = 100, line_limit = 1000;

struct session {
    explicit session(tcp::socket s)
        : client(std::move(s)),
          grace_timer(client.get_executor()),
          answers(client.get_executor(), queue_limit)
    {
    }

    // What is on its way is still done.
    void stop()
    {
        grace_timer.expires_after(grace);
        grace_timer.async_wait([this](asio::error_code error) {
            if (!error) client.shutdown(tcp::socket::shutdown_receive, error);
        });
    }

    void end_if_done()
    {
        // close would lose what is in the channel.
        if (at_end && !jobs)
            answers.async_send(asio::error_code(), "", asio::detached);
    }

    tcp::socket client;
    asio::steady_timer grace_timer;
    asio::experimental::channel<void(asio::error_code, std::string)> answers;
    std::size_t jobs = 0;
    bool at_end = false;
};

// As a semaphore, which asio does not have.
using places = asio::experimental::channel<void(asio::error_code, bool)>;

// A job that fails is answered, too.
std::string answer_to(const std::string& text)
{
    try {
        return text + ' ' + std::to_string(primes_below(text)) + '\n';
    } catch (const std::exception& error) {
        return text + " error: " + error.what() + '\n';
    }
}

awaitable<std::string> done(std::string text) { co_return answer_to(text); }

struct queue {
    queue(asio::io_context& c, unsigned threads)
        : workers(threads), taken(c, queue_limit)
    {
    }

    asio::thread_pool workers;
    places taken;
};

awaitable<void> run_job(queue& q, std::shared_ptr<session> s, std::string text)
{
    std::string answer = co_await asio::co_spawn(
        q.workers, done(std::move(text)), use_awaitable);
    co_await s->answers.async_send(asio::error_code(), std::move(answer),
                                   with_error);
    q.taken.try_receive([](asio::error_code, bool) {});
    --s->jobs;
    s->end_if_done();
}

awaitable<void> read_jobs(queue& q, std::shared_ptr<session> s)
{
    for (std::string in;;) {
        auto [error, n] = co_await asio::async_read_until(
            s->client, asio::dynamic_buffer(in, line_limit), '\n', with_error);
        if (error) break;
        co_await q.taken.async_send(asio::error_code(), true, use_awaitable);
        ++s->jobs;
        asio::co_spawn(s->client.get_executor(),
                       run_job(q, s, in.substr(0, n - 1)), asio::detached);
        in.erase(0, n);
    }
    s->at_end = true;
    s->end_if_done();
}

// If the client is gone its answers are dropped.
awaitable<void> write_answers(std::shared_ptr<session> s)
{
    for (bool gone = false;;) {
        auto [closed, answer] = co_await s->answers.async_receive(with_error);
        if (answer.empty()) co_return;
        if (gone) continue;
        asio::steady_timer timer(s->client.get_executor(), limit);
        auto ended = co_await (
            asio::async_write(s->client, asio::buffer(answer), with_error)
            || timer.async_wait(with_error));
        if (ended.index() == 1 || std::get<0>(std::get<0>(ended))) {
            gone = true;
            s->client.close();
        }
    }
}

struct sessions {
    std::set<session*> all;
    bool stopping = false;
};

awaitable<void> run(tcp::socket client, queue& q, sessions& open)
{
    auto s = std::make_shared<session>(std::move(client));
    open.all.insert(s.get());
    if (open.stopping) s->stop();
    co_await (read_jobs(q, s) && write_answers(s));
    s->grace_timer.cancel();
    open.all.erase(s.get());
}

class server {
public:
    server(asio::io_context& c, asio::ip::port_type port, unsigned workers)
        : queue_(c, workers),
          acceptor_(c, {asio::ip::address_v4::loopback(), port}),
          signals_(c, SIGTERM, SIGINT)
    {
        std::cout << "listening on 127.0.0.1:"
                  << acceptor_.local_endpoint().port() << std::endl;
        signals_.async_wait([this](auto, auto) { stop(); });
        asio::co_spawn(c, accept(), asio::detached);
    }

private:
    void start(tcp::socket client)
    {
        asio::co_spawn(acceptor_.get_executor(),
                       run(std::move(client), queue_, open_), asio::detached);
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

    queue queue_;
    tcp::acceptor acceptor_;
    asio::signal_set signals_;
    sessions open_;
};

}  // namespace

int main(int argc, char** argv)
try {
    asio::io_context context(1);
    auto port =
        static_cast<asio::ip::port_type>(argc > 1 ? std::stoi(argv[1]) : 0);
    unsigned workers = argc > 2 ? static_cast<unsigned>(std::stoi(argv[2])) : 2;
    server s(context, port, workers);
    context.run();
} catch (const std::exception& error) {
    std::cerr << "jobs: " << error.what() << '\n';
    return EXIT_FAILURE;
}
