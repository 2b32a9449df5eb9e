/* Loops made, run, destroyed; processes forked. */
#ifndef WILD_LOOPS_H_
#define WILD_LOOPS_H_

#include "cells.h"

/* Of processor time, for a program that runs in a circle. */
static const struct itimerval watch = {{0, 0}, {REFERENCE ? 1 : 2, 0}};

static void loop_open(int i)
{
    static const unsigned bits[][2] = {{loop_signalfd, EVFLAG_SIGNALFD},
                                       {loop_forkcheck, EVFLAG_FORKCHECK}};
    unsigned flags = world.backend | EVFLAG_NOENV;
    int wish = world.flags[loop_flags];
    for (size_t b = 0; b < 2; ++b)
        if (wish & (int)bits[b][0]) flags |= bits[b][1];
    if (!(wish & loop_timerfd)) flags |= EVFLAG_NOTIMERFD;
    if (!(wish & loop_inotify)) flags |= EVFLAG_NOINOTIFY;
    world.loops[i] = !i && world.flags[is_default] ? ev_default_loop(flags)
                                                   : ev_loop_new(flags);
    if (!world.loops[i]) { /* no descriptor is available */
        say_line(), say("no loop");
        limit_raise();
        return loop_open(i);
    }
    if (wish & loop_hooks)
        ev_set_loop_release_cb(world.loops[i], on_release, on_acquire);
}

/* The handlers, and the wait of an outer loop, would still know it. */
static void loop_quit(int i)
{
    for (int k = 0; k < cell_most; ++k) {
        Cell *s = cell_at('S', k), *e = cell_at('E', k);
        if (s->loop == i && is_active(s)) cell_stop(s);
        if (is_active(e) && (e->tag == i || e->loop == i)) cell_stop(e);
    }
}

static void loop_close(int i)
{
    loop_quit(i);
    world.destroying = 1;
    ev_loop_destroy(world.loops[i]);
    world.destroying = 0;
    world.loops[i] = NULL;
}

/* Watchers of a loop that is gone are not active, whatever they say. A default
 * loop of 4.33 that is recreated keeps the references of those not stopped. */
static void cells_orphan(int i)
{
    for (size_t k = 0; k < sizeof letters - 1; ++k)
        for (int j = 0; j < cell_most; ++j)
            if (world.cells[k][j].loop == i) {
                int mistaken = world.mistaken;
                world.mistaken = 0;
                cell_prepare(&world.cells[k][j]);
                world.mistaken = mistaken;
            }
}

/* Those that embed it are not active: now they may be started again. */
static void embeds_renew(int i)
{
    for (int k = 0; k < cell_most; ++k) {
        Cell* e = cell_at('E', k);
        if (e->tag == i) ev_embed_set(&e->u->embed, world.loops[i]);
    }
}

static void cells_leave(int i)
{
    for (size_t k = 0; !i && world.flags[is_default] && letters[k]; ++k)
        for (int j = 0; j < cell_most; ++j)
            if (world.cells[k][j].loop == i) cell_stop(&world.cells[k][j]);
}

enum { guard_ticks = 60 };

static ev_timer guards[runs_most + 1];

static void guard_start(struct ev_loop* l, int how)
{
    ev_timer* guard = &guards[world.runs];
    ev_timer_init(guard, on_guard, steps(guard_ticks) + steps(world.runs) / 20,
                  steps(guard_ticks));
    guard->data = how ? NULL : guard;
    ev_timer_start(l, guard);
    ev_unref(l);
}

static void guard_stop(void)
{
    struct ev_loop* l = world.loops[running_loop()];
    ev_ref(l);
    ev_timer_stop(l, &guards[world.runs]);
}

/* An iteration in which nothing came has its reasons inside: another
 * implementation may have others. */
static void loop_run(int i, int how)
{
    struct ev_loop* l = world.loops[i];
    world.running[++world.runs] = i;
    guard_start(l, how);
    int left;
    world.called = world.interrupted = 0;
    do {
        oracle_run_begins();
        left = !!ev_run(l, how);
        if (how && world.runs == 1) oracle_run_ends();
    } while (how == EVRUN_ONCE && left && !world.called && !world.interrupted);
    /* What came at the tick of a signal that ended a wait, 4.33 reports in the
     * next iteration: the watcher of the signal, too. */
    int late = world.signaled || world.interrupted;
    if (how && late) left = !!ev_run(l, EVRUN_NOWAIT);
    guard_stop();
    --world.runs;
    say_line(), say("left %d at %d", left, (int)ticks());
}

/* A mistake may be told to a callback that never returns. */
static void loop_run_jumping(int i, int how)
{
    int runs = world.runs;
    if (sigsetjmp(world.jump, 0)) {
        world.may_jump = 0;
        world.nesting = 0;
        for (; world.runs > runs; --world.runs) guard_stop();
        say_line(), say("jumped");
        return;
    }
    world.may_jump = 1;
    loop_run(i, how);
    world.may_jump = 0;
}

/* What is done there must not be seen by this process, nor by its loops. The
 * kernel tells nobody of such a child. */
static void child_run(const Group* group)
{
    static State before, after;
    int status = 0;
    if (world.in_child || world.runs) return;
    int held = file_hold();
    state_read(&before);
    say_line(), say("forks");
    int pid = (int)syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setitimer(ITIMER_PROF, &watch, NULL);
        world.in_child = 1;
        world.renewed = 0;
        for (int i = 0; i < cell_most; ++i) cell_at('S', i)->owed = 0;
        for (int i = 0; i < group->count; ++i) op_run(&group->ops[i]);
        _exit(0);
    }
    if (waitpid(pid, &status, __WALL) != pid) abort();
    if (WIFEXITED(status) && WEXITSTATUS(status)) _exit(4);
    if (status) wrong("a child was ended by signal %d", WTERMSIG(status));
    say_line(), say("joins");
    state_read(&after);
    state_compare(&before, &after);
    close(held);
}

/* All is given back: references, memory, descriptors. */
static void world_end(void)
{
    int jumped = world.flags[on_failure] == how_jump;
    world.ending = 1;
    limit_raise();
    for (int s = 0; s < slot_count; ++s) {
        slot_quit(s);
        slot_copy_close(s), slot_close(s), slot_shut(s);
    }
    cells_each(cell_quit);
    for (int i = 0; i < loop_count; ++i)
        if (ev_run(world.loops[i], EVRUN_NOWAIT) && !world.mistaken && !jumped)
            wrong("loop %d holds references of nobody", i);
    for (int i = loop_count; i--;) loop_close(i);
    if (!REFERENCE) oracle_nothing_left();
}

#endif
