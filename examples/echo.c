/* An echo server that drops clients that are silent for too long.
 *
 * Usage: echo [PORT [IDLE_SECONDS]]     (default: a free port, 60 seconds)
 *        ./echo 7777 10 &  nc 127.0.0.1 7777
 * Build: cc -std=c99 -o echo echo.c -lev
 *
 * Shows ev_io on non-blocking sockets, one ev_timer per client as its idle
 * timeout, ev_signal for a clean exit, and what to do when the process runs out
 * of descriptors.
 */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE /* INADDR_LOOPBACK, on macOS */

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads only while the buffer is empty, and writes only while it is not. So the
 * server stops reading from a client that does not read its echo.
 */
struct client {
    ev_io io;
    ev_timer idle;
    struct client *next, **link; /* *link points to this client */
    size_t sent, filled;
    char buffer[16384];
};

struct server {
    ev_io io;
    ev_timer pause;
    ev_tstamp idle_limit;
    struct client* clients;
};

static void die(const char* what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int set_nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int is_temporary(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void client_free(struct ev_loop* loop, struct client* c)
{
    ev_io_stop(loop, &c->io);
    ev_timer_stop(loop, &c->idle);
    close(c->io.fd);

    *c->link = c->next;
    if (c->next) c->next->link = c->link;
    free(c);
}

static void client_wait_for(struct ev_loop* loop, struct client* c, int events)
{
    if (c->io.events == events) return;
    ev_io_stop(loop, &c->io);
    ev_io_set(&c->io, c->io.fd, events);
    ev_io_start(loop, &c->io);
}

/* Returns 0 if the connection ended. */
static int client_read(struct client* c)
{
    ssize_t n = recv(c->io.fd, c->buffer, sizeof c->buffer, 0);
    if (n < 0) return is_temporary(errno);
    c->sent = 0;
    c->filled = (size_t)n;
    return n > 0;
}

static int client_write(struct client* c)
{
    ssize_t n = send(c->io.fd, c->buffer + c->sent, c->filled - c->sent, 0);
    if (n < 0) return is_temporary(errno);
    c->sent += (size_t)n;
    if (c->sent == c->filled) c->sent = c->filled = 0;
    return 1;
}

static void on_client(struct ev_loop* loop, ev_io* w, int revents)
{
    struct client* c = w->data;

    ev_timer_again(loop, &c->idle);
    if (revents & EV_ERROR || (revents & EV_READ && !client_read(c))
        || (c->filled && !client_write(c)))
        client_free(loop, c);
    else client_wait_for(loop, c, c->filled ? EV_WRITE : EV_READ);
}

static void on_idle(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    client_free(loop, w->data);
}

static void client_new(struct ev_loop* loop, struct server* s, int fd)
{
    struct client* c = malloc(sizeof *c);
    if (!c || set_nonblocking(fd) < 0) {
        perror("echo: client rejected");
        free(c);
        close(fd);
        return;
    }
    c->sent = c->filled = 0;
    c->next = s->clients;
    c->link = &s->clients;
    if (c->next) c->next->link = &c->next;
    s->clients = c;

    ev_io_init(&c->io, on_client, fd, EV_READ);
    ev_timer_init(&c->idle, on_idle, 0., s->idle_limit);
    c->io.data = c->idle.data = c;
    ev_io_start(loop, &c->io);
    ev_timer_again(loop, &c->idle);
}

/* Accepts one client. It is called again while more clients wait. */
static void on_connection(struct ev_loop* loop, ev_io* w, int revents)
{
    struct server* s = w->data;
    int fd = accept(w->fd, NULL, NULL);
    (void)revents;

    if (fd >= 0) {
        client_new(loop, s, fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS
               || errno == ENOMEM) {
        /* Out of descriptors: the client stays in the queue, and the socket
         * readable. Without a pause the loop would be busy until a client
         * leaves. */
        perror("echo: accept");
        ev_io_stop(loop, &s->io);
        ev_timer_again(loop, &s->pause);
    }
}

static void on_pause_over(struct ev_loop* loop, ev_timer* w, int revents)
{
    struct server* s = w->data;
    (void)revents;
    ev_timer_stop(loop, w);
    ev_io_start(loop, &s->io);
}

static void on_signal(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

/* A listening socket on the loopback address; prints its port. */
static int listen_on(const char* port)
{
    struct sockaddr_in address = {0};
    socklen_t size = sizeof address;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)strtoul(port, NULL, 10));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || set_nonblocking(fd) < 0) die("echo: socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr*)&address, size) < 0) die("echo: bind");
    if (listen(fd, SOMAXCONN) < 0) die("echo: listen");
    getsockname(fd, (struct sockaddr*)&address, &size);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void usage(void)
{
    fprintf(stderr, "usage: echo [PORT [IDLE_SECONDS]]\n");
    exit(EXIT_FAILURE);
}

int main(int argc, char** argv)
{
    struct ev_loop* loop = ev_default_loop(0);
    struct server server = {.idle_limit = argc > 2 ? atof(argv[2]) : 60.};
    ev_signal interrupt, terminate;

    if (!loop) die("echo: no event loop");
    if (server.idle_limit <= 0.) usage();
    signal(SIGPIPE, SIG_IGN); /* then send returns EPIPE */

    ev_io_init(&server.io, on_connection, listen_on(argc > 1 ? argv[1] : "0"),
               EV_READ);
    ev_timer_init(&server.pause, on_pause_over, 0., 0.1);
    server.io.data = server.pause.data = &server;
    ev_io_start(loop, &server.io);

    ev_signal_init(&interrupt, on_signal, SIGINT);
    ev_signal_init(&terminate, on_signal, SIGTERM);
    ev_signal_start(loop, &interrupt);
    ev_signal_start(loop, &terminate);

    ev_run(loop, 0);

    while (server.clients) client_free(loop, server.clients);
    close(server.io.fd);
    ev_loop_destroy(loop);
    return EXIT_SUCCESS;
}
