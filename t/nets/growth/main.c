/* The driver: growth OUT SIZES ALIKE SHARE SHARES [SCENARIO]... does every
 * SHARES-th scenario, or of those whose names begin so, for the sizes, which
 * are separated by commas; those that are compared with others of ours only
 * for the sizes ALIKE. growth --list names all.
 *
 * Callgrind has to leave its files, named by the process, in the directory OUT;
 * what they become is OUT/SCENARIO.SIZE. What did not go well is printed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "growth.h"

static const Operand* const operands[] = {
    operands_io,   operands_time,   operands_kinds, operands_loops,
    operands_once, operands_handed, operands_nested};
static const Operation* const operations[] = {
    operations_common, operations_some, operations_event, operations_handed,
    operations_nested};
/* In bytes, and as what the thing itself needs. 46,368 is a number of
 * Fibonacci: what multiplies an address by the golden ratio to spread it has
 * these side by side. */
static const int distances[] = {0, 64, 4096, 46368};

enum { seconds_most = 600, status_hollow = 1 }; /* of processor time */

static const char* out; /* directory */

static void limit(int resource, rlim_t most)
{
    struct rlimit limit;
    getrlimit(resource, &limit);
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    setrlimit(resource, &limit);
}

/* What callgrind left of a process, before another one gets its number: the
 * first of its files. */
static void keep(pid_t pid, const char* name)
{
    char from[200], to[200];
    snprintf(from, sizeof from, "%s/%d.1", out, (int)pid);
    snprintf(to, sizeof to, "%s/%s", out, name);
    rename(from, to);
    *strrchr(from, '.') = 0;
    unlink(from);
}

static int suits(const Operand* operand, const Operation* operation)
{
    int needs = operation->needs;
    if (!(operand->sort & operation->suits)) return 0;
    if (needs & strides && !(operand->traits & strided)) return 0;
    if (needs & (able | reached) && !operand->ready) return 0;
    if (needs & callable && operand->traits & uncalled) return 0;
    return !(needs & one_by_one && operand->traits & together);
}

/* Is a thing of the operand so small? */
static int fits(const Operand* operand, int distance)
{
    int large = of_stat | of_embed | of_event;
    return distance >= (int)sizeof(Any) || !(operand->sort & large);
}

static void measure(const Operand* operand, const Operation* operation, int n,
                    int distance)
{
    World world;
    limit(RLIMIT_CPU, seconds_most);
    world_open(&world, operand, n, (size_t)distance);
    world_prepare(&world, operation->needs);

    CALLGRIND_ZERO_STATS;
    CALLGRIND_TOGGLE_COLLECT;
    operation->run(&world);
    CALLGRIND_TOGGLE_COLLECT;

    if (!operation->fine(&world)) _exit(status_hollow);
    CALLGRIND_DUMP_STATS;
    _exit(0);
}

static void measure_apart(const Operand* operand, const Operation* operation,
                          int n, int distance, const char* scenario)
{
    char name[120];
    siginfo_t end = {0};
    pid_t pid = fork();
    if (!pid) measure(operand, operation, n, distance);
    if (pid < 0 || waitid(P_PID, (id_t)pid, &end, WEXITED) < 0) exit(2);
    snprintf(name, sizeof name, "%s.%d", scenario, n);
    keep(pid, name);
    if (end.si_code == CLD_EXITED && !end.si_status) return;
    printf("%s: ended by %s %d\n", name,
           end.si_code == CLD_EXITED ? "status" : "signal", end.si_status);
    fflush(stdout);
}

static int wanted(const char* name, char** names)
{
    if (!*names) return 1;
    while (*names && strncmp(name, *names, strlen(*names))) ++names;
    return *names != NULL;
}

/* Names it, or does it if it is one of those asked for. */
static void scenario(const Operand* operand, const Operation* operation,
                     int distance, char** arguments)
{
    static int count;
    char name[100], by[20] = "";
    int compared = distance || operand->traits & alike;
    if (distance) snprintf(by, sizeof by, "_by_%d", distance);
    snprintf(name, sizeof name, "%s%s.%s", operand->name, by, operation->name);
    if (!arguments) {
        printf("%s\n", name);
        return;
    }
    if (!wanted(name, arguments + 5)) return;
    if (count++ % atoi(arguments[4]) != atoi(arguments[3])) return;
    const char* size = arguments[compared ? 2 : 1];
    for (; size && *size; size = strchr(size, ','))
        measure_apart(operand, operation, atoi(size += *size == ','), distance,
                      name);
}

/* With all the distances that it needs. */
static void spread(const Operand* operand, const Operation* operation,
                   char** arguments)
{
    for (size_t i = 0; i < sizeof distances / sizeof *distances; ++i) {
        if (distances[i] && !(operation->needs & strides)) return;
        if (distances[i] && !fits(operand, distances[i])) continue;
        scenario(operand, operation, distances[i], arguments);
    }
}

static void scenarios(char** arguments)
{
    for (size_t i = 0; i < sizeof operands / sizeof *operands; ++i)
        for (const Operand* a = operands[i]; a->name; ++a)
            for (size_t k = 0; k < sizeof operations / sizeof *operations; ++k)
                for (const Operation* b = operations[k]; b->name; ++b)
                    if (suits(a, b)) spread(a, b, arguments);
}

int main(int argc, char** argv)
{
    int list = argc == 2 && !strcmp(argv[1], "--list");
    if (!list && argc < 6) return 2;
    limit(RLIMIT_NOFILE, RLIM_INFINITY);
    if (!list) out = argv[1], warm_up();
    scenarios(list ? NULL : argv + 1);
    return 0;
}
