/* Of the mix: connections that talk, end and begin again. */
#define _GNU_SOURCE
#include "mix.h"

enum { pairs = 200 };

/* One end of a connection. */
typedef struct End {
    ev_io w;
    int out, in; /* bytes of the present connection */
} End;

static End ends[pairs][2];
static Totals* totals;

static void end_send(End* end, int count)
{
    static const char bytes[64];
    ssize_t n = write(end->w.fd, bytes, (size_t)count);
    if (n <= 0) return;
    end->out += (int)n;
    totals->bytes_out += n;
}

static void end_take(End* end)
{
    char bytes[256];
    ssize_t n;
    while ((n = read(end->w.fd, bytes, sizeof bytes)) > 0) {
        end->in += (int)n;
        totals->bytes_in += n;
    }
}

static void end_ready(struct ev_loop* loop, ev_io* w, int revents)
{
    End* end = (End*)w;
    (void)loop;
    totals->failures += revents != EV_READ;
    end_take(end);
    if (!chance(3)) end_send(end, 1 + (int)chance(8));
}

static void pair_begin(struct ev_loop* loop, End* pair)
{
    int s[2];
    pair_open(s);
    for (int k = 0; k < 2; ++k) {
        pair[k].out = pair[k].in = 0;
        ev_io_init(&pair[k].w, end_ready, s[k], EV_READ);
        ev_set_priority(&pair[k].w, (int)chance(5) - 2);
        ev_io_start(loop, &pair[k].w);
    }
}

/* Both ends take what is on the way; then what was written was read. */
static void pair_end(struct ev_loop* loop, End* pair)
{
    end_take(&pair[0]), end_take(&pair[1]);
    totals->failures += pair[0].out != pair[1].in || pair[1].out != pair[0].in;
    for (int k = 0; k < 2; ++k) {
        ev_io_stop(loop, &pair[k].w);
        close(pair[k].w.fd);
    }
}

void talk_begin(struct ev_loop* loop, Totals* t)
{
    totals = t;
    for (int i = 0; i < pairs; ++i) pair_begin(loop, ends[i]);
}

void talk_step(struct ev_loop* loop)
{
    for (int i = 0; i < 4; ++i)
        end_send(&ends[chance(pairs)][chance(2)], 1 + (int)chance(32));
    if (chance(4)) return;

    End* pair = ends[chance(pairs)];
    pair_end(loop, pair);
    pair_begin(loop, pair);
    ++totals->reopened;
}

void talk_leave(struct ev_loop* loop)
{
    for (int i = 0; i < pairs; ++i)
        for (int k = 0; k < 2; ++k) ev_io_stop(loop, &ends[i][k].w);
}

int talk_is_done(void) { return totals->bytes_out == totals->bytes_in; }

void talk_end(struct ev_loop* loop)
{
    for (int i = 0; i < pairs; ++i) pair_end(loop, ends[i]);
}
