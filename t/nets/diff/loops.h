/* The operations on whole loops. */
#ifndef DIFF_LOOPS_H_
#define DIFF_LOOPS_H_

#include "listens.h"
#include "verbs.h"

static void loop_open(int i)
{
    unsigned flags = world.backend | world.flags | EVFLAG_NOENV;
    world.loops[i] =
        !i && world.is_default ? ev_default_loop(flags) : ev_loop_new(flags);
    if (!world.loops[i]) abort();
    world.turns_old[i] = ev_iteration(world.loops[i]);
    world.turns = turns_of_all();
    world.references[i] = 0;
    if (!world.quiet)
        ev_set_loop_release_cb(world.loops[i], on_release, on_acquire);
    world.hooked[i] = 0;
    if (world.watched) watch_begin(world.loops[i]);
}

/* A default loop recreated keeps references and a fork of 4.33's former one. */
static void references_drop(int i)
{
    for (size_t k = 0; k < sizeof letters - 1; ++k)
        for (int j = 0; j < kind_most; ++j)
            if (world.cells[k][j].loop == i) cell_stop(&world.cells[k][j]);
    for (; world.references[i] > 0; --world.references[i])
        ev_unref(world.loops[i]);
    for (; world.references[i] < 0; ++world.references[i])
        ev_ref(world.loops[i]);
    ev_set_loop_release_cb(world.loops[i], NULL, NULL);
    ev_run(world.loops[i], EVRUN_NOWAIT);
}

/* Its watchers are orphaned, but for what would be a mistake. */
static void loop_close(int i)
{
    if (world.watched) watch_end(world.loops[i]);
    /* 4.33 goes on feeding the signal watchers of a loop that is gone. */
    for (int k = 0; k < kind_most; ++k) {
        if (is_active(cell_at('E', k))) cell_stop(cell_at('E', k));
        if (cell_at('S', k)->loop == i) cell_stop(cell_at('S', k));
    }
    if (!i && world.is_default) references_drop(i);
    world.destroying = 1;
    ev_loop_destroy(world.loops[i]);
    world.destroying = 0;
    world.loops[i] = NULL;
}

static void cells_renew(int i)
{
    for (size_t k = 0; k < sizeof letters - 1; ++k)
        for (int j = 0; j < kind_most; ++j) {
            Cell* c = &world.cells[k][j];
            if (c->loop != i && c->kind != 'E') continue;
            if (c->kind == 'O' && c->tag >= 0) --slots[c->tag].onces;
            cell_init(c);
        }
}

static int onces_wait(int loop)
{
    int count = 0;
    for (int k = 0; k < kind_most; ++k)
        count +=
            cell_at('O', k)->loop == loop && cell_at('O', k)->tag != once_idle;
    return count;
}

static void run_remake(const Op* op)
{
    int i = loop_arg(op);
    if (world.running || world.nesting) return;
    if (!i && world.is_default && onces_wait(i)) return; /* references */
    loop_close(i);
    loop_open(i);
    if (world.loops[i]) waiting_loop_made(i);
    cells_renew(i);
}

/* Ends without anything that happens: a timer that holds no reference. */
static void run_run(const Op* op)
{
    struct ev_loop* l = the_loop(op);
    int flags = op->n[1] & (EVRUN_NOWAIT | EVRUN_ONCE);
    if (world.running >= runs_most || world.preparing || world.acquiring)
        return say(" (not here)");

    ev_timer guard;
    ev_timer_init(&guard, on_guard, .9 + world.running / 70000., .9);
    guard.data = flags ? NULL : &guard;
    ev_timer_start(l, &guard);
    ev_unref(l);
    ++world.running, ++world.nesting;
    int references = ev_run(l, flags);
    --world.running, --world.nesting;
    ev_ref(l);
    ev_timer_stop(l, &guard);
    say_line();
    say("left with %d turn %u", references, turns(l));
    say_now(l);
}

static void run_invoke_pending(const Op* op)
{
    if (!world.acquiring) ev_invoke_pending(the_loop(op));
}

static void run_break(const Op* op)
{
    static const int how[] = {EVBREAK_ONE, EVBREAK_ONE, EVBREAK_ALL,
                              EVBREAK_CANCEL};
    if (!world.acquiring) ev_break(the_loop(op), how[op->n[1] & 3]);
}

static void run_ref(const Op* op)
{
    ++world.references[loop_arg(op)];
    ev_ref(the_loop(op));
}

/* 4.33 aborts in ev_verify when it finds fewer than -1. */
static void run_unref(const Op* op)
{
    if (world.references[loop_arg(op)] < 0) return;
    --world.references[loop_arg(op)];
    ev_unref(the_loop(op));
}

/* An embedded loop forks with the outer one: alone 4.33 loses sight of it. */
static void run_fork(const Op* op)
{
    if (is_active(cell_at('E', 0)) && loop_arg(op) == 1) return;
    if (!world.preparing && !world.acquiring) ev_loop_fork(the_loop(op));
}

static void run_now(const Op* op)
{
    if (world.acquiring) return;
    ev_now_update(the_loop(op));
    say_now(the_loop(op));
}

static void run_suspend(const Op* op)
{
    if (world.acquiring) return;
    ev_suspend(the_loop(op));
    clock_advance(steps(op->n[1]));
    ev_resume(the_loop(op));
    say_now(the_loop(op));
}

static void run_collect(const Op* op)
{
    ev_set_io_collect_interval(the_loop(op), steps(op->n[1]));
    ev_set_timeout_collect_interval(the_loop(op), steps(op->n[2]));
}

/* 0: the default pass, 1: a callback that makes it, 2: only every other time */
static void run_hook(const Op* op)
{
    int how = op->n[1] % 3;
    world.hooked[loop_arg(op)] = how;
    ev_set_invoke_pending_cb(the_loop(op), how ? on_invoke : ev_invoke_pending);
}

static void run_once(const Op* op)
{
    Cell* c = op->cell;
    int slot = op->n[0] ? once_slot : once_timed;
    if (c->tag != once_idle || (slot >= 0 && !slots[slot].open)) return;
    c->tag = slot;
    if (slot >= 0) ++slots[slot].onces;
    c->mask = op->n[1] & 3;
    ev_once(loop_of(c), slot < 0 ? -1 : slot_fd(slot), op->n[1] & 3,
            op->n[2] < 0 ? -1 : steps(op->n[2]) + (c->index + 9) / 65536.,
            on_once, c);
}

#endif
