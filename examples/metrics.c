/* Serves the metrics of an event loop over HTTP, for Prometheus.
 *
 * Usage: metrics [PORT]                 (default: a free port)
 *        ./metrics 9464 &  curl http://127.0.0.1:9464/metrics
 * Build: cc -std=c99 -o metrics metrics.c -lev
 *
 * Shows relev_metrics_enable and relev_metrics_text. A timer stands for the
 * work of a real program. Each request gets the metrics, whatever it asks for.
 */
#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <netinet/in.h>
#include <relev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { text_size = 40000, request_size = 4096 };

struct client {
    ev_io io;
    size_t read, sent, length;
    char request[request_size];
    char answer[text_size + 200];
};

static void die(const char* what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static void client_free(struct ev_loop* loop, struct client* c)
{
    ev_io_stop(loop, &c->io);
    close(c->io.fd);
    free(c);
}

static void answer_write(struct ev_loop* loop, ev_io* w, int revents)
{
    struct client* c = w->data;
    ssize_t n = send(w->fd, c->answer + c->sent, c->length - c->sent,
                     MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)revents;
    if (n > 0) c->sent += (size_t)n;
    if (n < 0 || c->sent == c->length) client_free(loop, c);
}

static void answer_begin(struct ev_loop* loop, struct client* c)
{
    static char text[text_size];
    int length = relev_metrics_text(loop, text, text_size, "loop=\"main\"");
    if (length >= text_size) length = text_size - 1;
    c->length = (size_t)sprintf(
        c->answer,
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: application/openmetrics-text; version=1.0.0; "
        "charset=utf-8\r\n"
        "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
        length, text);
    ev_io_stop(loop, &c->io);
    ev_io_init(&c->io, answer_write, c->io.fd, EV_WRITE);
    ev_io_start(loop, &c->io);
}

static void request_read(struct ev_loop* loop, ev_io* w, int revents)
{
    struct client* c = w->data;
    ssize_t n = recv(w->fd, c->request + c->read,
                     sizeof c->request - 1 - c->read, MSG_DONTWAIT);
    (void)revents;
    if (n <= 0) {
        client_free(loop, c);
        return;
    }
    c->read += (size_t)n;
    c->request[c->read] = 0;
    if (strstr(c->request, "\r\n\r\n")) answer_begin(loop, c);
}

static void client_accept(struct ev_loop* loop, ev_io* w, int revents)
{
    int fd = accept(w->fd, NULL, NULL);
    struct client* c = fd < 0 ? NULL : calloc(1, sizeof *c);
    (void)revents;
    if (!c) {
        if (fd >= 0) close(fd);
        return;
    }
    ev_io_init(&c->io, request_read, fd, EV_READ);
    c->io.data = c;
    ev_io_start(loop, &c->io);
}

static int listen_local(int port)
{
    struct sockaddr_in address;
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr*)&address, size)
        || listen(fd, SOMAXCONN)
        || getsockname(fd, (struct sockaddr*)&address, &size))
        die("listen");
    printf("metrics: http://127.0.0.1:%d/metrics\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

static void work(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void stop(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

int main(int argc, char** argv)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_io listener;
    ev_timer timer;
    ev_signal term;

    if (!loop) die("ev_default_loop");
    relev_metrics_enable(loop, 2);
    ev_io_init(&listener, client_accept,
               listen_local(argc > 1 ? atoi(argv[1]) : 0), EV_READ);
    ev_io_start(loop, &listener);
    ev_timer_init(&timer, work, .01, .01);
    ev_timer_start(loop, &timer);
    ev_signal_init(&term, stop, SIGTERM);
    ev_signal_start(loop, &term);
    ev_run(loop, 0);
    return EXIT_SUCCESS;
}
