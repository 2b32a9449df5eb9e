// Loads an echo server: each connection sends 64 bytes, and again when they
// have come back. Prints the requests per second.
//
// Usage: echo_load PORT CONNECTIONS REQUESTS

#include "raw.hh"

static int connected(int port)
{
    sockaddr_in a = {};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<in_port_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    raw::must(!connect(fd, reinterpret_cast<sockaddr*>(&a), sizeof a),
              "connect");
    return fd;
}

static double seconds()
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

int main(int argc, char** argv)
{
    if (argc < 4) return 2;
    int epoll = epoll_create1(0);
    long left = std::atol(argv[3]), open = std::atol(argv[2]), all = left;
    char text[64] = "text";
    for (long i = 0; i < open; ++i) {
        epoll_event e = {EPOLLIN, {}};
        e.data.fd = connected(std::atoi(argv[1]));
        epoll_ctl(epoll, EPOLL_CTL_ADD, e.data.fd, &e);
        raw::must(write(e.data.fd, text, sizeof text) == sizeof text, "write");
    }
    double begin = seconds();
    while (left > 0) {
        epoll_event events[64];
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n && left > 0; ++i, --left) {
            int fd = events[i].data.fd;
            raw::must(read(fd, text, sizeof text) == sizeof text, "read");
            raw::must(write(fd, text, sizeof text) == sizeof text, "write");
        }
    }
    std::printf("%.1f req/s\n", double(all) / (seconds() - begin));
}
