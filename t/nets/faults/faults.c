/* Fails every system call and every allocation of the library, one at a time,
 * in every scene, and judges what comes of it.
 *
 * Usage: faults BACKEND [SCENE [CALL NTH ERRNO [always]]]. The latter plays
 * one fault and tells what was seen. FAULTS_PART=1/3 plays the first third.
 * FAULTS_DEEP is how many calls of one kind
 * in a scene are failed, one after the other; 0 is all.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "plan.h"
#include "scene.h"

enum { limit = 120, syserrs_most = 20, iterations_most = 400 };

Result* result;
unsigned scene_backend;
double scene_patience;
unsigned scene_iterations;

static pid_t runner;
static int log_fd; /* standard error of the scenes */
static int blocks, block_to_fail;

static void* allocate(void* old, long size)
{
    if (size && !old) ++blocks;
    if (!size && old) --blocks;
    if (size && ++result->allocations == block_to_fail) {
        result->in_child = getppid() != runner;
        return NULL;
    }
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

static void syserr_called(const char* what)
{
    (void)what;
    if (++result->syserrs < syserrs_most) return;
    result->gave_up = result->ended = 1;
    _exit(0);
}

static int fds_open(void)
{
    int count = 0;
    DIR* dir = opendir("/proc/self/fd");
    while (dir && readdir(dir)) ++count;
    if (dir) closedir(dir);
    return count;
}

static void limit_time(void)
{
    struct sigevent kill = {.sigev_notify = SIGEV_SIGNAL,
                            .sigev_signo = SIGKILL};
    struct itimerspec at = {{0, 0}, {limit, 0}};
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &kill, &timer)) abort();
    timer_settime(timer, 0, &at, NULL);
}

static void note_calls(void)
{
    for (int i = 0; i < call_count; ++i)
        if (inject_calls(i) > result->calls[i])
            result->calls[i] = inject_calls(i);
    if (inject_hits() > result->hits) result->hits = inject_hits();
}

/* In a process of its own; what it meets is in *result. */
static void scene_play(const Scene* scene, const Fault* faults, int count,
                       int allocation)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(log_fd, 2);
    limit_time();
    block_to_fail = allocation;
    ev_set_allocator(allocate);
    ev_set_syserr_cb(syserr_called);
    atexit(note_calls);

    int fds = fds_open();
    inject_reset();
    for (int i = 0; i < count; ++i) inject_set(faults[i]);
    scene->play();
    note_calls();
    result->fds_lost = fds_open() - fds;
    result->blocks_lost = blocks;
    result->ended = 1;
    _exit(0);
}

/* Returns the wait status. */
static int scene_run(const Scene* scene, const Fault* faults, int count,
                     int allocation, int may)
{
    /* Far longer than polling a path takes, but vain if nothing may come. */
    scene_patience = may & may_starve ? .05 : 60;
    scene_iterations = may & may_spin ? ~0u : 10 * iterations_most;
    memset(result, 0, sizeof *result);
    if (ftruncate(log_fd, 0) || lseek(log_fd, 0, SEEK_SET)) abort();
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) abort();
    if (!pid) scene_play(scene, faults, count, allocation);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    scene_home_empty();
    return status;
}

/* What is wrong, or null. */
static const char* judge(int status, int may)
{
    static char text[128];
    const Result* r = result;
    if (WIFSIGNALED(status)) {
        int signal = WTERMSIG(status);
        if (signal == SIGKILL) return "hangs";
        snprintf(text, sizeof text, "killed by SIG%s", sigabbrev_np(signal));
        return text;
    }
    if (!r->ended) return "left in the middle";
    if (r->errors && !(may & may_error)) return "EV_ERROR";
    if (r->syserrs && !(may & may_syserr)) return "syserr";
    if (r->refused && !(may & may_refuse)) return "no loop";
    if (r->gave_up) return may & may_starve ? NULL : "goes on failing";
    if (r->missed[0] && !(may & may_starve)) {
        snprintf(text, sizeof text, "missed: %s", r->missed);
        return text;
    }
    if (r->iterations > iterations_most && !(may & may_spin))
        snprintf(text, sizeof text, "spins: %u iterations", r->iterations);
    else if (r->fds_lost || r->blocks_lost)
        snprintf(text, sizeof text, "leaks: %d fds, %d blocks", r->fds_lost,
                 r->blocks_lost);
    else return NULL;
    return text;
}

static int injected, bad;
static int turn, part, parts = 1; /* which turns are ours */

static void complain(const char* format, ...)
{
    va_list more;
    if (!bad++) printf("#\n");
    printf("#   ");
    va_start(more, format);
    vprintf(format, more);
    va_end(more);
    printf("\n");
}

