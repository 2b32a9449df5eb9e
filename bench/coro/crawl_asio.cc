// examples/coro_crawl.cpp with asio.
//
// Usage: crawl_asio HOST PORT PATH [LIMIT]

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <csignal>
#include <deque>
#include <iostream>
#include <set>

#include "../../examples/http_response.hpp"

using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace std::chrono_literals;
using namespace asio::experimental::awaitable_operators;
constexpr auto with_error = asio::experimental::as_tuple(asio::use_awaitable);

namespace {

void rethrow(std::exception_ptr error)
{
    if (error) std::rethrow_exception(error);
}

awaitable<void> nap(std::chrono::steady_clock::duration time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(with_error);
}

// operator|| waits for the first one that succeeds: so an error is a value.
awaitable<std::exception_ptr> caught(awaitable<std::string> f, std::string& to)
{
    try {
        to = co_await std::move(f);
    } catch (const std::exception&) {
        co_return std::current_exception();
    }
    co_return nullptr;
}

awaitable<std::string> in_time(awaitable<std::string> f,
                               std::chrono::steady_clock::duration time)
{
    std::string text;
    auto ended = co_await (caught(std::move(f), text) || nap(time));
    if (ended.index() == 1)
        throw std::system_error(
            asio::error::make_error_code(asio::error::timed_out));
    if (auto error = std::get<0>(ended)) std::rethrow_exception(error);
    co_return text;
}

class crawler {
public:
    crawler(asio::io_context& c, std::string host, std::string port,
            unsigned limit)
        : context_(c),
          signals_(c, SIGTERM, SIGINT),
          host_(std::move(host)),
          port_(std::move(port)),
          free_(limit)
    {
        signals_.async_wait([this](asio::error_code error, int) {
            if (!error) stopping_ = true, waiting_.clear(), end();
        });
    }

    // A page that has not been seen yet.
    void add(std::string path)
    {
        if (!seen_.insert(path).second || stopping_) return;
        if (free_) start(std::move(path));
        else waiting_.push_back(std::move(path));
    }

    void print_summary() const
    {
        std::cout << fetched_ << " of " << seen_.size() << " pages"
                  << std::endl;
    }

private:
    void start(std::string path)
    {
        --free_, ++running_;
        asio::co_spawn(context_, page(std::move(path)), rethrow);
    }

    void end()
    {
        if (running_ == 0) signals_.cancel();
    }

    awaitable<std::string> fetch(const std::string& path)
    {
        tcp::resolver resolver(context_);
        auto addresses =
            co_await resolver.async_resolve(host_, port_, use_awaitable);
        tcp::socket s(context_);
        co_await asio::async_connect(s, addresses, use_awaitable);
        std::string text =
            "GET " + path + " HTTP/1.0\r\nHost: " + host_ + "\r\n\r\n";
        co_await asio::async_write(s, asio::buffer(text), use_awaitable);
        text.clear();
        auto [error, n] = co_await asio::async_read(
            s, asio::dynamic_buffer(text), with_error);
        if (error != asio::error::eof) throw std::system_error(error);
        co_return text;
    }

    awaitable<void> page(std::string path)
    {
        std::string text, error;
        try {
            text = co_await in_time(fetch(path), 2s);
        } catch (const std::system_error& failure) {
            error = failure.what();
        }
        ++free_, --running_;
        if (error.empty()) read(path, text);
        else std::cout << path << ": " << error << std::endl;
        while (free_ && !waiting_.empty()) {
            start(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        end();
    }

    void read(const std::string& path, const std::string& text)
    {
        http::response r;
        if (!http::parse(text, false, r)) throw std::runtime_error("response");
        ++fetched_;
        std::cout << path << ": " << r.status << std::endl;
        const std::string mark = "href=\"/";
        for (std::size_t at = 0; (at = text.find(mark, at)) != text.npos;) {
            at += mark.size() - 1;
            add(text.substr(at, text.find('"', at) - at));
        }
    }

    asio::io_context& context_;
    asio::signal_set signals_;
    const std::string host_, port_;
    std::deque<std::string> waiting_;
    std::set<std::string> seen_;
    std::size_t free_, running_ = 0, fetched_ = 0;
    bool stopping_ = false;
};

}  // namespace

int main(int argc, char** argv)
try {
    if (argc < 4) throw std::invalid_argument("usage: HOST PORT PATH [LIMIT]");
    asio::io_context context(1);
    unsigned limit = argc > 4 ? static_cast<unsigned>(std::stoi(argv[4])) : 4;
    crawler c(context, argv[1], argv[2], limit);
    c.add(argv[3]);
    context.run();
    c.print_summary();
} catch (const std::exception& error) {
    std::cerr << "crawl: " << error.what() << '\n';
    return EXIT_FAILURE;
}
