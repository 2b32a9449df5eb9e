// The rows of relev.cc with asio's coroutines.
//
// Usage: asio ROW COUNT

#include <asio.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <cstring>

#include "peers.hh"

using asio::awaitable;
using asio::use_awaitable;
using namespace asio::experimental::awaitable_operators;
using namespace std::chrono_literals;
using descriptor = asio::posix::stream_descriptor;

namespace {

awaitable<void> wait(long count)
{
    descriptor d(co_await asio::this_coro::executor, always_readable());
    while (count--) co_await d.async_wait(descriptor::wait_read, use_awaitable);
}

awaitable<int> one() { co_return 1; }

awaitable<void> ready_task(long count)
{
    while (count--) (void)co_await one();
}

awaitable<void> nap()
{
    asio::steady_timer t(co_await asio::this_coro::executor, 10s);
    co_await t.async_wait(use_awaitable);
}

awaitable<void> around()
{
    co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
}

awaitable<void> race(long count)
{
    while (count--) co_await (around() || nap());
}

awaitable<void> with_timeout(long count)
{
    while (count--) co_await (one() || nap());
}

awaitable<void> spawn(long count)
{
    auto executor = co_await asio::this_coro::executor;
    for (; count > 0; count -= 100) {
        for (int i = 0; i < 100; ++i)
            asio::co_spawn(executor, one(), asio::detached);
        co_await around();
    }
}

awaitable<void> bounce(int fd, long count, bool first)
{
    descriptor d(co_await asio::this_coro::executor, fd);
    char c = 0;
    if (first) (void)!write(fd, &c, 1);
    while (count--) {
        co_await d.async_wait(descriptor::wait_read, use_awaitable);
        (void)!read(fd, &c, 1);
        (void)!write(fd, &c, 1);
    }
}

awaitable<void> ping_pong(long count)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds)) std::abort();
    co_await (bounce(fds[0], count, true) && bounce(fds[1], count, false));
}

awaitable<void> one_echo(descriptor& d, peers& p)
{
    co_await d.async_wait(descriptor::wait_read, use_awaitable);
    p.echo();
}

awaitable<void> idle()
{
    asio::steady_timer t(co_await asio::this_coro::executor, 30s);
    co_await t.async_wait(use_awaitable);
}

awaitable<void> echo(long count)
{
    peers p;
    descriptor d(co_await asio::this_coro::executor, dup(p.server));
    while (count--) co_await (one_echo(d, p) || idle());
}

using local = asio::local::stream_protocol::socket;

awaitable<void> serve_stream(local& s)
{
    char buf[4096];
    for (;;) {
        auto [error, size] = co_await s.async_read_some(
            asio::buffer(buf), asio::experimental::as_tuple(use_awaitable));
        if (error) co_return;
        co_await asio::async_write(s, asio::buffer(buf, size), use_awaitable);
    }
}

awaitable<void> ask_stream(local& s, long count)
{
    char buf[64] = {};
    while (count--) {
        co_await asio::async_write(s, asio::buffer(buf), use_awaitable);
        co_await asio::async_read(s, asio::buffer(buf), use_awaitable);
    }
    s.close();
}

awaitable<void> net_echo(long count)
{
    auto executor = co_await asio::this_coro::executor;
    local client(executor), server(executor);
    asio::local::connect_pair(client, server);
    co_await (serve_stream(server) && ask_stream(client, count));
}

struct row {
    const char* name;
    awaitable<void> (*run)(long);
};
const row rows[] = {
    {"descriptor", wait}, {"ready-task", ready_task},
    {"when-any", race},   {"with-timeout", with_timeout},
    {"spawn", spawn},     {"ping-pong", ping_pong},
    {"echo", echo},       {"net-echo", net_echo},
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3) return 2;
    asio::io_context context(1);
    for (const row& r : rows)
        if (!std::strcmp(argv[1], r.name)) {
            asio::co_spawn(context, r.run(std::atol(argv[2])), asio::detached);
            context.run();
            return 0;
        }
    return 2;
}
