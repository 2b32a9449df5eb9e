// What the operations of relev.hpp cost, and the same with ev.h alone.
//
// Usage: relev ROW COUNT

#include <cstring>

#include "peers.hh"
#include "relev.hpp"
#include "relevpp/net.hpp"

using namespace relev;
using namespace std::chrono_literals;

namespace {

void raw_io(long count)
{
    struct ev_loop* raw = ev_loop_new(0);
    ev_io w;
    ev_io_init(
        &w,
        [](struct ev_loop* l, ev_io* io, int) {
            if (--*static_cast<long*>(io->data) <= 0) ev_io_stop(l, io);
        },
        always_readable(), EV_READ);
    w.data = &count;
    ev_io_start(raw, &w);
    ev_run(raw, 0);
    ev_loop_destroy(raw);
}

// An echo server with an idle time-out.
struct raw_session {
    ev_io io;
    ev_timer idle;
    peers p;
    long count;
};

void raw_echo(long count)
{
    struct ev_loop* raw = ev_loop_new(0);
    raw_session s;
    s.count = count;
    s.io.data = s.idle.data = &s;
    ev_io_init(
        &s.io,
        [](struct ev_loop* l, ev_io* w, int) {
            raw_session& self = *static_cast<raw_session*>(w->data);
            ev_timer_again(l, &self.idle);
            self.p.echo();
            if (--self.count <= 0) ev_break(l, EVBREAK_ALL);
        },
        s.p.server, EV_READ);
    ev_timer_init(
        &s.idle, [](struct ev_loop* l, ev_timer*, int) { ev_break(l); }, 0, 30);
    ev_io_start(raw, &s.io);
    ev_timer_again(raw, &s.idle);
    ev_run(raw, 0);
    ev_io_stop(raw, &s.io);
    ev_timer_stop(raw, &s.idle);
    ev_loop_destroy(raw);
}

void callback_echo(long count)
{
    loop l;
    peers p;
    on_timer idle{l, 30s, 30s, [&] { l.stop(); }};
    on_io w{l, p.server, events::read, [&](auto& self) {
                idle.again();
                p.echo();
                if (--count <= 0) self.stop(), idle.stop();
            }};
    l.run();
}

// A fed event, as libev delivers it and as a task does.
void raw_wake(long count)
{
    struct ev_loop* raw = ev_loop_new(0);
    ev_prepare w;
    ev_prepare_init(&w, [](struct ev_loop* l, ev_prepare* self, int) {
        if (--*static_cast<long*>(self->data) > 0)
            ev_feed_event(l, self, EV_CUSTOM);
    });
    w.data = &count;
    ev_feed_event(raw, &w, EV_CUSTOM);
    ev_run(raw, EVRUN_NOWAIT);
    ev_loop_destroy(raw);
}

void callback_io(long count)
{
    loop l;
    on_io w{l, always_readable(), events::read, [&](auto& self) {
                if (--count <= 0) self.stop();
            }};
    l.run();
}

task<> one_echo(descriptor& d, peers& p)
{
    co_await d.readable();
    p.echo();
}

task<> echo(long count)
{
    peers p;
    descriptor d(dup(p.server));
    while (count--) co_await with_timeout(30s, one_echo(d, p));
}

task<> by_descriptor(long count)
{
    descriptor d(always_readable());
    while (count--) co_await d.readable();
}

task<> by_readable(long count)
{
    int fd = always_readable();
    while (count--) co_await readable(fd);
}

task<int> one() { co_return 1; }

task<> ready_task(long count)
{
    while (count--) (void)co_await one();
}

task<> timeout(long count)
{
    while (count--) (void)co_await with_timeout(10s, one());
}

task<> nap() { co_await sleep_for(10s); }

task<> once_around() { co_await yield(); }

task<> race(long count)
{
    while (count--) co_await when_any(once_around(), nap());
}

task<> fired(long count)
{
    while (count--) (void)co_await try_for(0s, nap());
}

task<> quiet_nap() { (void)co_await nothrow(sleep_for(10s)); }

task<> fired_quietly(long count)
{
    while (count--) (void)co_await try_for(0s, quiet_nap());
}

task<> spawn(long count)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        for (; count > 0; count -= 100) {
            for (int i = 0; i < 100; ++i) n.spawn(one);
            co_await yield();
        }
    });
}

task<> forward(channel<long>& from, channel<long>& to, long count)
{
    while (count--) co_await to.push(co_await from.pop());
}

task<> channels(long count)
{
    channel<long> a(1), b(1);
    co_await a.push(0);
    co_await when_all(forward(a, b, count), forward(b, a, count));
}

task<> bounce(int fd, long count, bool first)
{
    descriptor d(fd);
    char c = 0;
    if (first) (void)!write(fd, &c, 1);
    while (count--) {
        co_await d.readable();
        (void)!read(fd, &c, 1);
        (void)!write(fd, &c, 1);
    }
}

task<> ping_pong(long count)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds)) std::abort();
    co_await when_all(bounce(fds[0], count, true),
                      bounce(fds[1], count, false));
}

// A client and an echo server with the calls of a real one.
task<> serve_stream(stream& s)
{
    char buf[4096];
    while (std::size_t size = co_await s.read_some(buf))
        co_await s.write_all(const_buffer(buf, size));
}

task<> ask_stream(stream& s, long count)
{
    char buf[64] = {};
    while (count--) {
        co_await s.write_all(buf);
        co_await s.read_exactly(buf);
    }
    s.shutdown_write();
}

task<> net_echo(long count)
{
    peers p;
    char c;
    stream server(dup(p.server)), client(dup(p.client));
    co_await server.read_exactly(buffer(&c, 1));
    co_await when_all(serve_stream(server), ask_stream(client, count));
}

struct callback_row {
    const char* name;
    void (*run)(long);
};
const callback_row callback_rows[] = {
    {"raw-wake", raw_wake}, {"raw-io", raw_io},         {"raw-echo", raw_echo},
    {"on-io", callback_io}, {"on-echo", callback_echo},
};

struct row {
    const char* name;
    task<> (*run)(long);
};
const row rows[] = {
    {"descriptor", by_descriptor},
    {"readable", by_readable},
    {"ready-task", ready_task},
    {"with-timeout", timeout},
    {"when-any", race},
    {"timeout-fires", fired},
    {"timeout-quiet", fired_quietly},
    {"spawn", spawn},
    {"channel", channels},
    {"ping-pong", ping_pong},
    {"echo", echo},
    {"net-echo", net_echo},
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3) return 2;
    long count = std::atol(argv[2]);
    for (const callback_row& r : callback_rows)
        if (!std::strcmp(argv[1], r.name)) return r.run(count), 0;
    for (const row& r : rows)
        if (!std::strcmp(argv[1], r.name)) return loop().run(r.run(count)), 0;
    return 2;
}
