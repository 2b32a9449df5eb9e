/* Walks through each function with each action, and reports in TAP.
 *
 * Usage: driver BACKEND [FUNCTION [ACTION [awake|asleep [N]]]]
 * With N only the stop before the Nth instruction is played. Each of the names
 * may be `all`. With STEPS_ROUNDS=R an instruction in a loop is stopped at in
 * the first R rounds only.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "experiment.h"
#include "steps.h"
#include "walker.h"

enum { failures_most = 5, skipped = 77 };

static int tests, failed, only = -1;
static int rounds = path_most;
static long played;
static Path path;

/* Where an address is: by name, and by line if the sources are known. */
static void where_print(FILE* out, const char* what, uintptr_t at)
{
    Dl_info info;
    char command[512], line[256];
    if (!dladdr((void*)at, &info) || !info.dli_fname) {
        fprintf(out, "#   %s %#lx\n", what, (unsigned long)at);
        return;
    }
    unsigned long offset = at - (uintptr_t)info.dli_fbase;
    const char* file = strrchr(info.dli_fname, '/');
    fprintf(out, "#   %s %s+%#lx", what, file ? file + 1 : info.dli_fname,
            offset);
    if (info.dli_sname)
        fprintf(out, ", %s+%#lx", info.dli_sname,
                at - (uintptr_t)info.dli_saddr);
    fputs("\n", out);
    snprintf(command, sizeof command, "addr2line -Cfipse '%s' %#lx 2>/dev/null",
             info.dli_fname, offset);
    FILE* lines = popen(command, "r");
    while (lines && fgets(line, sizeof line, lines))
        fprintf(out, "#     %s", line);
    if (lines) pclose(lines);
}

/* One stop; true: all was well. */
static int stop_play(FILE* out, int n)
{
    int good = experiment(&path, n);
    ++played;
    if (good && only < 0) return 1;
    fprintf(out, "# stop %d of %d: %s\n", n, path_stops(&path),
            good ? "all was well" : shared->wrong);
    if (n < path.count) where_print(out, "at", path.at[n]);
    else fputs(path.is_blocked ? "#   blocked\n" : "#   at the end\n", out);
    if (shared->crashed_at) where_print(out, "crashed at", shared->crashed_at);
    return good;
}

static void pair_play(const char* name)
{
    char* text = NULL;
    size_t size;
    FILE* out = open_memstream(&text, &size);
    int bad = 0, n = 0, count = path_stops(&path);

    if (only >= 0) n = only, count = only + 1;
    for (; n < count && bad < failures_most; ++n)
        if (path_meetings(&path, n) <= rounds) bad += !stop_play(out, n);
    if (n < count) fprintf(out, "# those from %d on were not played\n", n);
    failed += bad > 0;
    fclose(out);
    printf("%s %d - test_steps_%s_then_%s%s_loses_nothing [%s]\n%s",
           bad ? "not ok" : "ok", ++tests, function->name, action->name,
           asleep ? "_asleep" : "", name, text);
    fflush(stdout);
    free(text);
}

static int chosen(const char* argument, const char* name)
{
    return !argument || !strcmp(argument, "all") || !strcmp(argument, name);
}

/* The path does not depend on the action. */
static void function_play(const char* action_name, const char* name)
{
    int recorded = 0;
    for (int i = 0; i < actions_count; ++i) {
        action = &actions[i];
        if (!(action->what & function->what & ~may_wait)) continue;
        if (!chosen(action_name, action->name)) continue;
        if (!recorded++ && !path_record(&path)) {
            printf("not ok %d - test_steps_%s_can_be_walked [%s]\n# %s\n",
                   ++tests, function->name, name, shared->wrong);
            ++failed;
            return;
        }
        if (only > path_stops(&path) - 1) only = path_stops(&path) - 1;
        pair_play(name);
    }
}

static void all_play(int argc, char** argv)
{
    const char* function_name = argc > 2 ? argv[2] : NULL;
    const char* action_name = argc > 3 ? argv[3] : NULL;
    const char* scene = argc > 4 ? argv[4] : NULL;
    if (argc > 5) only = atoi(argv[5]);
    quiet = only < 0;
    for (int i = 0; i < functions_count; ++i) {
        function = &functions[i];
        if (!chosen(function_name, function->name)) continue;
        for (asleep = 0; asleep < 2; ++asleep) {
            if (asleep && !(function->what & all_senders)) continue;
            if (chosen(scene, asleep ? "asleep" : "awake"))
                function_play(action_name, argv[1]);
        }
    }
}

/* Is it permitted, and is this a processor that is known here? */
static int can_trace(void)
{
    int status = 0, can = 0;
    pid_t pid = fork();
    if (!pid) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0)) _exit(1);
        raise(SIGSTOP);
        _exit(0);
    }
    if (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
        can = !ptrace(PTRACE_SINGLESTEP, pid, 0, 0)
           && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return can && walker_supported();
}

/* Only one thread runs, the others wait: on one processor that is faster. */
static void one_processor(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)sched_getcpu(), &set);
    sched_setaffinity(0, sizeof set, &set);
}

static unsigned backend_of(const char* name)
{
    return !strcmp(name, "select") ? EVBACKEND_SELECT
         : !strcmp(name, "poll")   ? EVBACKEND_POLL
         : !strcmp(name, "epoll")  ? EVBACKEND_EPOLL
                                   : 0;
}

int main(int argc, char** argv)
{
    if (argc < 2 || !(backend = backend_of(argv[1]))) return 2;
    if (!getenv("LD_BIND_NOW")) { /* nothing is to be looked up in the calls */
        setenv("LD_BIND_NOW", "1", 1);
        execv("/proc/self/exe", argv);
    }
    if (!can_trace()) {
        puts("1..0 # SKIP ptrace is not permitted, or not known here");
        return skipped;
    }
    if (getenv("STEPS_ROUNDS")) rounds = atoi(getenv("STEPS_ROUNDS"));
    one_processor();
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return 2;
    all_play(argc, argv);
    printf("1..%d\n# stops: %ld\n", tests, played);
    return failed > 0;
}
