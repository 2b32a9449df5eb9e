// examples/coro_proxy.cpp by epoll alone, as far as h2load needs it: a
// connection to the server for each client, responses with a Content-Length,
// and no request before the last one is answered.
//
// Usage: proxy_raw SERVER_PORT [PORT]

#include "../../examples/http_response.hpp"
#include "raw.hh"

namespace {

struct pair;

struct side {
    int fd = -1;
    pair* of = nullptr;
};

struct pair {
    side client, server;
    std::string in, back;
    bool asks = false;  // a request is at the server
    bool has_ended = false;
    std::size_t left = 0;  // of its response, after the head
};

int epoll = -1;
sockaddr_in server_address = {};

void watch(side& s, int fd, pair* of)
{
    s.fd = fd, s.of = of;
    epoll_event e = {EPOLLIN, {&s}};
    raw::must(!epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

bool receive(int fd, std::string& into)
{
    char chunk[16384];
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n > 0) into.append(chunk, static_cast<std::size_t>(n));
    return n > 0;
}

// The sockets' buffers have room for what h2load asks for.
bool pass(int fd, std::string& text, std::size_t size)
{
    ssize_t n = send(fd, text.data(), size, MSG_NOSIGNAL);
    text.erase(0, size);
    return n == static_cast<ssize_t>(size);
}

bool ask(pair& p)
{
    http::request r;
    http::parsed how = http::parse(p.in, r);
    if (p.asks || how == http::parsed::incomplete) return true;
    if (how == http::parsed::bad) return false;
    if (p.server.fd < 0) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        auto* any = reinterpret_cast<sockaddr*>(&server_address);
        if (connect(fd, any, sizeof server_address)) return close(fd), false;
        watch(p.server, fd, &p);
    }
    p.asks = true;
    return pass(p.server.fd, p.in, r.size);
}

bool answer(pair& p)
{
    if (!p.left) {
        http::response a;
        if (p.back.find("\r\n\r\n") == p.back.npos) return true;
        if (!http::parse(p.back, false, a)) return false;
        p.left = a.head + a.length;
    }
    std::size_t size = std::min(p.left, p.back.size());
    p.left -= size;
    if (!pass(p.client.fd, p.back, size)) return false;
    if (p.left) return true;
    p.asks = false;
    return ask(p);
}

bool handle(side& s)
{
    pair& p = *s.of;
    if (&s == &p.client) return receive(s.fd, p.in) && ask(p);
    return receive(s.fd, p.back) && answer(p);
}

void finish(pair* p)
{
    close(p->client.fd);
    if (p->server.fd >= 0) close(p->server.fd);
    delete p;
}

void accept_one(int listener)
{
    int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    auto* p = new pair;
    watch(p->client, fd, p);
}

// A pair may have several events.
void wait(side& listener)
{
    epoll_event events[64];
    std::vector<pair*> ended;
    int n = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < n; ++i) {
        side& s = *static_cast<side*>(events[i].data.ptr);
        if (&s == &listener) accept_one(s.fd);
        else if (!s.of->has_ended && !handle(s))
            s.of->has_ended = true, ended.push_back(s.of);
    }
    for (pair* p : ended) finish(p);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2) return 2;
    server_address.sin_family = AF_INET;
    server_address.sin_port = htons(static_cast<in_port_t>(atoi(argv[1])));
    server_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    epoll = epoll_create1(0);
    side listener;
    watch(listener, raw::listen_on(argc > 2 ? std::atoi(argv[2]) : 0), nullptr);
    for (;;) wait(listener);
}
