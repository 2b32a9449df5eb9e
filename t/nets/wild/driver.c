/* Runs wild programs: the outside world acts while loops wait, descriptors run
 * out and are closed behind the loop's back, watchers are changed while active,
 * children go on with their parent's loops. Prints what came of it, and looks
 * for errors that need no comparison (oracle.h).
 *
 * usage: driver near|far FILE
 *
 * FILE holds programs as those of ../diff/driver.c: lines of operations,
 *     config DEFAULT FLAGS UPTIME FAILURE REAL
 *     at 5 write 0           in five ticks, while the loop waits
 *     child: stop S0; run 0 1
 *     T0: start T1           the script of T0's first call, then the second
 * Every program runs in a process of its own.
 */
#define _GNU_SOURCE 1
#include "verbs.h"

#include "../diff/programs.h"

static void run_config(const Op* op);

static const char no_cell[] = "", any[] = "TPIDRCFASKVE";

static const Verb verbs[] = {
    {"config", run_config, no_cell},
    {"start", run_start, any},
    {"stop", run_stop, any},
    {"set", run_set, any},
    {"setnow", run_setnow, any},
    {"init", run_init, any},
    {"again", run_again, "TP"},
    {"tune", run_tune, "T"},
    {"feed", run_feed, any},
    {"send", run_send, "A"},
    {"move", run_move, any},
    {"sweep", run_sweep, "E"},
    {"open", run_open, no_cell},
    {"behind", run_behind, no_cell},
    {"swap", run_swap, no_cell},
    {"close", run_close, no_cell},
    {"copy", run_copy, no_cell},
    {"uncopy", run_uncopy, no_cell},
    {"shut", run_shut, no_cell},
    {"write", run_write, no_cell},
    {"drain", run_drain, no_cell},
    {"read", run_read, no_cell},
    {"fill", run_fill, no_cell},
    {"limit", run_limit, no_cell},
    {"unlimit", run_unlimit, no_cell},
    {"raise", run_raise, no_cell},
    {"closefrom", run_closefrom, no_cell},
    {"file", run_file, no_cell},
    {"advance", run_advance, no_cell},
    {"jump", run_jump, no_cell},
    {"run", run_run, no_cell},
    {"collect", run_collect, no_cell},
    {"renew", run_renew, no_cell},
    {"remake", run_remake, no_cell},
    {"destroy", run_destroy, no_cell},
    {"spawn", run_spawn, no_cell},
    {"at", run_at, no_cell},
};

static void clocks_begin(void)
{
    if (world.flags[is_real]) return;
    clock_state.frozen = 1;
    clock_state.mono = (int64_t)world.flags[uptime] * clock_ns;
    clock_state.real = (int64_t)base_wall * clock_ns;
}

static void world_open(void)
{
    clocks_begin();
    if (world.flags[on_failure] != how_abort) ev_set_syserr_cb(on_syserr);
    for (int i = 0; i < loop_count; ++i) loop_open(i);
    world.begun = 1;
    cells_each(cell_prepare);
}

static void run_config(const Op* op)
{
    if (world.begun) return;
    memcpy(world.flags, op->n, sizeof op->n);
    world.flags[uptime] += !world.flags[uptime];
}

static void op_run(const Op* op)
{
    if (op->verb->run != run_config && !world.begun) world_open();
    say("\n> %*s%s", 2 * world.nesting, "", op->verb->name);
    if (op->cell) say(" %c%d", op->cell->kind, op->cell->index);
    for (int i = 0; i < op_words; ++i) say(" %d", op->n[i]);
    op->verb->run(op);
    /* A callback may check the loop; what happens outside cannot. */
    int verified =
        !REFERENCE && !world.mistaken && !world.unverified && !world.waiting;
    for (int i = 0; verified && i < loop_count; ++i)
        if (world.loops[i]) ev_verify(world.loops[i]);
}

static Op op_parse(char* text)
{
    char* rest;
    const char* name = strtok_r(text, " \n", &rest);
    Op op = {
        verb_find(verbs, sizeof verbs / sizeof *verbs, name), NULL, NULL, {0}};
    op.cell = operand_find(op.verb, &rest);
    numbers_read(op.n, op.verb->run == run_at ? 1 : op_words, &rest);
    if (op.verb->run == run_at) {
        Op* later = (Op*)malloc(sizeof *later);
        if (!later) abort();
        *later = op_parse(rest);
        op.later = later;
    }
    return op;
}

/* A line is part of a script, or done at once, here or in a child. */
static void line_run(char* line, int scripts)
{
    static const char forked[] = "child:";
    char* colon = strchr(line, ':');
    int is_child = !strncmp(line, forked, sizeof forked - 1);
    if (*line == '#' || (colon && !is_child) != scripts) return;
    if (scripts) return script_add(line, colon + 1);
    Group g = group_parse(is_child ? colon + 1 : line);
    if (is_child && !world.begun) world_open();
    if (is_child) return child_run(&g);
    for (int i = 0; i < g.count; ++i) op_run(&g.ops[i]);
}

static int complaints; /* a file for standard error */

static void world_begin(unsigned backend)
{
    dup2(complaints, 2);
    lseek(2, 0, SEEK_SET);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(own_signal, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    setitimer(ITIMER_PROF, &watch, NULL);
    alarm(60);
    unsetenv("LIBEV_FLAGS");
    syscall(SYS_close_range, (unsigned)fds_from, ~0u, 0u);
    limit_set(limit_high);
    /* select(2) takes no notice of numbers beyond the process's table. */
    if (dup2(0, limit_high - 1) >= 0) close(limit_high - 1);
    if (!REFERENCE) ev_set_allocator(allocate);
    unlink(file_names[real_file]);
    /* Both report unwanted events once, which ends a run. */
    world.backend = backend_here(backend, EVBACKEND_EPOLL);
    world.stands_in = world.backend != (backend & 15);
    for (size_t k = 0; k < sizeof letters - 1; ++k)
        for (int i = 0; i < cell_most; ++i) {
            world.cells[k][i].kind = letters[k];
            world.cells[k][i].index = i;
        }
}

static void program_end(void)
{
    if (!world.begun) world_open();
    world_end();
}

/* What a process wrote before it was ended: the first line of it, or that in
 * which a sanitizer sums up. */
static void complaints_print(void)
{
    static char text[1 << 16];
    ssize_t length = pread(complaints, text, sizeof text - 1, 0);
    text[length < 0 ? 0 : length] = 0;
    const char* line = strstr(text, "SUMMARY: ");
    if (!line) line = strstr(text, "runtime error: ");
    if (!line) line = text;
    if (*line) printf("\nsaid %.*s", (int)strcspn(line, "\n"), line);
    if (ftruncate(complaints, 0)) abort();
}

int main(int argc, char** argv)
{
    static const Runner runner = {world_begin, line_run, program_end,
                                  complaints_print};
    char directory[] = "/tmp/wild.XXXXXX";
    if (argc != 3) complain("usage", "driver near|far FILE");
    world.far = !strcmp(argv[1], "far");
    char* text = file_read(argv[2]);
    complaints = memfd_create("complaints", MFD_CLOEXEC);
    if (!mkdtemp(directory) || chdir(directory)) abort();
    programs_run(&runner, text);
    unlink(file_names[real_file]);
    return rmdir(directory);
}
