// The rows of relev.cc that callbacks can do, with libuv.
//
// Usage: uv ROW COUNT

#include <uv.h>

#include <cstring>

#include "peers.hh"

namespace {

struct session {
    uv_poll_t io;
    uv_timer_t idle;
    long* count;
    peers* p;
    int fd;
};

void begin(uv_loop_t* l, session& s, int fd, long& count, uv_poll_cb cb)
{
    s.count = &count;
    s.fd = fd;
    s.io.data = s.idle.data = &s;
    uv_poll_init(l, &s.io, fd);
    uv_poll_start(&s.io, UV_READABLE, cb);
}

session& of(uv_poll_t* io) { return *static_cast<session*>(io->data); }

void raw_io(uv_loop_t* l, long count)
{
    session s;
    begin(l, s, always_readable(), count, [](uv_poll_t* io, int, int) {
        if (--*of(io).count <= 0) uv_stop(io->loop);
    });
    uv_run(l, UV_RUN_DEFAULT);
}

void raw_echo(uv_loop_t* l, long count)
{
    session s;
    peers p;
    s.p = &p;
    uv_timer_init(l, &s.idle);
    uv_timer_start(
        &s.idle, [](uv_timer_t* t) { uv_stop(t->loop); }, 30000, 30000);
    begin(l, s, p.server, count, [](uv_poll_t* io, int, int) {
        session& self = of(io);
        uv_timer_again(&self.idle);
        self.p->echo();
        if (--*self.count <= 0) uv_stop(io->loop);
    });
    uv_run(l, UV_RUN_DEFAULT);
}

void ping_pong(uv_loop_t* l, long count)
{
    session a, b;
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds)) std::abort();
    auto bounce = [](uv_poll_t* io, int, int) {
        session& self = of(io);
        char c = 0;
        (void)!read(self.fd, &c, 1);
        (void)!write(self.fd, &c, 1);
        if (--*self.count <= 0) uv_stop(io->loop);
    };
    count *= 2;
    begin(l, a, fds[0], count, bounce);
    begin(l, b, fds[1], count, bounce);
    (void)!write(fds[0], "x", 1);
    uv_run(l, UV_RUN_DEFAULT);
}

struct row {
    const char* name;
    void (*run)(uv_loop_t*, long);
};
const row rows[] = {
    {"raw-io", raw_io}, {"raw-echo", raw_echo}, {"ping-pong", ping_pong}};

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 3) return 2;
    for (const row& r : rows)
        if (!std::strcmp(argv[1], r.name))
            return r.run(uv_default_loop(), std::atol(argv[2])), 0;
    return 2;
}
