/* What the loop calls: the watchers' callbacks and the hooks of a loop. */
#ifndef DIFF_CALLS_H_
#define DIFF_CALLS_H_

#include "children.h"
#include "slots.h"

static void say_call(struct ev_loop* loop, Cell* c, int revents)
{
    say_line();
    say("call %x", (unsigned)revents);
    say_cell(c);
    say_now(loop);
    if (c->kind == 'T') say(" due %.7f", c->due - base_mono);
    say(" turn %u depth %u", turns(loop), ev_depth(loop));
    if (world.counted) say(" count %u", ev_pending_count(loop));
    if (c->kind == 'K' && revents & EV_CHILD)
        say(" child %d status %x", child_index(c->u.child.rpid),
            (unsigned)c->u.child.rstatus);
    if (c->kind == 'V')
        say(" from %d/%d", (int)c->u.stat.prev.st_size,
            (int)c->u.stat.prev.st_nlink);
}

static void on_event(struct ev_loop* loop, ev_watcher* w, int revents)
{
    Cell* c = (Cell*)w->data;
    if (loop != loop_of(c)) say(" (called by another loop!)");
    say_call(loop, c, revents);
    world.preparing += c->kind == 'R';
    script_run(c);
    world.preparing -= c->kind == 'R';
}

static void on_embed(struct ev_loop* loop, ev_embed* w, int revents)
{
    on_event(loop, (ev_watcher*)w, revents);
}

static void on_once(int revents, void* arg)
{
    Cell* c = (Cell*)arg;
    if (c->tag >= 0) --slots[c->tag].onces;
    c->tag = once_idle;
    say_line();
    say("once %x O%d", (unsigned)revents, c->index);
    script_run(c);
}

static ev_tstamp on_reschedule(ev_periodic* w, ev_tstamp now)
{
    Cell* c = (Cell*)w->data;
    say(" (P%d asked at %.6f)", c->index, now - base_wall);
    return now + steps(c->tag) + fraction(c);
}

static void on_release(struct ev_loop* loop)
{
    say_line();
    say("poll %d turn %u", loop_number(loop), turns(loop));
}

/* Waits differ by how an implementation rounds its timeouts (select: up or down
 * to a microsecond), so an iteration's wait ends at the next grain of the clock
 * after what it asked for, give or take a little. */
static void waits_round(void)
{
    const int64_t little = clock_ns / 100000;
    int added = (waits.slept > 0) + (waits.polled > 0); /* grains */
    int64_t asked = clock_state.mono - added * (int64_t)clock_grain;
    int64_t end = ((asked + little) / clock_grain + 1) * clock_grain;
    if (added) clock_state.real += end - clock_state.mono;
    if (added) clock_state.mono = end;
    waits_clear();
}

/* Iterations of both loops. */
static unsigned turns_of_all(void)
{
    unsigned sum = 0;
    for (int i = 0; i < loop_count; ++i)
        if (world.loops[i]) sum += ev_iteration(world.loops[i]);
    return sum;
}

/* A program that never waits gets time, too: so every run ends. In a quiet one
 * ours may wake for a timer that was put off, at the very moment at which the
 * next one is not yet late: then time goes on to where 4.33 wakes. */
static void time_goes_on(void)
{
    int counted = world.said || !world.quiet;
    world.said = 0;
    if (counted && ++world.polls > polls_most) clock_advance(1);
    if (!world.quiet || ++world.idle <= idle_most) return;
    world.idle = 0;
    clock_advance(steps(1));
}

/* Another loop may wait between the wait of the one and its calls. */
static void dues_note(int loop)
{
    for (int i = 0; i < kind_most; ++i) {
        Cell* c = cell_at('T', i);
        if (c->loop == loop) c->due = c->u.timer.at;
    }
}

static void on_wait_end(void)
{
    unsigned before = world.turns;
    if (waits.slept > 0 || waits.polled > 0) world.idle = 0;
    waits_round();
    dues_note(waiting_loop());
    world.turns = turns_of_all();
    if (world.turns != before) time_goes_on(); /* it may wait twice */
}

/* Ours calls this instead of a wait that can find nothing. */
void pthread_testcancel(void)
{
    waiting_loop();
    if (waits_over) waits_over();
}

static void on_acquire(struct ev_loop* loop)
{
    on_wait_end();
    say(" until %.6f", clock_mono() - base_mono);
    world.acquiring = 1;
    script_run(cell_at('Q', loop_number(loop)));
    world.acquiring = 0;
}

static void on_invoke(struct ev_loop* loop)
{
    say_line();
    say("pass %d", loop_number(loop));
    if (world.counted) say(" count %u", ev_pending_count(loop));
    if (world.hooked[loop_number(loop)] == 2 && ++world.invokes % 2) return;
    ev_invoke_pending(loop);
}

static void on_guard(struct ev_loop* loop, ev_timer* w, int revents)
{
    say_line();
    say("guard %x depth %u", (unsigned)revents, ev_depth(loop));
    if (w->data) ev_break(loop, EVBREAK_ONE);
}

#endif
