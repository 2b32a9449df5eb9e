/* Sixty-four loops in as many threads, that wake each other by ev_async and
 * pass bytes around. */
#define _GNU_SOURCE
#include <pthread.h>

#include "soak.h"

enum { loops = 64, laps = 20 };

typedef struct Member {
    pthread_t thread;
    struct ev_loop* loop;
    ev_async async; /* from the partner */
    ev_io in;       /* from the one before in the ring */
    ev_timer late;
    struct Member* partner;
    int out; /* where the one after it reads */
    int sends, calls, bytes_out, bytes_in;
} Member;

static Member all[loops];
static int rounds;

static void member_send(Member* m)
{
    ++m->sends;
    ev_async_send(m->partner->loop, &m->partner->async);
}

static void member_pass(Member* m)
{
    if (write(m->out, "x", 1) == 1) ++m->bytes_out;
}

static void member_done(Member* m)
{
    if (m->calls == rounds && m->bytes_in == laps)
        ev_break(m->loop, EVBREAK_ALL);
}

static void async_called(struct ev_loop* loop, ev_async* w, int revents)
{
    Member* m = ev_userdata(loop);
    (void)w, (void)revents;
    ++m->calls;
    if (m->sends < rounds) member_send(m);
    member_done(m);
}

static void in_called(struct ev_loop* loop, ev_io* w, int revents)
{
    Member* m = ev_userdata(loop);
    char byte;
    (void)revents;
    if (read(w->fd, &byte, 1) != 1) return;
    ++m->bytes_in;
    if (m->bytes_out < laps) member_pass(m);
    member_done(m);
}

static void late_called(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void* member_main(void* member)
{
    Member* m = member;
    int number = (int)(m - all);
    ev_now_update(m->loop);
    ev_timer_start(m->loop, &m->late);
    if (!(number & 1)) member_send(m); /* of two partners, one begins */
    if (!number) member_pass(m);       /* and one of the ring */
    ev_run(m->loop, 0);
    return NULL;
}

static void members_make(void)
{
    for (int i = 0; i < loops; ++i) {
        Member* m = &all[i];
        memset(m, 0, sizeof *m);
        m->partner = &all[i ^ 1];
        m->loop = loop_new(0);
        ev_set_userdata(m->loop, m);
        ev_async_init(&m->async, async_called);
        ev_async_start(m->loop, &m->async);
        ev_timer_init(&m->late, late_called, 20., 0.);
    }
    for (int i = 0; i < loops; ++i) {
        int p[2];
        Member* next = &all[(i + 1) % loops];
        pipe_open(p);
        all[i].out = p[1];
        ev_io_init(&next->in, in_called, p[0], EV_READ);
        ev_io_start(next->loop, &next->in);
    }
}

static void members_free(void)
{
    for (int i = 0; i < loops; ++i) {
        Member* m = &all[i];
        close(m->in.fd), close(m->out);
        ev_loop_destroy(m->loop);
    }
}

/* R2.67: each send and each byte is answered before the next, so that none
 * can be lost without ending it all. */
static void test_scale_loops_in_threads_lose_nothing(void** state)
{
    (void)state;
    rounds = dose(300, 5000);
    Ledger ledger = ledger_open();
    members_make();
    for (int i = 0; i < loops; ++i)
        assert_false(
            pthread_create(&all[i].thread, NULL, member_main, &all[i]));
    for (int i = 0; i < loops; ++i) pthread_join(all[i].thread, NULL);
    for (int i = 0; i < loops; ++i) {
        const Member* m = &all[i];
        assert_int_equal(m->calls, rounds);
        assert_int_equal(m->sends, rounds);
        assert_int_equal(m->bytes_in, laps);
        assert_int_equal(m->bytes_out, laps);
        assert_false(ev_async_pending(&m->async));
    }
    members_free();
    ledger_close(ledger);
}

static const Test tests[] = {
    EACH(test_scale_loops_in_threads_lose_nothing),
};

HARNESS_MAIN("threads", tests)