static void fault_play(const Scene* scene, const Plan* plan, int nth, int error)
{
    /* Called ready for ever by a fault; in a loop that is embedded, only an fd
     * that really is wakes the outer one. */
    int vain = error == EPERM && plan->call == call_epoll_ctl;
    if (vain && !strcmp(scene->name, "embed")) return;
    /* Pidfds are in a set of their own. If that is closed, it is reported. */
    int closed = error == EBADF && plan->call == call_epoll_wait;
    int may = plan->may;
    if (closed && !strcmp(scene->name, "child_elsewhere")) may |= may_syserr;

    if (turn++ % parts != part) return;
    Fault faults[2] = {{plan->call, nth, error, plan->lasting}};
    int count = 1;
    if (plan->with >= 0) faults[count++] = (Fault){plan->with, 1, error, 1};
    int status = scene_run(scene, faults, count, 0, may);
    const char* wrong = judge(status, may);
    injected += result->hits > 0;
    if (wrong)
        complain("%s %d %s%s: %s", inject_names[plan->call], nth,
                 error_name(error), plan->lasting ? " always" : "", wrong);
}

static void plan_play(const Scene* scene, const Plan* plan, int calls, int deep)
{
    for (int nth = 1; nth <= calls; ++nth) {
        if (deep && nth > deep) break;
        if (plan->call == call_clock_gettime && nth > 1) break;
        if (plan->lasting && nth > 3) break;
        for (int i = 0; plan->errors[i]; ++i)
            fault_play(scene, plan, nth, plan->errors[i]);
    }
}

/* Documented: a message, and the end of the process. */
static void allocations_play(const Scene* scene, int allocations, int deep)
{
    static const char said[] = "(libev) cannot allocate memory, aborting.\n";
    for (int nth = 1; nth <= allocations; ++nth) {
        char text[sizeof said] = "";
        if (deep && nth > 2 * deep) break;
        if (turn++ % parts != part) continue;
        int status = scene_run(scene, NULL, 0, nth, 0);
        ++injected;
        if (pread(log_fd, text, sizeof said - 1, 0) < 0) abort();
        if (strcmp(text, said)) complain("allocation %d: no message", nth);
        else if (!result->in_child
                 && (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT))
            complain("allocation %d: no abort", nth);
    }
}

static void scene_judge(const Scene* scene, const char* backend, int number)
{
    const char* deep_text = getenv("FAULTS_DEEP");
    int deep = deep_text ? atoi(deep_text) : 3;
    int before = injected, calls[call_count];

    bad = 0;
    const char* wrong = judge(scene_run(scene, NULL, 0, 0, 0), 0);
    int allocations = result->allocations;
    memcpy(calls, result->calls, sizeof calls);
    if (wrong) complain("without any fault: %s", wrong);
    for (int i = 0; i < plans_count && !wrong; ++i)
        plan_play(scene, &plans[i], calls[plans[i].call], deep);
    if (!wrong) allocations_play(scene, allocations, deep);
    printf("%sok %d - test_fault_in_scene_%s_is_survived [%s %d/%d]\n",
           bad ? "not " : "", number, scene->name, backend, part + 1, parts);
    printf("# %d faults\n", injected - before);
    fflush(stdout);
}

static int fault_show(const Scene* scene, char** argv)
{
    Fault fault = {0, atoi(argv[1]), 0, argv[3] != NULL};
    while (strcmp(inject_names[fault.call], argv[0]))
        if (++fault.call == call_count) return 2;
    while (strcmp(error_name(fault.error), argv[2]))
        if (++fault.error == 200) return 2;
    int status = scene_run(scene, &fault, 1, 0, 0);
    const char* wrong = judge(status, 0);
    printf(
        "status %x: %s\nhits %d, EV_ERROR %d, syserr %d, no loop %d, "
        "gave up %d, missed \"%s\", iterations %u, fds %d, blocks %d\n",
        (unsigned)status, wrong ? wrong : "as if nothing had happened",
        result->hits, result->errors, result->syserrs, result->refused,
        result->gave_up, result->missed, result->iterations, result->fds_lost,
        result->blocks_lost);
    return 0;
}

static int backend_find(const char* name)
{
    static const char* const names[] = {"select", "poll", "epoll", "kqueue"};
    for (unsigned i = 0; i < 4; ++i)
        if (!strcmp(names[i], name)) scene_backend = 1u << i;
    return scene_backend != 0;
}

int main(int argc, char** argv)
{
    if (argc < 2 || !backend_find(argv[1])) return 2;
    if (!inject_library_is_found()) return 2;
    runner = getpid();
    FILE* log = tmpfile();
    if (!log || !scene_home_make()) return 2;
    log_fd = fileno(log);
    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED) return 2;
    unsetenv("LIBEV_FLAGS");
    const char* ours = getenv("FAULTS_PART"); /* like 1/3 */
    if (ours && (sscanf(ours, "%d/%d", &part, &parts) != 2 || !part--))
        return 2;

    int number = 0, failed = 0;
    for (int i = 0; i < scenes_count; ++i) {
        if (argc > 2 && strcmp(argv[2], scenes[i].name)) continue;
        if (argc > 5) return fault_show(&scenes[i], argv + 3);
        scene_judge(&scenes[i], argv[1], ++number);
        failed += bad != 0;
    }
    printf("1..%d\n# faults injected: %d\n", number, injected);
    return failed > 0;
}
