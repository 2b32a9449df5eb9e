/* A server with one loop per thread.
 *
 * Usage: threads [PORT [THREADS]]       (default: a free port, 4 threads)
 *        ./threads 7777 &  nc 127.0.0.1 7777
 * Build: cc -std=c99 -pthread -o threads threads.c -lev
 *
 * It sends every client the number of its thread, then echoes. A loop and its
 * watchers are used by one thread; other threads may only call ev_async_send.
 * Every thread listens on the same port with a socket of its own
 * (SO_REUSEPORT), and the kernel distributes connections at random. If another
 * thread has fewer clients, the thread that accepts a connection passes it to
 * that one: by a list, a mutex, and an ev_async that wakes the loop.
 */
#define _GNU_SOURCE /* SO_REUSEPORT */
#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    ev_io io;
    struct client *next, **link; /* *link points to this client */
    size_t sent, filled;
    char buffer[16384];
};

struct worker {
    int number;
    pthread_t thread;
    struct ev_loop* loop;
    ev_io io;
    ev_timer pause;
    ev_async look; /* another thread changed the members below `lock` */
    struct client* clients;

    /* Protected by `lock`. */
    struct client* inbox;
    int load; /* clients, those in the inbox included */
    int ending;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct worker* workers;
static int worker_count;

static void die(const char* what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static int is_temporary(int error) { return error == EAGAIN || error == EINTR; }

static void list_add(struct client** list, struct client* c)
{
    c->next = *list;
    c->link = list;
    if (c->next) c->next->link = &c->next;
    *list = c;
}

static void list_remove(struct client* c)
{
    *c->link = c->next;
    if (c->next) c->next->link = c->link;
}

static void client_free(struct worker* worker, struct client* c)
{
    ev_io_stop(worker->loop, &c->io);
    close(c->io.fd);
    list_remove(c);
    free(c);

    pthread_mutex_lock(&lock);
    --worker->load;
    pthread_mutex_unlock(&lock);
}

/* Returns 0 if the connection ended. */
static int client_echo(struct client* c, int revents)
{
    ssize_t n;

    if (revents & EV_READ) {
        n = recv(c->io.fd, c->buffer, sizeof c->buffer, 0);
        if (n <= 0) return n < 0 && is_temporary(errno);
        c->filled = (size_t)n;
    }
    n = send(c->io.fd, c->buffer + c->sent, c->filled - c->sent, 0);
    if (n < 0) return is_temporary(errno);
    c->sent += (size_t)n;
    if (c->sent == c->filled) c->sent = c->filled = 0;
    return 1;
}

static void on_client(struct ev_loop* loop, ev_io* w, int revents)
{
    struct worker* worker = ev_userdata(loop);
    struct client* c = w->data;
    int events;

    if (revents & EV_ERROR || !client_echo(c, revents)) {
        client_free(worker, c);
        return;
    }
    events = c->filled ? EV_WRITE : EV_READ;
    if (w->events != events) {
        ev_io_stop(loop, w);
        ev_io_set(w, w->fd, events);
        ev_io_start(loop, w);
    }
}

/* Runs in the thread of `worker`, which owns the client from here on. */
static void client_welcome(struct worker* worker, struct client* c)
{
    c->filled = (size_t)snprintf(c->buffer, sizeof c->buffer, "worker %d\n",
                                 worker->number);
    list_add(&worker->clients, c);
    ev_io_set(&c->io, c->io.fd, EV_WRITE);
    ev_io_start(worker->loop, &c->io);
}

static struct worker* least_loaded(struct worker* preferred)
{
    struct worker* best = preferred;
    for (int i = 0; i < worker_count; ++i)
        if (workers[i].load < best->load) best = &workers[i];
    return best;
}

static void client_assign(struct worker* here, struct client* c)
{
    struct worker* worker;

    pthread_mutex_lock(&lock);
    worker = least_loaded(here);
    ++worker->load;
    if (worker != here) list_add(&worker->inbox, c);
    pthread_mutex_unlock(&lock);

    if (worker == here) client_welcome(here, c);
    else ev_async_send(worker->loop, &worker->look);
}

static void on_look(struct ev_loop* loop, ev_async* w, int revents)
{
    struct worker* worker = w->data;
    struct client *c, *next;
    int ending;
    (void)revents;

    /* Sends are not counted: there may be one callback for several. */
    pthread_mutex_lock(&lock);
    c = worker->inbox;
    worker->inbox = NULL;
    ending = worker->ending;
    pthread_mutex_unlock(&lock);

    for (; c; c = next) {
        next = c->next;
        client_welcome(worker, c);
    }
    if (ending) ev_break(loop, EVBREAK_ALL);
}

static void on_connection(struct ev_loop* loop, ev_io* w, int revents)
{
    struct worker* worker = w->data;
    int fd = accept(w->fd, NULL, NULL);
    struct client* c;

    (void)revents;
    if (fd < 0) {
        if (is_temporary(errno) || errno == ECONNABORTED) return;
        perror("threads: accept"); /* out of descriptors: pause */
        ev_io_stop(loop, w);
        ev_timer_again(loop, &worker->pause);
        return;
    }
    c = fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? NULL : calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    ev_io_init(&c->io, on_client, fd, EV_WRITE);
    c->io.data = c;
    client_assign(worker, c);
}

static void on_pause_over(struct ev_loop* loop, ev_timer* w, int revents)
{
    struct worker* worker = w->data;
    (void)revents;
    ev_timer_stop(loop, w);
    ev_io_start(loop, &worker->io);
}

/* A listening socket for this thread, on the shared port. */
static int listen_on(struct sockaddr_in* address)
{
    socklen_t size = sizeof *address;
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) die("threads: socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr*)address, size) < 0
        || listen(fd, SOMAXCONN) < 0)
        die("threads: port");
    getsockname(fd, (struct sockaddr*)address, &size);
    return fd;
}

static void worker_init(struct worker* worker, struct sockaddr_in* address)
{
    worker->loop = ev_loop_new(0);
    if (!worker->loop) die("threads: no event loop");
    ev_set_userdata(worker->loop, worker);

    ev_io_init(&worker->io, on_connection, listen_on(address), EV_READ);
    ev_timer_init(&worker->pause, on_pause_over, 0., 0.1);
    ev_async_init(&worker->look, on_look);
    worker->io.data = worker->pause.data = worker->look.data = worker;
    ev_io_start(worker->loop, &worker->io);
    ev_async_start(worker->loop, &worker->look);
}

static void* worker_main(void* loop)
{
    ev_run(loop, 0);
    return NULL;
}

static void worker_start(struct worker* worker)
{
    errno = pthread_create(&worker->thread, NULL, worker_main, worker->loop);
    if (errno) die("threads: pthread_create");
}

static void worker_end(struct worker* worker)
{
    pthread_mutex_lock(&lock);
    worker->ending = 1;
    pthread_mutex_unlock(&lock);
    ev_async_send(worker->loop, &worker->look);
    pthread_join(worker->thread, NULL);
}

/* Call it when all threads have ended: until then they pass clients on. */
static void worker_free(struct worker* worker)
{
    while (worker->inbox) client_free(worker, worker->inbox);
    while (worker->clients) client_free(worker, worker->clients);
    close(worker->io.fd);
    ev_loop_destroy(worker->loop);
}

int main(int argc, char** argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    sigset_t ends;
    int i, number;

    worker_count = argc > 2 ? atoi(argv[2]) : 4;
    if (worker_count < 1) worker_count = 1;
    workers = calloc((size_t)worker_count, sizeof *workers);
    if (!workers) die("threads");

    /* Blocked here, so also in the threads. sigwait below receives them. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);

    address.sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 0));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (i = 0; i < worker_count; ++i) {
        workers[i].number = i;
        worker_init(&workers[i], &address);
    }
    for (i = 0; i < worker_count; ++i) worker_start(&workers[i]);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);

    sigwait(&ends, &number);

    for (i = 0; i < worker_count; ++i) worker_end(&workers[i]);
    for (i = 0; i < worker_count; ++i) worker_free(&workers[i]);
    free(workers);
    return EXIT_SUCCESS;
}
