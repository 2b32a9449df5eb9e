/* Serves the metrics of eight event loops over HTTP, for Prometheus.
 *
 * Usage: metrics [PORT]                 (default: a free port)
 *        ./metrics 9464 &  curl http://127.0.0.1:9464/metrics
 * Build: cc -std=c99 -rdynamic -pthread -o metrics metrics.c -lev
 *
 * Shows relev_metrics_enable and relev_metrics_part. Each loop has a thread, in
 * which a timer stands for the work of a real program; one more loop serves the
 * metrics of all, and its own. Each request gets them, whatever it asks for.
 */
#define _POSIX_C_SOURCE 200809L
#define _DARWIN_C_SOURCE /* INADDR_LOOPBACK, on macOS */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <relev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { workers = 8, request_size = 4096 };

struct worker {
    struct ev_loop* loop;
    ev_timer timer;
    ev_async stop;
    pthread_t thread;
};

static struct worker all[workers];
static struct ev_loop* loops[workers + 1];
static char names[workers + 1][20];
static const char* labels[workers + 1];

struct client {
    ev_io io;
    size_t read, sent, length;
    char request[request_size];
    char* answer;
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
    free(c->answer);
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

/* The text may grow between the two calls. A program with metrics of its own
 * would add them before the last line. */
static void answer_begin(struct ev_loop* loop, struct client* c)
{
    static const char head[] =
        "HTTP/1.1 200 OK\r\n"
        "Content-Type: application/openmetrics-text; version=1.0.0; "
        "charset=utf-8\r\nConnection: close\r\n\r\n";
    size_t room, at = sizeof head - 1;
    int length = 0, size;
    do {
        size = length + 1000;
        room = at + (size_t)size + sizeof "# EOF\n";
        free(c->answer);
        c->answer = malloc(room);
        if (!c->answer) die("malloc");
        length = relev_metrics_part(loops, labels, workers + 1, c->answer + at,
                                    size);
        if (length < 0) die("relev_metrics_part");
    } while (length >= size);
    memcpy(c->answer, head, at);
    strcpy(c->answer + at + length, "# EOF\n");
    c->length = strlen(c->answer);
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

static void worker_stop(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void* worker_run(void* w)
{
    ev_run(((struct worker*)w)->loop, 0);
    return NULL;
}

/* Enables the metrics before other threads know the loop. */
static void loop_add(int i, struct ev_loop* loop)
{
    if (!loop) die("ev_loop_new");
    sprintf(names[i], "loop=\"%d\"", i);
    loops[i] = loop;
    labels[i] = names[i];
    relev_metrics_enable(loop, 2);
}

static void worker_begin(int i)
{
    struct worker* w = &all[i];
    w->loop = ev_loop_new(EVFLAG_AUTO);
    loop_add(i, w->loop);
    ev_timer_init(&w->timer, work, .01, .01);
    ev_timer_start(w->loop, &w->timer);
    ev_async_init(&w->stop, worker_stop);
    ev_async_start(w->loop, &w->stop);
    if (pthread_create(&w->thread, NULL, worker_run, w)) die("pthread_create");
}

static void worker_end(struct worker* w)
{
    ev_async_send(w->loop, &w->stop);
    pthread_join(w->thread, NULL);
    ev_loop_destroy(w->loop);
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
    ev_signal term;
    int i;

    loop_add(workers, loop);
    for (i = 0; i < workers; ++i) worker_begin(i);
    ev_io_init(&listener, client_accept,
               listen_local(argc > 1 ? atoi(argv[1]) : 0), EV_READ);
    ev_io_start(loop, &listener);
    ev_signal_init(&term, stop, SIGTERM);
    ev_signal_start(loop, &term);
    ev_run(loop, 0);
    for (i = 0; i < workers; ++i) worker_end(&all[i]);
    return EXIT_SUCCESS;
}
