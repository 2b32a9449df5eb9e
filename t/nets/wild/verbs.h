/* The operations of a program. */
#ifndef WILD_VERBS_H_
#define WILD_VERBS_H_

#include "loops.h"

typedef void Run(const Op* op);

typedef struct Verb {
    const char* name;
    Run* run;
    const char* on; /* the kinds it can be used on; empty: no cell */
} Verb;

static int loop_arg(const Op* op) { return op->n[0] % loop_count; }
static int slot_arg(const Op* op) { return op->n[0] % slot_count; }

/* Of a child that did not tell its loops, the parent's are not to be used. */
static int may_run(void)
{
    int checked = world.flags[loop_flags] & loop_forkcheck;
    return !world.in_child || world.renewed || checked;
}

/* Of a path, libev may set the interval. */
static void run_start(const Op* op)
{
    cell_start(op->cell);
    if (op->cell->kind != 'V') return;
    say_line(), say("interval %.4f", op->cell->u->stat.interval);
}

static void run_stop(const Op* op) { cell_stop(op->cell); }

/* By the rules: only what is neither active nor pending. */
static void run_set(const Op* op)
{
    Cell* c = op->cell;
    if (is_active(c) || is_pending(c)) return say(" (in use)");
    cell_renew(c);
    cell_init(c, (op->n[0] % 5 + 5) % 5 - 2, op->n + 1);
}

/* ev_TYPE_set upon an active watcher, a mistake save for periodics. */
static void run_setnow(const Op* op)
{
    Cell* c = op->cell;
    if (is_active(c) && c->kind == 'T') world.unverified = 1;
    else if (is_active(c) && c->kind != 'P') world.mistaken = 1;
    /* When a timer that was put off is due, only the watcher says. */
    if (is_active(c)) c->tainted = c->kind != 'T' || c->put_off;
    cell_set(c, op->n);
}

/* ev_TYPE_init upon an active watcher, a mistake always. */
static void run_init(const Op* op)
{
    Cell* c = op->cell;
    if (is_active(c) || is_pending(c)) world.mistaken = 1;
    world.unembedded |= c->kind == 'E' && is_active(c);
    cell_init(c, 0, op->n);
}

static void run_again(const Op* op)
{
    Cell* c = op->cell;
    c->stopped = 0;
    c->put_off = is_active(c);
    periodic_prepare(c);
    if (c->kind == 'T') ev_timer_again(loop_of(c), &c->u->timer);
    else ev_periodic_again(loop_of(c), &c->u->periodic);
}

/* Allowed at any time. */
static void run_tune(const Op* op)
{
    op->cell->u->timer.repeat = repeat(op->cell, op->n[0]);
}

static void run_feed(const Op* op)
{
    Cell* c = op->cell;
    if (!head(c)->cb) return;
    c->stopped = 0;
    ev_feed_event(loop_of(c), head(c), op->n[0]);
}

static void run_send(const Op* op)
{
    Cell* c = op->cell;
    if (is_active(c) && may_run()) ev_async_send(loop_of(c), &c->u->async);
}

static void run_move(const Op* op)
{
    Cell* c = op->cell;
    if (is_active(c) || is_pending(c) || world.mistaken) return;
    c->loop = op->n[0] % loop_count;
}

static void run_sweep(const Op* op)
{
    if (is_active(op->cell) && !world.runs && may_run())
        ev_embed_sweep(loop_of(op->cell), &op->cell->u->embed);
}

static void run_open(const Op* op)
{
    slot_quit(slot_arg(op));
    slot_close(slot_arg(op));
    slot_open(slot_arg(op), op->n[1] % file_kinds);
}

/* Closed, or another file put there, behind the back of its watchers. */
static void run_behind(const Op* op)
{
    slot_taint(slot_arg(op));
    slot_close(slot_arg(op));
}

static void run_swap(const Op* op)
{
    slot_taint(slot_arg(op));
    slot_open(slot_arg(op), op->n[1] % file_kinds);
}

static void run_close(const Op* op)
{
    slot_quit(slot_arg(op));
    slot_close(slot_arg(op));
}

static void run_copy(const Op* op) { slot_copy_make(slot_arg(op)); }
static void run_uncopy(const Op* op) { slot_copy_close(slot_arg(op)); }
static void run_shut(const Op* op) { slot_shut(slot_arg(op)); }

static void run_write(const Op* op)
{
    if (slots[slot_arg(op)].peer) fd_write(slot_peer(slot_arg(op)));
}

