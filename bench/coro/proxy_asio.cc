// examples/coro_proxy.cpp with asio.
//
// Usage: proxy_asio SERVER_PORT [PORT [SECONDS]]

#include "proxy_asio.hh"

namespace {

awaitable<void> watchdog(session& s)
{
    while (s.deadline > clock_type::now()) {
        s.timer.expires_at(s.deadline);
        co_await s.timer.async_wait(with_error);
    }
}

awaitable<void> answer(session& s, const char* status)
{
    std::string text = http::refusal(status);
    co_await asio::async_write(s.client, asio::buffer(text), use_awaitable);
}

// False if the client has closed.
awaitable<bool> read_request(session& s, http::request& r)
{
    char chunk[4096];
    for (bool continued = false;;) {
        http::parsed how = http::parse(s.in, r);
        if (how == http::parsed::complete) co_return true;
        if (how == http::parsed::bad) throw std::invalid_argument("request");
        if (r.expects_continue && !std::exchange(continued, true))
            co_await asio::async_write(
                s.client, asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25),
                use_awaitable);
        auto [error, n] =
            co_await s.client.async_read_some(asio::buffer(chunk), with_error);
        if (error) co_return false;
        s.in.append(chunk, n);
    }
}

awaitable<http::response> read_head(session& s, bool head_only)
{
    for (http::response a;;) {
        co_await asio::async_read_until(
            s.server, asio::dynamic_buffer(s.back, http::head_limit),
            "\r\n\r\n", use_awaitable);
        if (!http::parse(s.back, head_only, a))
            throw std::runtime_error("response");
        if (a.status >= 200) co_return a;
        s.back.erase(0, a.head);
    }
}

// The server may have closed a connection that was idle: it is made again.
awaitable<http::response> ask(session& s, const http::request& r)
{
    for (bool fresh = false;; fresh = true) {
        if (fresh || !s.server.is_open()) {
            fresh = true;
            s.back.clear();
            s.server = tcp::socket(s.client.get_executor());
            co_await asio::async_connect(s.server, s.addresses, use_awaitable);
        }
        try {
            co_await asio::async_write(
                s.server, asio::buffer(s.in.data(), r.size), use_awaitable);
            co_return co_await read_head(s, r.method == "HEAD");
        } catch (const std::system_error&) {
            if (fresh) throw;
        }
    }
}

// The next n bytes of the response.
awaitable<void> pass(session& s, std::size_t n)
{
    char chunk[16384];
    while (n) {
        if (s.back.empty()) {
            std::size_t got = co_await s.server.async_read_some(
                asio::buffer(chunk), use_awaitable);
            s.back.append(chunk, got);
        }
        std::size_t size = std::min(n, s.back.size());
        co_await asio::async_write(s.client, asio::buffer(s.back.data(), size),
                                   use_awaitable);
        s.back.erase(0, size);
        n -= size;
        s.restart();
    }
}

awaitable<std::size_t> line(session& s)
{
    co_return co_await asio::async_read_until(
        s.server, asio::dynamic_buffer(s.back, http::head_limit + 16384),
        "\r\n", use_awaitable);
}

awaitable<void> pass_chunks(session& s)
{
    for (std::size_t size = 1; size;) {
        std::size_t n = co_await line(s);
        if (!http::chunk_size(s.back, size)) throw std::runtime_error("chunk");
        co_await pass(s, n + size + (size ? 2 : 0));
    }
    for (std::size_t n = 0; n != 2;) {  // fields, and an empty line
        n = co_await line(s);
        co_await pass(s, n);
    }
}

awaitable<void> pass_all(session& s)
{
    for (;;) {
        co_await pass(s, s.back.size());
        auto [error, n] = co_await asio::async_read(
            s.server, asio::dynamic_buffer(s.back, 16384),
            asio::transfer_at_least(1), with_error);
        if (error == asio::error::eof) co_return;
        if (error) throw std::system_error(error);
    }
}

// Returns whether the client may ask again.
awaitable<bool> exchange(session& s, const http::request& r)
{
    http::response a = co_await ask(s, r);
    bool last = !a.keep_alive || !r.keep_alive || s.stopping;
    if (last && a.keep_alive) http::add_close(s.back, a);
    s.has_begun = true;
    co_await pass(s, a.head + a.length);
    if (a.body == http::response::chunked) co_await pass_chunks(s);
    if (a.body == http::response::until_end) co_await pass_all(s);
    co_return !last;
}

awaitable<void> serve(session& s)
{
    const char* failure = nullptr;
    try {
        for (bool again = true; again;) {
            http::request r;
            s.is_idle = true, s.has_begun = false;
            s.restart();
            if (!co_await read_request(s, r)) break;
            s.is_idle = false;
            s.restart();
            again = co_await exchange(s, r);
            s.in.erase(0, r.size);
        }
    } catch (const std::invalid_argument&) {
        failure = "400 Bad Request";
    } catch (const std::exception&) {
        failure = "502 Bad Gateway";
    }
    bool canceled = (co_await asio::this_coro::cancellation_state).cancelled()
                 != asio::cancellation_type::none;
    if (failure && !s.has_begun && !canceled) co_await answer(s, failure);
}

awaitable<void> run(tcp::socket client,
                    const tcp::resolver::results_type& addresses,
                    std::set<session*>& all, bool& stopping)
{
    session s(std::move(client), addresses);
    s.stopping = stopping;
    s.restart();
    all.insert(&s);
    try {
        auto ended = co_await (serve(s) || watchdog(s));
        bool late = ended.index() == 1;
        s.restart();
        if (late && (!s.is_idle || !s.in.empty()) && !s.has_begun)
            co_await (answer(s, s.is_idle ? "408 Request Timeout"
                                          : "504 Gateway Timeout")
                      || watchdog(s));
    } catch (const std::system_error&) {
        // The client is gone, or does not read.
    }
    all.erase(&s);
}

class proxy {
public:
    proxy(asio::io_context& c, const char* server, asio::ip::port_type port)
        : addresses_(tcp::resolver(c).resolve("localhost", server)),
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
                       run(std::move(client), addresses_, all_, stopping_),
                       asio::detached);
    }

    awaitable<void> accept()
    {
        asio::steady_timer timer(acceptor_.get_executor());
        while (!stopping_) {
            auto [error, client] = co_await acceptor_.async_accept(with_error);
            if (!error) start(std::move(client));
            else if (!stopping_) {  // out of descriptors
                timer.expires_after(100ms);
                co_await timer.async_wait(use_awaitable);
            }
        }
        drain();
    }

    void stop()
    {
        stopping_ = true;
        acceptor_.cancel();
        for (session* s : all_) s->stop();
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

    tcp::resolver::results_type addresses_;
    tcp::acceptor acceptor_;
    asio::signal_set signals_;
    std::set<session*> all_;
    bool stopping_ = false;
};

}  // namespace

int main(int argc, char** argv)
try {
    if (argc < 2) throw std::invalid_argument("usage: SERVER_PORT [PORT]");
    if (argc > 3) limit = std::chrono::duration<double>(std::stod(argv[3]));
    asio::io_context context(1);
    auto port =
        static_cast<asio::ip::port_type>(argc > 2 ? std::stoi(argv[2]) : 0);
    proxy p(context, argv[1], port);
    context.run();
} catch (const std::exception& error) {
    std::cerr << "proxy: " << error.what() << '\n';
    return EXIT_FAILURE;
}
