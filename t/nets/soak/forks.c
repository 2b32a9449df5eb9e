/* Storms of forks: every child goes on with the loop it inherited and talks to
 * its parent, who serves it and others meanwhile. */
#define _GNU_SOURCE
#include <sys/time.h>
#include <sys/wait.h>

#include "../../harness/forked.h"
#include "soak.h"

enum { at_once = 8, messages = 5, clients = 8 };

/* A child, or the memory of one. */
typedef struct Child {
    ev_io w; /* of the parent's end */
    ev_child child;
    int far; /* the child's end */
    int sent, received, ended;
} Child;

static Child children[at_once];
static int running, begun, failed;

/* Those that the parent serves all the time, itself being the client. */
static struct {
    ev_io w;
    int far, sent, received;
} served[clients];

static ev_async async;
static int asyncs;

static void async_called(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++asyncs;
}

static void served_ready(struct ev_loop* loop, ev_io* w, int revents)
{
    char bytes[64];
    ssize_t got = read(w->fd, bytes, sizeof bytes);
    (void)loop, (void)revents;
    for (int i = 0; i < clients; ++i)
        if (w == &served[i].w && got > 0) served[i].received += (int)got;
}

/* In the child, on what it inherited. */

static int own_received, own_late;
static struct ev_loop* own_loop;

/* While the loop waits. */
static void own_send(int number)
{
    (void)number;
    ev_async_send(own_loop, &async);
}

static void own_ready(struct ev_loop* loop, ev_io* w, int revents)
{
    char byte;
    (void)loop, (void)revents;
    if (read(w->fd, &byte, 1) != 1) return;
    ++own_received;
    if (write(w->fd, "y", 1) != 1) _exit(3);
}

static void own_timeout(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    own_late = 1;
}

static void child_main(struct ev_loop* loop, int far)
{
    ev_io w;
    ev_timer late;
    const struct itimerval soon = {{0, 1000}, {0, 1000}};
    ev_loop_fork(loop);
    for (int i = 0; i < clients; ++i) ev_io_stop(loop, &served[i].w);
    for (int i = 0; i < at_once; ++i) ev_io_stop(loop, &children[i].w);
    ev_io_init(&w, own_ready, far, EV_READ);
    ev_io_start(loop, &w);
    ev_timer_init(&late, own_timeout, 60., 0.);
    ev_timer_start(loop, &late);
    int before = asyncs;
    own_loop = loop;
    signal(SIGALRM, own_send);
    while (!own_late && (own_received < messages || asyncs == before)) {
        ev_run(loop, EVRUN_ONCE);
        if (own_received == messages) setitimer(ITIMER_REAL, &soon, NULL);
    }
    _exit(own_received == messages && asyncs > before ? 0 : 4);
}

/* In the parent. */

static void child_send(Child* c)
{
    byte_put(c->w.fd);
    ++c->sent;
}

static void child_ready(struct ev_loop* loop, ev_io* w, int revents)
{
    Child* c = (Child*)w;
    char bytes[16];
    (void)revents;
    ssize_t got = read(w->fd, bytes, sizeof bytes);
    if (got <= 0) return ev_io_stop(loop, w);
    c->received += (int)got;
    if (c->sent < messages) child_send(c);
}

static void child_ended_called(struct ev_loop* loop, ev_child* w, int revents)
{
    Child* c = w->data;
    (void)revents;
    failed += w->rstatus != 0;
    c->ended = 1;
    ev_child_stop(loop, w);
}

static void child_begin(struct ev_loop* loop, Child* c)
{
    int s[2];
    pair_open(s);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        close(s[0]);
        child_main(loop, s[1]);
    }
    close(s[1]);
    memset(c, 0, sizeof *c);
    ev_io_init(&c->w, child_ready, s[0], EV_READ);
    ev_io_start(loop, &c->w);
    ev_child_init(&c->child, child_ended_called, pid, 0);
    c->child.data = c;
    ev_child_start(loop, &c->child);
    child_send(c);
    ++running, ++begun;
}

/* Its answers may still be on the way when it has ended. */
static void child_finish(struct ev_loop* loop, Child* c)
{
    if (!c->ended || ev_is_active(&c->w)) return;
    failed += c->sent != messages || c->received != messages;
    close(c->w.fd);
    c->ended = 0;
    c->w.fd = -1;
    --running;
    (void)loop;
}

static void serve(struct ev_loop* loop)
{
    for (int i = 0; i < clients; ++i)
        if (served[i].sent - served[i].received < 10) {
            byte_put(served[i].far);
            ++served[i].sent;
        }
    ev_run(loop, EVRUN_ONCE);
}

static void served_open(struct ev_loop* loop)
{
    for (int i = 0; i < clients; ++i) {
        int s[2];
        pair_open(s);
        served[i].far = s[1];
        served[i].sent = served[i].received = 0;
        ev_io_init(&served[i].w, served_ready, s[0], EV_READ);
        ev_io_start(loop, &served[i].w);
    }
}

static void served_close(struct ev_loop* loop)
{
    for (int i = 0; i < 10; ++i) turn(loop);
    for (int i = 0; i < clients; ++i) {
        assert_int_equal(served[i].sent, served[i].received);
        ev_io_stop(loop, &served[i].w);
        close(served[i].w.fd), close(served[i].far);
    }
}

/* Not a byte is lost between the parent and its clients, nor between it and
 * its children, all of which end well. */
static void test_scale_fork_storm_disturbs_nobody(void** state)
{
    int forks = dose(100, 1000);
    (void)state;
    Ledger ledger = ledger_open();
    struct ev_loop* loop = loop_default(0);
    running = begun = failed = asyncs = 0;
    for (int i = 0; i < at_once; ++i) {
        memset(&children[i], 0, sizeof children[i]);
        children[i].w.fd = -1;
    }
    ev_async_init(&async, async_called);
    ev_async_start(loop, &async);
    served_open(loop);
    double give_up = ev_time() + 60;
    while ((begun < forks || running) && ev_time() < give_up) {
        for (int i = 0; i < at_once; ++i) {
            child_finish(loop, &children[i]);
            if (children[i].w.fd < 0 && begun < forks)
                child_begin(loop, &children[i]);
        }
        serve(loop);
    }
    assert_int_equal(running, 0);
    assert_int_equal(begun, forks);
    assert_int_equal(failed, 0);
    assert_int_equal(asyncs, 0); /* what the children sent is theirs */
    served_close(loop);
    ev_async_stop(loop, &async);
    ev_verify(loop);
    ev_loop_destroy(loop);
    ledger_close(ledger);
}

static const Test tests[] = {
    EACH(test_scale_fork_storm_disturbs_nobody),
};

HARNESS_MAIN("forks", tests)
