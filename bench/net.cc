// Connections: served, and relayed.

#include "bench.hh"
#include "lib.hh"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace bench { namespace {

using lib::Loop;

// What clients of the server do. That is not measured.
struct Clients {
    explicit Clients(long n) : fds(size_t(n)) {}

    int listen();
    void ask();
    void hear();

    sockaddr_in address = {};
    std::vector<int> fds;

private:
    sockaddr* name() { return reinterpret_cast<sockaddr*>(&address); }
};

int Clients::listen()
{
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    must(fd >= 0 && !bind(fd, name(), size) && !::listen(fd, 1000)
             && !getsockname(fd, name(), &size),
         "listen");
    return fd;
}

void Clients::ask()
{
    for (int& fd : fds) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        must(!connect(fd, name(), sizeof address)
                 && send(fd, "request", 7, 0) == 7,
             "connect");
    }
}

void Clients::hear()
{
    const linger reset = {1, 0};  // or the ports would run out
    for (int fd : fds) {
        char answer[512];
        must(read(fd, answer, sizeof answer) == 7, "answer");
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        close(fd);
    }
}

// Clients come N at a time, and the server serves them all. An operation is a
// connection, from accept to close.
void connections(Run& run)
{
    Loop loop = lib::loop_new();
    lib::Server server;
    Clients clients(run.get("n", 10));
    server.open(loop, clients.listen());

    run.measure([&](long times) {
        for (long done = 0; done < times; done += long(clients.fds.size())) {
            run.pause();
            server.served = 0;
            clients.ask();
            run.resume();
            while (server.served < long(clients.fds.size())) lib::once(loop);
            run.pause();
            clients.hear();
            run.resume();
        }
    });
    server.close(loop);
    lib::loop_free(loop);
}

// Relays of two sockets: what comes in here goes out there. Each is as small a
// proxy as there is: wait for a message; wait until the other side can be
// written to; pass it on. An operation is a message through one of N relays,
// all of them busy.
struct Relay {
    struct Side : lib::Channel {
        Relay* relay;
        Pair fds;
    } in, out;
};

long relayed;

void side_received(Loop loop, lib::Channel& channel, const char* message,
                   size_t length)
{
    auto& side = static_cast<Relay::Side&>(channel);
    side.relay->out.send(loop, message, length);
}

void side_sent(Loop loop, lib::Channel& channel)
{
    auto& side = static_cast<Relay::Side&>(channel);
    ++relayed;
    side.relay->in.receive(loop);
}

void relays(Run& run)
{
    Loop loop = lib::loop_new();
    std::vector<Relay> relays(size_t(run.get("n", 10)));
    for (Relay& relay : relays) {
        for (Relay::Side* side : {&relay.in, &relay.out}) {
            side->relay = &relay;
            side->fds.open();
            side->set<side_received, side_sent>(loop, side->fds.here);
        }
        relay.in.receive(loop);
    }
    char message[100] = {};
    run.measure([&](long messages) {
        for (long done = 0; done < messages; done += long(relays.size())) {
            run.pause();
            for (Relay& relay : relays)
                must(write(relay.in.fds.there, message, sizeof message) > 0,
                     "write");
            relayed = 0;
            run.resume();
            while (relayed < long(relays.size())) lib::once(loop);
            run.pause();
            for (Relay& relay : relays)
                must(read(relay.out.fds.there, message, sizeof message) > 0,
                     "read");
            run.resume();
        }
    });
    for (Relay& relay : relays) relay.in.drop(loop), relay.out.drop(loop);
    lib::loop_free(loop);
    for (Relay& relay : relays) relay.in.fds.close(), relay.out.fds.close();
}

const Workload workloads[] = {{"connection", connections}, {"relay", relays}};

}}  // bench
