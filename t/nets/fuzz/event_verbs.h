/* What an input for the emulation can do. */
#ifndef EVENT_VERBS_H_
#define EVENT_VERBS_H_

#include <signal.h>

#include "events.h"

enum { depth_most = 5, steps_most = 3000, waits_most = 200 };

static struct {
    int depth, steps;
} play;

static const int signals[] = {SIGURG, SIGWINCH};
static const int strange_signals[] = {SIGURG, SIGWINCH, 0, -1, 65};
static const int strange_fds[] = {-1, -4000, 1 << 30};

static void play_verb(void);

static Event* take_event(void)
{
    Event* e = &events[take(event_count)];
    trace(" %d%s", (int)(e - events), event_added(e) ? "+" : "");
    return e;
}

static int take_base(void)
{
    int i = take(base_count);
    return bases[i].base ? i : 0;
}

static struct timeval* take_time(void)
{
    static struct timeval times[] = {{0, 0}, {0, 1},  {0, 250000}, {1, 0},
                                     {3, 7}, {60, 0}, {-1, 0}};
    static struct timeval time;
    int i = take(9);
    if (i >= 7) return NULL;
    time = times[i];
    return &time;
}

static void play_some(void)
{
    if (play.depth >= depth_most) return;
    ++play.depth;
    for (int verbs = take(4); verbs && input_left(); --verbs) play_verb();
    --play.depth;
}

static void on_event(int fd, short res, void* arg)
{
    Event* e = arg;
    trace("%*s<%d: fd %d, %#x>\n", play.depth, "", (int)(e - events), fd, res);
    event_check(e, fd, res);
    if (!event_added(e)) e->timed = 0;
    if (!event_waiting(e)) e->fed = 0;
    if (!event_in_use(e)) e->quiet = 1;
    ++e->calls;
    play_some();
}

static void on_once(int fd, short res, void* arg)
{
    Once* once = arg;
    (void)fd;
    must(once->used && !once->calls++);
    must(res && !(res & ~(EV_READ | EV_WRITE | EV_TIMEOUT) & ~(short)EV_ERROR));
    play_some();
}

static void set_what(Event* e)
{
    int bits = take(4), i = take(fd_count + 1);
    int persist = take(2) ? EV_PERSIST : 0;
    int fd = i < fd_count ? fds[i].fd : TAKE_FROM(strange_fds);
    e->fd = i < fd_count ? i : -1;
    if (take(5) == 0) {
        bits = EV_SIGNAL;
        fd = TAKE_FROM(strange_signals);
        e->fd = -1;
    }
    event_set(e->ev, fd, (short)(bits | persist), on_event, e);
}

static void verb_set(void)
{
    Event* e = take_event();
    if (event_in_use(e)) return;
    set_what(e);
    e->set = 1;
    e->base = take_base();
    must(!event_base_set(bases[e->base].base, e->ev));
    must(event_initialized(e->ev) && !event_added(e));
}

static void verb_base_set(void)
{
    Event* e = take_event();
    int base = take_base();
    if (!e->set) return;
    int used = event_in_use(e);
    must(!event_base_set(bases[base].base, e->ev) == !used);
    if (!used) e->base = base;
}

static void verb_add(void)
{
    Event* e = take_event();
    struct timeval* tv = take_time();
    if (!e->set) return;
    int was = event_added(e);
    int result = event_add(e->ev, tv);
    must(result == 0 || result == -1);
    must(event_added(e) == !result);
    must(!result || e->ev->ev_events & EV_SIGNAL);
    if (!was) e->closed = e->fd >= 0 ? fds[e->fd].closed : -1;
    if (tv && !result) e->timed = 1;
    e->quiet = !event_in_use(e);
    if (result) e->timed = e->fed = 0;
}

static void del(Event* e)
{
    if (!e->set) return;
    must(!event_del(e->ev));
    must(!event_in_use(e));
    must(!event_pending(e->ev, EV_READ | EV_WRITE | EV_SIGNAL | EV_TIMEOUT,
                        NULL));
    e->quiet = 1;
    e->fed = e->timed = 0;
}

static void verb_del(void) { del(take_event()); }

static void verb_free(void)
{
    Event* e = take_event();
    del(e);
    event_renew(e);
}

static void verb_active(void)
{
    static const int results[] = {
        EV_READ, EV_WRITE, EV_TIMEOUT, EV_SIGNAL, EV_READ | EV_TIMEOUT, 0};
    Event* e = take_event();
    int res = TAKE_FROM(results);
    if (!e->set) return;
    event_active(e->ev, res, (short)take(3));
    e->fed |= res;
    if (res) e->quiet = 0;
}

static void verb_pending(void)
{
    Event* e = take_event();
    struct timeval tv = {-1, -1};
    if (!e->set) return;
    int got =
        event_pending(e->ev, EV_READ | EV_WRITE | EV_SIGNAL | EV_TIMEOUT, &tv);
    must(!got || event_in_use(e));
    must(!(got & EV_TIMEOUT) == (tv.tv_sec == -1));
    must(!(got & EV_TIMEOUT) || (tv.tv_usec >= 0 && tv.tv_usec < 1000000));
}

static void verb_once(void)
{
    int i = 0;
    int base = take_base(), fd = take(fd_count / 2), bits = take(4);
    struct timeval* tv = take_time();
    while (i < once_count && onces[i].used) ++i;
    if (i == once_count || (!bits && !tv)) return;
    onces[i].used = 1;
    onces[i].base = base;
    must(!event_base_once(bases[base].base, bits ? fds[fd].fd : -1, (short)bits,
                          on_once, &onces[i], tv));
}

static void run(int i, int flags)
{
    int before = bases[i].running++;
    trace(" %d flags %d\n", i, flags);
    int idle = event_base_loop(bases[i].base, flags);
    bases[i].running = before;
    must(idle == 0 || idle == 1);
    /* A call that ends the loop later may be under way as well. */
    if (idle) must(!base_references(i) && !base_onces(i));
}

static void verb_loop(void)
{
    int i = take_base();
    int flags = take(4);
    if (play.depth < depth_most) run(i, flags);
}

static void verb_turn(void)
{
    int i = take_base();
    if (play.depth < depth_most) run(i, EVLOOP_NONBLOCK);
}

static void verb_loopexit(void)
{
    int i = take_base();
    must(!event_base_loopexit(bases[i].base, take_time()));
}

static void verb_priority(void)
{
    Event* e = take_event();
    if (e->set) must(!event_priority_set(e->ev, take(8) - 4));
}

static void verb_base_free(void)
{
    int i = take_base();
    if (base_in_use(i)) return;
    event_base_free(bases[i].base);
    if (!i) return; /* the first is never freed */
    for (int k = 0; k < event_count; ++k)
        if (events[k].base == i) event_renew(&events[k]);
    bases[i].base = take(2) ? event_init() : event_base_new();
    must(bases[i].base);
}

static void verb_open(void)
{
    int i = fd_count / 2 + take(fd_count / 2);
    fd_open(i, take(4));
}

static void verb_close(void) { fd_shut(fd_count / 2 + take(fd_count / 2)); }

static void verb_write(void) { fd_write(take(fd_count)); }

static void verb_drain(void) { fd_drain(take(fd_count)); }

static void verb_hang_up(void) { fd_hang_up(take(fd_count)); }

static void verb_raise(void) { raise(TAKE_FROM(signals)); }

static void verb_advance(void)
{
    struct timeval* tv = take_time();
    if (tv && tv->tv_sec >= 0) system_advance((double)tv->tv_sec + .25);
}

#endif
