/* Verbs that do something to a watcher. */
#ifndef VERBS_WATCHERS_H_
#define VERBS_WATCHERS_H_

#include <signal.h>

#include "play.h"

/* By default these are ignored, so nobody is killed by one that comes late. */
static const int signals[] = {SIGURG, SIGWINCH, SIGCONT, SIGCHLD};
static const int strange_signals[] = {SIGURG, SIGWINCH, SIGCONT, SIGCHLD,
                                      0,      -1,       65,      4000};
static const int pids[] = {0, 101, 102, 117};
static const int strange_fds[] = {-1, -4000, 1 << 30, 0x7fffffff, 300};
static const char* const paths[] = {"a", "b", "d", "d/x", "d/x/y", "none/z"};
static const int fed_bits[] = {EV_CUSTOM,          EV_READ,  EV_TIMER,
                               EV_READ | EV_WRITE, 0,        EV_ERROR,
                               EV_ASYNC,           EV_CUSTOM};

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now) EV_NOEXCEPT
{
    /* Mostly later, now and then a past time, which is a mistake. */
    return now + (w->interval > 0 ? w->interval : w->offset > 0 ? 2.5 : -1);
}

static void set_io(Slot* s)
{
    int i = take(fd_count + 2);
    int mask = take(8);
    s->fd = i < fd_count ? i : -1;
    s->closed = i < fd_count ? fds[i].closed : -1;
    ev_io_set(&s->w->io, i < fd_count ? fds[i].fd : TAKE_FROM(strange_fds),
              mask == 7 ? 0x1234 : mask & (EV_READ | EV_WRITE));
}

static void set_stat(ev_stat* w)
{
    static const double intervals[] = {0, 0, 0.01, 1};
    ev_stat_set(w, paths[take(6)], intervals[take(4)]);
}

/* An inner loop comes later in the list: no loop embeds itself, however. */
static void set_embed(Slot* s)
{
    int place = s->loop + 1 + take(2);
    ev_embed_set(&s->w->embed, place < loop_count ? places[place].loop : NULL);
    if (take(2)) ev_set_cb(&s->w->embed, NULL);
}

static void set(Slot* s)
{
    union ev_any_watcher* w = s->w;
    double a = take_delay(), b = take_delay();
    s->set = 1;
    switch (s->kind) {
        case IO:
            set_io(s);
            break;
        case TIMER:
            ev_timer_set(&w->timer, a, b);
            break;
        case PERIODIC:
            ev_periodic_set(&w->periodic, take(2) ? a : system_wall() + a, b,
                            take(4) ? NULL : reschedule);
            break;
        case SIGNAL:
            ev_signal_set(&w->signal, TAKE_FROM(strange_signals));
            break;
        case CHILD:
            ev_child_set(&w->child, TAKE_FROM(pids), take(2));
            break;
        case STAT:
            set_stat(&w->stat);
            break;
        case EMBED:
            set_embed(s);
            break;
        default:
            break;
    }
}

static void begin(Slot* s, struct ev_loop* loop)
{
    int was = slot_active(s);
    /* A loop that is being destroyed cannot be embedded any more. */
    if (slot_leads_to(s, play.dying) && play.dying) return;
    kinds[s->kind].start(loop, s->w);
    trace(" on %d: %s", s->loop, slot_active(s) ? "active" : "refused");
    must(!was || slot_active(s));
    if (slot_in_use(s)) s->quiet = 0;
    if (s->kind == PREPARE || s->kind == CHECK || s->kind == IDLE
        || s->kind == ASYNC || s->kind == FORK || s->kind == CLEANUP
        || s->kind == STAT)
        must(slot_active(s));
}

static void verb_start(void)
{
    Slot* s = take_slot();
    struct ev_loop* loop = slot_loop(s);
    if (!slot_in_use(s)) {
        int priority = take(8) - 4;
        slot_init(s);
        set(s);
        ev_set_priority(&s->w->w, priority);
    }
    if (s->set) begin(s, loop);
}

