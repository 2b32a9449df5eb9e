/* How a program runs: in rounds. In each everything happens once: what the
 * program starts, and what happens outside, before the iteration or while it
 * waits. The last round meets no exits: all must still work.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../faults/plan.h"
#include "leave.h"

/* Of some programs, as if the loop of another library had waited. The next
 * ev_run is not ended by an ev_break before it. */
static void prepare(void)
{
    if (now.seed % 4 == 1 && relev_prepare) relev_prepare(world.loop);
    world.broken = 0;
}

static void iterate(void)
{
    record("round %d, iteration %d\n", world.round, world.since);
    shared_run(); /* what is owed there is no reason for this loop to wait */
    prepare();
    int waits = world.round == round_of_wait || round_is_small();
    ev_run(world.loop, waits ? EVRUN_ONCE : EVRUN_NOWAIT);
    world.broken = 0;
    shared_run();
    if (world.continues) child_end();
    ev_verify(world.loop);
    state_record();
}

static int all_called(void)
{
    for (int i = 0; i < world.items_count; ++i)
        if (world.items[i].calls < world.items[i].owed) return 0;
    return 1;
}

/* When calls fail, polling replaces notifications. */
static void iterate_slowly(void)
{
    for (int i = 0; i < 20 && !all_called(); ++i) {
        virtual_advance(.3);
        iterate();
    }
}

static void iterations(void)
{
    if (round_is_small() && all_called()) return;
    world.window = window(window_run);
    while (world.since < settled) {
        ++world.since;
        iterate();
    }
    if (now.way == way_fail && result->left) iterate_slowly();
    for (int i = 0; i < 2 && item_find("idle") && !all_called(); ++i) iterate();
    world.window = window_none;
    if (world.outside_waits) {
        world.outside_waits = world.since = 0;
        outside();
        iterations();
    }
}

static int may_miss(const Item* item)
{
    int call = now.way == way_fail ? result->exits[now.k].kind : -1;
    if (now.may & may_starve) return 1;
    if (now.may & may_spin && item->kind == EV_IDLE) return 1;
    return call == call_lstat && item->kind == EV_STAT
        && world.round < rounds - 1;
}

static int may_repeat(const Item* item)
{
    int call = now.way == way_fail ? result->exits[now.k].kind : -1;
    if (item->is_free || (now.may && world.errors)) return 1;
    if (now.may & may_spin) return 1; /* taken for a regular file */
    return call == call_lstat && item->kind == EV_STAT;
}

static void check(void)
{
    for (int i = 0; i < world.items_count; ++i) {
        Item* item = &world.items[i];
        if (item->calls < item->owed && !may_miss(item))
            wrong("'%s' is not called", item->name);
        if (item->calls > item->owed && !may_repeat(item))
            wrong("'%s' is called %d times too often", item->name,
                  item->calls - item->owed);
        item->calls = item->owed = 0;
    }
}

static void on_guard(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    if (++*(int*)w->data == 8) ev_break(loop, EVBREAK_ALL);
}

/* In the last round nothing may remain of the way it was left. */
static void quiet_check(int calls, int allocations)
{
    if (world.round < rounds - 1) return;
    if (allocations) wrong("it allocates in a steady state");
    if (now.way == way_none) result->quiet = calls;
    if (now.way != way_fail && calls > 2 * result->quiet + 10)
        wrong("%d calls when nothing happens, not %d", calls, result->quiet);
}

/* Nothing happens for some seconds, but memory may be freed. */
static void quiet(void)
{
    static ev_timer guard;
    static int expired;
    expired = 0;
    if (round_is_small()) return;
    if (!ev_is_active(&guard)) {
        ev_timer_init(&guard, on_guard, .3, .3);
        guard.data = &expired;
        ev_timer_start(world.loop, &guard);
    }
    world.window = window(window_quiet);
    int iterations = (int)ev_iteration(world.loop);
    int calls = world.all_calls, allocations = world.allocations;
    record("round %d, quiet\n", world.round);
    ev_run(world.loop, 0);
    world.broken = 0;
    world.window = window_none;
    if (world.continues) child_end();
    iterations = (int)ev_iteration(world.loop) - iterations;
    if (iterations > 60 && !(now.may & may_spin)) wrong("it spins when quiet");
    quiet_check(world.all_calls - calls, world.allocations - allocations);
    ev_timer_stop(world.loop, &guard);
    state_record();
}

static void end(void)
{
    world.window = window_stop;
    for (int i = 0; i < world.items_count && !loops_are_closed(); ++i)
        if (world.items[i].kind != EV_CLEANUP
            && world.items[i].kind != EV_CUSTOM)
            item_stop(&world.items[i]);
    tasks_close();
    item_owe("cleanup");
    world.window = window_destroy;
    loop_end(world.loop);
    if (world.continues) child_end();
    if (world.inner) loop_end(world.inner);
    shared_end();
    if (world.continues) child_end();
    world.window = window_none;
    check();
    for (int i = 0; i < world.items_count; ++i)
        close(world.items[i].fd), close(world.items[i].peer);
    close(world.handed_to);
    if (fds_count() != world.fds)
        wrong("%d descriptors, %d before", fds_count(), world.fds);
    result->ended = 1;
}

static void (*const steps[])(void) = {
    starts, outside_or_later, iterations, check, quiet, check};

enum { round_steps = sizeof steps / sizeof *steps };

/* Also goes on where another thread, or control, left. */
static void* play_on(void* mask)
{
    if (mask) pthread_sigmask(SIG_SETMASK, mask, NULL);
    setjmp(world.jump);
    world.busy = 0;
    if (result->left && !way_forks(now.way)) blocked_read();
    while (world.step < rounds * round_steps) {
        world.round = world.step / round_steps;
        steps[world.step % round_steps]();
        if (world.continues) child_end();
        ++world.step;
    }
    end();
    return NULL;
}

/* In a thread that is canceled; then this one plays on. */
static void play_in_thread(void)
{
    sigset_t all, mask;
    pthread_t thread;
    void* value;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    if (pthread_create(&thread, NULL, play_on, &mask)) abort();
    pthread_join(thread, &value);
    if (value == PTHREAD_CANCELED) play_on(&world.mask);
}

static void files_make(void)
{
    unlink("absent"), unlink("file");
    close(open("path", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

void play(void)
{
    unsigned flags = now.backend | EVFLAG_NOENV;
    files_make();
    world.program = program_of(now.seed);
    if (world.is_reference)
        world.program.has &=
            ~(unsigned)(has_mistakes | has_virtual | has_shared);
    world.handed_to = -1;
    world.fds = fds_count();
    virtual_begin();
    exits_begin();
    flags |= world.program.flags;
    world.loop = world.program.has & has_default ? ev_default_loop(flags)
               : world.program.has & has_virtual ? virtual_loop(flags)
                                                 : ev_loop_new(flags);
    if (!world.loop) wrong("no loop");
    items_make();
    hooks_set();
    ev_run(world.loop, EVRUN_NOWAIT), ev_run(world.loop, EVRUN_NOWAIT);
    for (int i = 0; i < world.items_count; ++i) world.items[i].calls = 0;
    state_record();
    if (now.way == way_cancel) play_in_thread();
    else play_on(NULL);
}
