/* Runs programs of operations on libev's API and prints what happened, to be
 * compared with what another implementation does with them.
 *
 * usage: driver FILE
 *
 * FILE holds any number of programs, each begun by a line
 *     program NAME BACKEND
 * with a number EVBACKEND_*; 16 more means that the loops' waits are not traced
 * by hooks, which would keep the library from taking short cuts, 32 more that
 * our library has an error callback, 64 more that it has metrics and a callback
 * for slow callbacks. Then each line is an operation, or several
 * with semicolons between. What begins with the name of a watcher and a colon
 * is its script: the operations of its first call, its second, and so on.
 *     config DEFAULT SIGNALFD TIMERFD NOSIGMASK COUNT
 *     set T1 0 16 0
 *     start T1
 *     T1: stop T2; run 0 1
 *     run 0 1
 * Every program runs in a process of its own.
 */
#define _GNU_SOURCE 1
#include "loops.h"
#include "programs.h"

static void run_config(const Op* op);

static const char no_cell[] = "", any[] = "TPIDRCFXASKVE";

static const Verb verbs[] = {
    {"config", run_config, no_cell},
    {"start", run_start, any},
    {"stop", run_stop, any},
    {"set", run_set, any},
    {"feed", run_feed, any},
    {"clear", run_clear, any},
    {"invoke", run_invoke, any},
    {"move", run_move, "TPIDRCFXAS"},
    {"again", run_again, "TP"},
    {"tune", run_tune, "TP"},
    {"modify", run_modify, "I"},
    {"send", run_send, "A"},
    {"sweep", run_sweep, "E"},
    {"once", run_once, "O"},
    {"feedfd", run_feed_fd, no_cell},
    {"feedsignal", run_feed_signal, no_cell},
    {"feedsignalevent", run_feed_signal_event, no_cell},
    {"raise", run_raise, no_cell},
    {"write", run_write, no_cell},
    {"read", run_read, no_cell},
    {"fill", run_fill, no_cell},
    {"drain", run_drain, no_cell},
    {"shut", run_shut, no_cell},
    {"close", run_close, no_cell},
    {"open", run_open, no_cell},
    {"dup", run_dup, no_cell},
    {"kill", run_kill, no_cell},
    {"spawn", run_spawn, no_cell},
    {"finish", run_finish, no_cell},
    {"halt", run_halt, no_cell},
    {"continue", run_continue, no_cell},
    {"file", run_file, no_cell},
    {"advance", run_advance, no_cell},
    {"jump", run_jump, no_cell},
    {"run", run_run, no_cell},
    {"pass", run_invoke_pending, no_cell},
    {"break", run_break, no_cell},
    {"ref", run_ref, no_cell},
    {"unref", run_unref, no_cell},
    {"fork", run_fork, no_cell},
    {"now", run_now, no_cell},
    {"suspend", run_suspend, no_cell},
    {"collect", run_collect, no_cell},
    {"hook", run_hook, no_cell},
    {"remake", run_remake, no_cell},
};

static void loops_open(void)
{
    world.begun = 1;
    for (int i = 0; i < loop_count; ++i) loop_open(i);
    for (int i = 0; i < loop_count; ++i) cells_renew(i);
}

static void run_config(const Op* op)
{
    if (world.begun) return;
    world.is_default = op->n[0];
    if (op->n[1] & 1) world.flags |= EVFLAG_SIGNALFD;
    if (op->n[1] & 2) world.flags |= EVFLAG_NOSIGMASK;
    if (op->n[2]) world.flags &= ~(unsigned)EVFLAG_NOTIMERFD;
    world.counted = op->n[3];
}

static void op_run(const Op* op)
{
    if (op->verb->run != run_config && !world.begun) loops_open();
    if (world.begun && !world.loops[0]) return; /* all is ending */
    say_line();
    say("%s", op->verb->name);
    if (op->cell) say(" %c%d", op->cell->kind, op->cell->index);
    for (int i = 0; i < op_words; ++i) say(" %d", op->n[i]);
    op->verb->run(op);
    if (op->cell) {
        say(" ->");
        say_cell(op->cell);
    }
    for (int i = 0; i < loop_count && world.loops[i]; ++i) {
        if (world.counted) say(" %u", ev_pending_count(world.loops[i]));
        if (!world.acquiring) ev_verify(world.loops[i]);
    }
}

static Op op_parse(char* text)
{
    char* rest;
    const char* name = strtok_r(text, " \n", &rest);
    Op op = {verb_find(verbs, sizeof verbs / sizeof *verbs, name), NULL, {0}};
    op.cell = operand_find(op.verb, &rest);
    numbers_read(op.n, op_words, &rest);
    return op;
}

/* A line is part of a script, or done at once. */
static void line_run(char* line, int scripts)
{
    char* colon = strchr(line, ':');
    if (*line == '#' || !colon != !scripts) return;
    if (scripts) return script_add(line, colon + 1);
    Group g = group_parse(line);
    for (int i = 0; i < g.count; ++i) {
        world.polls = 0;
        op_run(&g.ops[i]);
    }
}

static void world_begin(unsigned backend)
{
    alarm(60);
    clock_state.frozen = waits_coarse = 1;
    clock_state.mono = (int64_t)base_mono * clock_ns;
    clock_state.real = (int64_t)base_wall * clock_ns;
    signal(SIGPIPE, SIG_IGN);
    unsetenv("LIBEV_FLAGS");
    world.backend = backend_here(backend, EVBACKEND_POLL);
    world.quiet = backend >> 4 & 1;
    if (backend >> 5 & 1) listen_begin();
    world.watched = backend >> 6 & 1;
    if (world.quiet) waits_over = on_wait_end;
    if (world.backend >= EVBACKEND_EPOLL) waits_filter = slots_filter;
    world.flags = EVFLAG_NOTIMERFD | EVFLAG_NOINOTIFY;
    for (size_t k = 0; k < sizeof letters - 1; ++k)
        for (int i = 0; i < kind_most; ++i) {
            world.cells[k][i].kind = letters[k];
            world.cells[k][i].index = i;
            if (letters[k] == 'O') world.cells[k][i].tag = once_idle;
        }
}

static void world_end(void)
{
    for (int i = 0; i < loop_count && world.loops[i]; ++i) loop_close(i);
    for (size_t k = 0; k < sizeof letters - 1; ++k)
        for (int i = 0; i < kind_most && letters[k] != 'O'; ++i)
            if (letters[k] != 'Q')
                say("%d", 2 * is_active(&world.cells[k][i])
                              + is_pending(&world.cells[k][i]));
    say("\n");
}

int main(int argc, char** argv)
{
    static const Runner runner = {world_begin, line_run, world_end, NULL};
    if (argc != 2) complain("usage", "driver FILE");
    programs_run(&runner, file_read(argv[1]));
    return 0;
}
