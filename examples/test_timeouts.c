/* A test of time-outs that takes no time, to be copied: a client asks a server,
 * waits for an answer, and tries again, later and later. The tests run it in
 * virtual time: see relev_virtual(3).
 *
 * Build: cc -Wall -o test_timeouts test_timeouts.c -lev
 * Usage: test_timeouts; exit status 0 if all is well.
 */
#include <relev.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is to be tested. It takes its loop as an argument, and reads the time by
 * ev_now: that is all that virtual time asks for. */

enum { attempts_most = 6 };

static const double answer_within = 5, pause_first = 1, pause_most = 8;

struct client {
    struct ev_loop* loop;
    ev_io answer;
    ev_timer timer; /* until the answer is late, or until the next attempt */
    int waits;      /* for an answer */
    int attempts;
    double pause;
    void (*ended)(struct client*, int answered);
};

static void client_end(struct client* c, int answered)
{
    ev_io_stop(c->loop, &c->answer);
    ev_timer_stop(c->loop, &c->timer);
    c->ended(c, answered);
}

static void client_wait(struct client* c, double seconds)
{
    ev_timer_set(&c->timer, seconds, 0.);
    ev_timer_start(c->loop, &c->timer);
}

static void client_ask(struct client* c)
{
    ++c->attempts;
    c->waits = write(c->answer.fd, "?", 1) == 1;
    client_wait(c, c->waits ? answer_within : 0.);
}

static void client_pause(struct client* c)
{
    c->waits = 0;
    if (c->attempts == attempts_most) {
        client_end(c, 0);
        return;
    }
    client_wait(c, c->pause);
    c->pause = c->pause * 2 < pause_most ? c->pause * 2 : pause_most;
}

static void on_timer(struct ev_loop* loop, ev_timer* w, int revents)
{
    struct client* c = (struct client*)w->data;
    (void)loop, (void)revents;
    if (c->waits) client_pause(c);
    else client_ask(c);
}

static void on_answer(struct ev_loop* loop, ev_io* w, int revents)
{
    char byte;
    (void)loop, (void)revents;
    if (read(w->fd, &byte, 1) == 1) client_end((struct client*)w->data, 1);
}

static void client_begin(struct client* c, struct ev_loop* loop, int fd)
{
    c->loop = loop;
    c->attempts = 0;
    c->pause = pause_first;
    ev_io_init(&c->answer, on_answer, fd, EV_READ);
    ev_timer_init(&c->timer, on_timer, 0., 0.);
    c->answer.data = c->timer.data = c;
    ev_io_start(loop, &c->answer);
    client_ask(c);
}

/* The tests. A socket pair is the network; the server answers the n-th request,
 * after a time. */

#define CHECK(x)                                                  \
    do {                                                          \
        if (!(x)) {                                               \
            fprintf(stderr, "line %d: %s fails\n", __LINE__, #x); \
            exit(1);                                              \
        }                                                         \
    } while (0)

static const double start = 1e9; /* seconds since 1970 */

struct server {
    ev_io request;
    ev_timer thinks;
    int requests, answers_to; /* 0: to none */
    double asked[attempts_most + 1];
};

struct world {
    struct ev_loop* loop;
    int ends[2];
    struct client client;
    struct server server;
};

static int result; /* of the client: -1 while it is at work */
static double result_at;

static void on_ended(struct client* c, int answered)
{
    result = answered;
    result_at = ev_now(c->loop);
}

static void on_request(struct ev_loop* loop, ev_io* w, int revents)
{
    struct server* s = (struct server*)w->data;
    char byte;
    (void)revents;
    CHECK(read(w->fd, &byte, 1) == 1);
    CHECK(s->requests < attempts_most);
    s->asked[++s->requests] = ev_now(loop);
    if (s->requests == s->answers_to) ev_timer_start(loop, &s->thinks);
}

static void on_thought(struct ev_loop* loop, ev_timer* w, int revents)
{
    struct server* s = (struct server*)w->data;
    (void)loop, (void)revents;
    CHECK(write(s->request.fd, "!", 1) == 1);
}

static void world_begin(struct world* t, unsigned flags, int answers_to,
                        double after)
{
    struct server* s = &t->server;
    t->loop = relev_loop_new_virtual(flags, start);
    CHECK(t->loop);
    CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, t->ends));
    s->requests = 0;
    s->answers_to = answers_to;
    ev_io_init(&s->request, on_request, t->ends[1], EV_READ);
    ev_timer_init(&s->thinks, on_thought, after, 0.);
    s->request.data = s->thinks.data = s;
    ev_io_start(t->loop, &s->request);
    ev_unref(t->loop); /* the server does not keep the loop running */
    result = -1;
    t->client.ended = on_ended;
    client_begin(&t->client, t->loop, t->ends[0]);
}

static void world_end(struct world* t)
{
    ev_ref(t->loop);
    ev_io_stop(t->loop, &t->server.request);
    ev_timer_stop(t->loop, &t->server.thinks);
    ev_loop_destroy(t->loop);
    close(t->ends[0]), close(t->ends[1]);
}

/* A time is never early, and late by less than a millisecond. */
static int is_at(double now, double seconds)
{
    return now >= start + seconds && now < start + seconds + 1e-3;
}

static void test_an_answer_ends_it(void)
{
    struct world t;
    world_begin(&t, 0, 1, 4.9);
    ev_run(t.loop, 0);
    CHECK(result == 1 && is_at(result_at, 4.9));
    CHECK(t.client.attempts == 1);
    world_end(&t);
}

static void test_it_asks_later_and_later(void)
{
    static const double times[] = {0, 6, 13, 22, 35, 48};
    struct world t;
    int i;
    world_begin(&t, 0, 0, 0.);
    ev_run(t.loop, 0);
    CHECK(result == 0 && is_at(result_at, 53));
    CHECK(t.server.requests == attempts_most);
    for (i = 0; i < attempts_most; ++i)
        CHECK(is_at(t.server.asked[i + 1], times[i]));
    world_end(&t);
}

static void test_a_late_answer_counts(void)
{
    /* The second request is at 6 s. The answer comes at 11.5 s, in the pause
     * before the third. */
    struct world t;
    world_begin(&t, 0, 2, 5.5);
    ev_run(t.loop, 0);
    CHECK(result == 1 && is_at(result_at, 11.5));
    CHECK(t.client.attempts == 2);
    world_end(&t);
}

static void test_by_hand(void)
{
    /* With RELEV_MANUAL ev_run returns when nothing is ready. */
    struct world t;
    world_begin(&t, RELEV_MANUAL, 0, 0.);
    ev_run(t.loop, 0);
    CHECK(t.server.requests == 1);
    relev_virtual_advance(t.loop, 4.9), ev_run(t.loop, 0);
    CHECK(t.client.waits);
    relev_virtual_advance(t.loop, .1), ev_run(t.loop, 0);
    CHECK(!t.client.waits && t.server.requests == 1);
    relev_virtual_advance(t.loop, 1.), ev_run(t.loop, 0);
    CHECK(t.client.waits && t.server.requests == 2);
    client_end(&t.client, 0);
    world_end(&t);
}

int main(void)
{
    test_an_answer_ends_it();
    test_it_asks_later_and_later();
    test_a_late_answer_counts();
    test_by_hand();
    printf("4 tests, two minutes in virtual time\n");
    return 0;
}