/* With what it was set to before. */
static void verb_restart(void)
{
    Slot* s = take_slot();
    struct ev_loop* loop = slot_loop(s);
    if (!s->set) return;
    kinds[s->kind].stop(loop, s->w);
    must(!slot_in_use(s));
    s->fed = 0;
    if (s->kind == IO && take(2)) ev_io_modify(&s->w->io, take(4));
    begin(s, loop);
}

static void stop(Slot* s)
{
    kinds[s->kind].stop(slot_loop(s), s->w);
    must(!slot_active(s) && !slot_pending(s));
    s->fed = 0;
    s->quiet = 1;
}

static void verb_stop(void) { stop(take_slot()); }

static void verb_free(void)
{
    Slot* s = take_slot();
    stop(s);
    slot_renew(s);
}

/* A mistake that is to be survived: it stays as it is. */
static void verb_stop_elsewhere(void)
{
    Slot* s = take_slot();
    int other = take_place();
    int active = slot_active(s), pending = slot_pending(s);
    if (!slot_in_use(s) || other == s->loop) return;
    kinds[s->kind].stop(places[other].loop, s->w);
    must(slot_active(s) == active && slot_pending(s) == pending);
}

static void verb_feed(void)
{
    Slot* s = take_slot();
    int bits = TAKE_FROM(fed_bits);
    if (s->kind == EMBED && !ev_cb(&s->w->embed)) return;
    ev_feed_event(slot_loop(s), s->w, bits);
    must(slot_pending(s));
    s->fed |= bits | EV_CUSTOM;
    s->quiet = 0;
}

static void verb_clear(void)
{
    Slot* s = take_slot();
    int pending = slot_pending(s);
    int fed = s->fed;
    int bits = ev_clear_pending(slot_loop(s), s->w);
    must(!slot_pending(s));
    must(pending || !bits);
    must(!(bits & ~(slot_bits(s) | fed)));
    s->fed = 0;
    if (!slot_active(s)) s->quiet = 1;
}

static void verb_invoke(void)
{
    Slot* s = take_slot();
    if (play.depth >= depth_most) return;
    if (s->kind == EMBED && !ev_cb(&s->w->embed)) return;
    s->invoked = 1;
    ev_invoke(slot_loop(s), s->w, EV_CUSTOM);
}

static void verb_priority(void)
{
    Slot* s = take_slot();
    int priority = take(8) - 4;
    if (!slot_in_use(s)) ev_set_priority(&s->w->w, priority);
}

static void verb_timer_again(void)
{
    Slot* s = take_kind(TIMER);
    ev_timer* w = &s->w->timer;
    struct ev_loop* loop = slot_loop(s);
    double repeat = take_delay();
    w->repeat = repeat;
    ev_timer_again(loop, w);
    must(!slot_pending(s));
    must(!!slot_active(s) == (repeat > 0));
    s->fed = 0;
    s->quiet = !slot_active(s);
}

static void verb_timer_remaining(void)
{
    Slot* s = take_kind(TIMER);
    if (slot_active(s)) ev_timer_remaining(slot_loop(s), &s->w->timer);
}

static void verb_periodic_again(void)
{
    Slot* s = take_kind(PERIODIC);
    ev_periodic* w = &s->w->periodic;
    if (!slot_active(s)) return;
    w->offset = take_delay();
    w->interval = take_delay();
    w->reschedule_cb = take(4) ? NULL : reschedule;
    ev_periodic_again(slot_loop(s), w);
    must(!slot_pending(s));
    s->fed = 0;
    s->quiet = !slot_active(s);
}

static void verb_async_send(void)
{
    Slot* s = take_kind(ASYNC);
    struct ev_loop* loop = slot_loop(s);
    ev_async_send(loop, &s->w->async);
    must(ev_async_pending(&s->w->async));
}

static void verb_stat_stat(void)
{
    Slot* s = take_kind(STAT);
    if (slot_active(s)) ev_stat_stat(slot_loop(s), &s->w->stat);
}

static void verb_embed_sweep(void)
{
    Slot* s = take_kind(EMBED);
    if (slot_active(s) && play.depth < depth_most)
        ev_embed_sweep(slot_loop(s), &s->w->embed);
}

#endif
