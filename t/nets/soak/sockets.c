/* Fifteen thousand connected sockets in one loop, all of them talking. */
#define _GNU_SOURCE
#include "soak.h"

enum { pairs = 7500, hops = 4, spare = 100 };

/* One end of a connection. */
typedef struct End {
    ev_io w;
    struct End* peer;
    int sent, received;
} End;

static End ends[pairs][2];
static int on_the_way; /* bytes that nobody has read yet */

static void end_send(End* end)
{
    byte_put(end->w.fd);
    ++end->sent;
    ++on_the_way;
}

static void end_ready(struct ev_loop* loop, ev_io* w, int revents)
{
    End* end = (End*)w;
    char bytes[16];
    assert_int_equal(revents, EV_READ);
    ssize_t got = read(w->fd, bytes, sizeof bytes);
    assert_int_equal(got, 1);
    ++end->received;
    if (end->received + end->peer->received < hops) end_send(end);
    if (!--on_the_way) ev_break(loop, EVBREAK_ALL);
}

static void late(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void ends_open(struct ev_loop* loop)
{
    for (int i = 0; i < pairs; ++i) {
        int s[2];
        pair_open(s);
        for (int k = 0; k < 2; ++k) {
            End* end = &ends[i][k];
            memset(end, 0, sizeof *end);
            end->peer = &ends[i][!k];
            ev_io_init(&end->w, end_ready, s[k], EV_READ);
            ev_io_start(loop, &end->w);
        }
    }
}

static void ends_close(struct ev_loop* loop)
{
    for (int i = 0; i < pairs; ++i)
        for (int k = 0; k < 2; ++k) {
            ev_io_stop(loop, &ends[i][k].w);
            close(ends[i][k].w.fd);
        }
}

static void ends_talk(struct ev_loop* loop)
{
    ev_timer end;
    ev_timer_init(&end, late, 60., 0.);
    ev_timer_start(loop, &end);
    for (int i = 0; i < pairs; ++i) end_send(&ends[i][i & 1]);
    ev_run(loop, 0);
    ev_timer_stop(loop, &end);
}

/* Every byte that one end wrote was read at the other. */
static void test_scale_fifteen_thousand_sockets_lose_nothing(void** state)
{
    (void)state;
    rlim_t was = fds_limit(2 * pairs + spare);
    if (fds_limit(2 * pairs + spare) < 2 * pairs + spare) {
        print_message("# the limit of open files is below %d\n",
                      2 * pairs + spare);
        fds_limit(was);
        skip();
    }
    Ledger ledger = ledger_open();
    struct ev_loop* loop = loop_new(0);
    on_the_way = 0;
    ends_open(loop);
    ends_talk(loop);
    assert_int_equal(on_the_way, 0);
    for (int i = 0; i < pairs; ++i) {
        End *a = &ends[i][0], *b = &ends[i][1];
        assert_int_equal(a->sent, b->received);
        assert_int_equal(b->sent, a->received);
        assert_int_equal(a->sent + b->sent, hops);
    }
    ev_verify(loop);
    ends_close(loop);
    ev_run(loop, EVRUN_NOWAIT);
    ev_loop_destroy(loop);
    ledger_close(ledger);
    fds_limit(was);
}

static const Test tests[] = {
    EACH(test_scale_fifteen_thousand_sockets_lose_nothing),
};

HARNESS_MAIN("sockets", tests)
