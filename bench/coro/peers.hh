// What the programs of all libraries share: a descriptor that is always
// readable, and an echo server's client, which is there at once.

#ifndef PEERS_HH
#define PEERS_HH

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

inline int always_readable()
{
    int fd = eventfd(1, EFD_NONBLOCK);
    if (fd < 0) std::abort();
    return fd;
}

struct peers {
    peers()
    {
        int fds[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds))
            std::abort();
        server = fds[0], client = fds[1];
        ask();
    }
    ~peers() { close(server), close(client); }
    peers(const peers&) = delete;

    void ask()
    {
        char c = 'x';
        if (write(client, &c, 1) != 1) std::abort();
    }

    // The server answers, and the client asks again.
    void echo()
    {
        char c = 0;
        if (read(server, &c, 1) != 1 || write(server, &c, 1) != 1
            || read(client, &c, 1) != 1)
            std::abort();
        ask();
    }

    int server, client;
};

#endif
