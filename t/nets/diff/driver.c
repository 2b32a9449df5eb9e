/* Runs programs of operations on libev's API and prints what happened, to be
 * compared with what another implementation does with them.
 *
 * usage: driver FILE
 *
 * FILE holds any number of programs, each begun by a line
 *     program NAME BACKEND
 * with a number EVBACKEND_*; 8 more means that the loops' waits are not traced
 * by hooks, which would keep the library from taking short cuts. Then each line
 * is an operation, or several with semicolons between. What begins with the
 * name of a watcher and a colon is its script: the operations of its first
 * call, its second, and so on. config DEFAULT SIGNALFD TIMERFD NOSIGMASK COUNT
 *     set T1 0 16 0
 *     start T1
 *     T1: stop T2; run 0 1
 *     run 0 1
 * Every program runs in a process of its own.
 */
#define _GNU_SOURCE 1
#include <ctype.h>

#include "loops.h"

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

static void complain(const char* what, const char* text)
{
    fprintf(stderr, "driver: %s: %s\n", what, text);
    exit(2);
}

static const Verb* verb_find(const char* name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; ++i)
        if (!strcmp(verbs[i].name, name)) return &verbs[i];
    complain("no such operation", name);
    return NULL;
}

static Cell* cell_find(const char* name)
{
    Cell* c = isdigit((unsigned char)name[1]) ? cell_at(name[0], atoi(name + 1))
                                              : NULL;
    if (!c) complain("no such watcher", name);
    return c;
}

static Op op_parse(char* text)
{
    char* rest;
    Op op = {verb_find(strtok_r(text, " \n", &rest)), NULL, {0}};
    if (*op.verb->on) {
        op.cell = cell_find(strtok_r(NULL, " \n", &rest));
        if (!strchr(op.verb->on, op.cell->kind))
            complain("not for this kind", op.verb->name);
    }
    for (int i = 0; i < op_words; ++i) {
        const char* number = strtok_r(NULL, " \n", &rest);
        if (!number) break;
        op.n[i] = atoi(number);
    }
    return op;
}

static Group group_parse(char* text)
{
    char* rest;
    Group g = {NULL, 0};
    Op* ops = (Op*)calloc(strlen(text) + 1, sizeof *ops);
    if (!ops) abort();
    for (char* part = strtok_r(text, ";\n", &rest); part;
         part = strtok_r(NULL, ";\n", &rest))
        if (part[strspn(part, " ")]) ops[g.count++] = op_parse(part);
    g.ops = ops;
    return g;
}

/* A line is part of a script, or done at once. */
static void line_run(char* line, int scripts)
{
    char* colon = strchr(line, ':');
    if (*line == '#' || !colon != !scripts) return;
    if (scripts) {
        Cell* c = cell_find(line);
        if (c->length == group_most) complain("too long a script", line);
        c->script[c->length++] = group_parse(colon + 1);
        return;
    }
    Group g = group_parse(line);
    for (int i = 0; i < g.count; ++i) {
        world.polls = 0;
        op_run(&g.ops[i]);
    }
}

static void world_begin(unsigned backend)
{
    clock_state.frozen = waits_coarse = 1;
    clock_state.mono = (int64_t)base_mono * clock_ns;
    clock_state.real = (int64_t)base_wall * clock_ns;
    signal(SIGPIPE, SIG_IGN);
    unsetenv("LIBEV_FLAGS");
    world.backend = backend & 7;
    world.quiet = backend >> 3 & 1;
    if (world.quiet) waits_over = on_wait_end;
    if (world.backend == EVBACKEND_EPOLL) waits_filter = slots_filter;
    world.flags = EVFLAG_NOTIMERFD | EVFLAG_NOINOTIFY;
    for (size_t k = 0; k < sizeof kinds - 1; ++k)
        for (int i = 0; i < kind_most; ++i) {
            world.cells[k][i].kind = kinds[k];
            world.cells[k][i].index = i;
            if (kinds[k] == 'O') world.cells[k][i].tag = once_idle;
        }
}

static void world_end(void)
{
    for (int i = 0; i < loop_count && world.loops[i]; ++i) loop_close(i);
    for (size_t k = 0; k < sizeof kinds - 1; ++k)
        for (int i = 0; i < kind_most && kinds[k] != 'O'; ++i)
            if (kinds[k] != 'Q')
                say("%d", 2 * is_active(&world.cells[k][i])
                              + is_pending(&world.cells[k][i]));
    say("\n");
}

static void program_run(char* text, unsigned backend)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    alarm(10);
    world_begin(backend);
    for (int scripts = 1; scripts >= 0; --scripts) {
        char *rest, *copy = strdup(text);
        for (char* line = strtok_r(copy, "\n", &rest); line;
             line = strtok_r(NULL, "\n", &rest))
            line_run(line, scripts);
    }
    world_end();
    _exit(0);
}

/* Each in a process of its own: programs leave much behind, or crash. */
static void program_fork(const char* heading, char* text)
{
    char name[64];
    unsigned backend;
    int status;
    if (sscanf(heading, "%63s %u", name, &backend) != 2)
        complain("no name and backend", heading);
    trace->used = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (!pid) program_run(text, backend);
    if (pid < 0 || waitpid(pid, &status, 0) != pid) abort();
    printf("program %s\n", name);
    fwrite(trace->text, 1, trace->used, stdout);
    printf("\nended by %d\n",
           WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static char* file_read(const char* path)
{
    FILE* file = fopen(path, "r");
    struct stat st;
    if (!file || fstat(fileno(file), &st)) complain("cannot read", path);
    char* text = (char*)calloc((size_t)st.st_size + 1, 1);
    if (!text || fread(text, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
        complain("cannot read", path);
    fclose(file);
    return text;
}

int main(int argc, char** argv)
{
    static const char mark[] = "program ";
    if (argc != 2) complain("usage", "driver FILE");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    trace = mmap(NULL, sizeof *trace, PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (trace == MAP_FAILED) abort();

    char* next = strstr(file_read(argv[1]), mark);
    while (next) {
        char* heading = next + sizeof mark - 1;
        char* text = heading + strcspn(heading, "\n");
        next = strstr(text, mark);
        if (next) next[-1] = 0;
        if (*text) *text++ = 0;
        program_fork(heading, text);
    }
    return 0;
}