static void run_drain(const Op* op)
{
    if (slots[slot_arg(op)].peer) fd_drain(slot_peer(slot_arg(op)));
}

static void run_read(const Op* op)
{
    if (slots[slot_arg(op)].open) fd_drain(slot_fd(slot_arg(op)));
}

static void run_fill(const Op* op)
{
    int s = slot_arg(op);
    if (slots[s].open && slots[s].kind != plain_file) fd_fill(slot_fd(s));
}

static void run_limit(const Op* op) { limit_lower(op->n[0]); }
static void run_unlimit(const Op* op) { (void)op, limit_raise(); }

static void cell_taint(Cell* c) { c->tainted = 1; }

static void run_closefrom(const Op* op)
{
    (void)op;
    cells_each(cell_taint);
    slots_close_all();
}

/* The signals whose handler runs end a wait. */
static int handler_runs(int signum)
{
    struct sigaction action;
    sigset_t blocked;
    sigaction(signum, NULL, &action);
    sigprocmask(SIG_BLOCK, NULL, &blocked);
    return action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN
        && !sigismember(&blocked, signum);
}

/* A watcher of a signal must be called, also if its signalfd was closed. */
static void run_raise(const Op* op)
{
    int n = op->n[0] % (signal_count + 1);
    int signum = n == signal_count ? own_signal : signums[n];
    for (int i = 0; i < cell_most; ++i) {
        Cell* c = cell_at('S', i);
        c->owed |= is_active(c) && c->u->signal.signum == signum;
    }
    if (n != signal_count) outside.interrupts += handler_runs(signum);
    world.signaled |= n != signal_count;
    kill(getpid(), signum);
}

/* A process that ends at once, and is left to the loop. */
static void run_spawn(const Op* op)
{
    sigset_t one, old, pending;
    siginfo_t info;
    (void)op;
    sigemptyset(&one);
    sigaddset(&one, SIGCHLD);
    outside.interrupts += handler_runs(SIGCHLD);
    world.signaled = 1;
    sigprocmask(SIG_BLOCK, &one, &old);
    pid_t pid = fork();
    if (!pid) _exit(3);
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    do sigpending(&pending);
    while (!sigismember(&pending, SIGCHLD));
    sigprocmask(SIG_SETMASK, &old, NULL);
}

static void run_file(const Op* op)
{
    int file = op->n[0] % file_count;
    if (file == real_file) file_write(op->n[1]);
    else file_sizes[file] = op->n[1];
}

static void run_advance(const Op* op)
{
    if (clock_state.frozen) clock_advance(steps(op->n[0]));
}

/* 4.33 reads the wall clock only every half second: so that time passes. */
static void run_jump(const Op* op)
{
    if (!clock_state.frozen) return;
    clock_advance(steps(5));
    clock_jump(steps(op->n[0]));
}

static void run_run(const Op* op)
{
    if (world.runs >= runs_most || !may_run()) return say(" (not here)");
    if (!world.runs && world.flags[on_failure] == how_jump)
        loop_run_jumping(loop_arg(op), op->n[1] & 3);
    else loop_run(loop_arg(op), op->n[1] & 3);
}

static void run_collect(const Op* op)
{
    struct ev_loop* l = world.loops[loop_arg(op)];
    ev_set_io_collect_interval(l, steps(op->n[1]));
    ev_set_timeout_collect_interval(l, steps(op->n[2]));
}

/* To all loops: they may embed each other. */
static void run_renew(const Op* op)
{
    (void)op;
    for (int i = 0; i < loop_count; ++i) ev_loop_fork(world.loops[i]);
    world.renewed = 1;
    for (int i = 0; i < cell_most; ++i)
        cell_at('F', i)->owed = !world.runs && is_active(cell_at('F', i));
}

static void run_remake(const Op* op)
{
    int i = loop_arg(op);
    if (world.runs || world.nesting) return;
    cells_leave(i);
    loop_close(i);
    loop_open(i);
    cells_orphan(i);
    embeds_renew(i);
}

/* In a child, which then ends. */
static void run_destroy(const Op* op)
{
    if (!world.in_child) return;
    loop_close(loop_arg(op));
    _exit(0);
}

/* Later, by somebody outside, while a loop waits. */
static void run_at(const Op* op)
{
    int64_t now = mono_ns();
    if (clock_state.frozen) now -= now % tick_ns();
    outside_add(now + op->n[0] * tick_ns(), op->later);
}

#endif
