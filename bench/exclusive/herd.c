/* How many processes wake up for one connection: a pre-fork server whose
 * workers wait for the same listener.
 *
 * Usage: herd MODE [CONNECTIONS [WORKERS]]
 *     MODE  usual      all workers watch one listener
 *           exclusive  the same, with RELEV_EXCLUSIVE
 *           reuseport  each has a listener of its own, with SO_REUSEPORT
 *
 * Before each connection all workers wait, so the numbers do not depend on
 * speed. Wake-ups are voluntary context switches: the kernel also wakes a
 * worker whose epoll_wait then finds nothing, and does not return. Prints
 *     MODE connections N wake-ups N needless N empty N most N least N
 * needless: wake-ups beyond one for each connection; empty: callbacks that
 * found no connection; most and least: connections of one worker. Exit status
 * 77: the kernel lacks RELEV_EXCLUSIVE.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <relev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { workers_most = 64 };

typedef struct Worker {
    pid_t pid;
    int listener, ready;
    unsigned long accepted, empty; /* connections, callbacks without one */
} Worker;

static Worker* workers; /* shared */
static int count = 8, connections = 50000;
static struct sockaddr_in address;
static int events = EV_READ, reuses;

__attribute__((noreturn)) static void fail(const char* what)
{
    perror(what);
    exit(2);
}

/* A closed connection leaves nothing, so that no port is used up. */
static void hang_up(int fd)
{
    struct linger none = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(fd);
}

static void on_connection(struct ev_loop* loop, ev_io* w, int revents)
{
    Worker* self = w->data;
    unsigned long before = self->accepted;
    int fd;
    (void)loop, (void)revents;
    while ((fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        ++self->accepted;
        hang_up(fd);
    }
    self->empty += self->accepted == before;
}

static void on_ready(struct ev_loop* loop, ev_prepare* w, int revents)
{
    Worker* self = w->data;
    (void)revents;
    ev_prepare_stop(loop, w);
    __atomic_store_n(&self->ready, 1, __ATOMIC_SEQ_CST);
}

__attribute__((noreturn)) static void work(Worker* self)
{
    struct ev_loop* loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    ev_io io;
    ev_prepare prepare;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!loop) _exit(2);
    ev_io_init(&io, on_connection, self->listener, events);
    io.data = self;
    ev_io_start(loop, &io);
    ev_prepare_init(&prepare, on_ready);
    prepare.data = self;
    ev_prepare_start(loop, &prepare);
    ev_run(loop, 0);
    _exit(2);
}

static int listener_new(void)
{
    socklen_t size = sizeof address;
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    if (reuses) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr*)&address, sizeof address)) fail("bind");
    if (listen(fd, 100)) fail("listen");
    if (getsockname(fd, (struct sockaddr*)&address, &size)) fail("address");
    return fd;
}

static void workers_begin(void)
{
    size_t size = (size_t)count * sizeof *workers;
    workers = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (workers == MAP_FAILED) fail("mmap");
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < count; ++i)
        workers[i].listener =
            i && !reuses ? workers[0].listener : listener_new();
    for (int i = 0; i < count; ++i) {
        pid_t pid = fork();
        if (pid < 0) fail("fork");
        if (!pid) work(&workers[i]);
        workers[i].pid = pid;
    }
}

static void workers_end(void)
{
    for (int i = 0; i < count; ++i) kill(workers[i].pid, SIGKILL);
    for (int i = 0; i < count; ++i) waitpid(workers[i].pid, NULL, 0);
}

/* The first text of a file of the worker in /proc. */
static void about(const Worker* worker, const char* file, char* text,
                  size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)worker->pid, file);
    FILE* stream = fopen(path, "re");
    if (!stream) fail(path);
    size_t length = fread(text, 1, size - 1, stream);
    text[length] = 0;
    fclose(stream);
}

static int sleeps(const Worker* worker)
{
    char text[400];
    if (!__atomic_load_n(&worker->ready, __ATOMIC_SEQ_CST)) return 0;
    about(worker, "stat", text, sizeof text);
    const char* state = strrchr(text, ')');
    return state && state[2] == 'S';
}

static void all_wait(void)
{
    for (int i = 0; i < count; ++i)
        while (!sleeps(&workers[i])) usleep(20);
}

static unsigned long switches(void)
{
    unsigned long sum = 0;
    char text[4096];
    for (int i = 0; i < count; ++i) {
        about(&workers[i], "status", text, sizeof text);
        const char* line = strstr(text, "\nvoluntary_ctxt_switches:");
        if (!line) fail("status");
        sum += strtoul(strchr(line, ':') + 1, NULL, 10);
    }
    return sum;
}

/* Ends when a worker has accepted and closed it. */
static void connect_once(void)
{
    char byte;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) fail("socket");
    /* It may be closed before connect has returned. */
    if (connect(fd, (struct sockaddr*)&address, sizeof address)
        && errno != ECONNRESET)
        fail("connect");
    while (read(fd, &byte, 1) < 0 && errno == EINTR) {}
    close(fd);
}

static void report(const char* mode, unsigned long wakeups)
{
    unsigned long accepted = 0, empty = 0, most = 0;
    unsigned long least = (unsigned long)connections;
    for (int i = 0; i < count; ++i) {
        const Worker* w = &workers[i];
        accepted += w->accepted, empty += w->empty;
        if (w->accepted > most) most = w->accepted;
        if (w->accepted < least) least = w->accepted;
    }
    printf(
        "%s connections %lu wake-ups %lu needless %lu empty %lu most %lu "
        "least %lu\n",
        mode, accepted, wakeups, wakeups - accepted, empty, most, least);
}

static void mode_set(const char* mode)
{
    reuses = !strcmp(mode, "reuseport");
    if (!strcmp(mode, "exclusive")) events |= RELEV_EXCLUSIVE;
    else if (!reuses && strcmp(mode, "usual")) exit(2);
    int lacks = !(relev_features() & RELEV_FEATURE_EXCLUSIVE);
    if (events & RELEV_EXCLUSIVE && lacks) exit(77);
}

int main(int argc, char** argv)
{
    if (argc < 2) return 2;
    if (argc > 2) connections = atoi(argv[2]);
    if (argc > 3) count = atoi(argv[3]);
    if (count < 1 || count > workers_most || connections < 1) return 2;
    mode_set(argv[1]);
    workers_begin();
    all_wait();
    unsigned long before = switches();
    for (int i = 0; i < connections; ++i) {
        connect_once();
        all_wait();
    }
    report(argv[1], switches() - before);
    workers_end();
    return 0;
}
