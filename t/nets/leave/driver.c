/* Plays a program once to count its exits, then once for each case.
 *
 * Usage: driver BACKEND PROGRAM [WAY [K]]
 *     PROGRAM is a number, the seed, or a name. WAY and K, an exit, choose one
 *     part, or one case, the record of which is printed.
 * LEAVE_DOSE is how many cases are played at most; 0 is all. LEAVE_TALLY=1
 * prints every failure in one line.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../faults/plan.h"
#include "leave.h"

enum { limit = 60, failures_most = 5 };

World world;
Case now;
Result* result;

static const char *backend_name, *way_only, *library;
static int k_only = -1;
static char first_record[record_most];
static int counts[ways], bad[ways], not_met;
static int dose, is_counting, ways_used, tally;
static int cases[ways], all_cases[ways];

static const char* const exit_names[] = {"pthread_testcancel",
                                         "a watcher",
                                         "the invoke-pending callback",
                                         "the release callback",
                                         "the acquire callback",
                                         "the syserr callback",
                                         "the error callback",
                                         "a reschedule callback",
                                         "the allocator"};

static const char* exit_name(const Exit* e)
{
    static const char* const windows[] = {
        "", " (starts)", "", " (quiet)", " (stops)", " (destroys)"};
    static char text[100];
    snprintf(text, sizeof text, "%s%s%s%s",
             e->kind < call_count ? inject_names[e->kind]
                                  : exit_names[e->kind - call_count],
             *e->item ? " of " : "", e->item, windows[e->window]);
    return text;
}

static void process_play(void)
{
    struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (!getenv("LEAVE_LOUD") && !freopen("/dev/null", "w", stderr)) abort();
    alarm(limit);
    play();
    _exit(0);
}

static int case_play(void)
{
    int status = 0;
    memset(result, 0, offsetof(Result, exits));
    result->recorded = 0;
    result->record[0] = 0;
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) abort();
    if (!pid) process_play();
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return status;
}

/* The first line in which the record differs from that of the first run. */
static const char* record_compare(void)
{
    static char text[500];
    const char *a = first_record, *b = result->record;
    if (!strcmp(a, b)) return NULL;
    while (*a && *a == *b) ++a, ++b;
    while (a > first_record && a[-1] != '\n') --a, --b;
    const char* round = b;
    while (round > result->record && strncmp(round, "\nround", 6)) --round;
    round += *round == '\n';
    snprintf(text, sizeof text, "the parent's record, %.*s: '%.*s', not '%.*s'",
             (int)strcspn(round, "\n"), round, (int)strcspn(b, "\n"), b,
             (int)strcspn(a, "\n"), a);
    return text;
}

static const char* case_judge(int status)
{
    static char text[100];
    if (result->wrong[0]) return result->wrong;
    if (WIFSIGNALED(status)) {
        if (WTERMSIG(status) == SIGALRM) return "it hangs";
        snprintf(text, sizeof text, "killed by SIG%s",
                 sigabbrev_np(WTERMSIG(status)));
        return text;
    }
    if (!result->ended) return "it ended early";
    return way_forks(now.way) ? record_compare() : NULL;
}

static const char* way_text(void)
{
    static char text[40];
    if (now.way != way_fail) return way_names[now.way];
    snprintf(text, sizeof text, "%s%s", error_name(now.error),
             now.lasting ? "+" : "");
    return text;
}

static void case_report(const char* wrong)
{
    const Exit* e = &result->exits[now.k];
    if (tally) {
        printf("@ %s %s | %s | %s | %s\n", backend_name, program_name(now.seed),
               way_text(), exit_name(e), wrong);
        return;
    }
    printf("# %s at %s: %s\n", way_text(), exit_name(e), wrong);
    printf("#   repeat: %s%s%sSEED=%u K=%d t/nets/leave/check.sh %s %s\n",
           library ? "LIBRARY=" : "", library ? library : "",
           library ? " " : "", now.seed, now.k, backend_name, way_text());
}

static int is_chosen(void)
{
    if (way_only && strcmp(way_only, way_text())) return 0;
    if (k_only >= 0) return k_only == now.k;
    return 1;
}

/* Each way has the same share of the dose. */
static int is_sampled(void)
{
    int n = ++cases[now.way], share = dose / ways_used;
    if (!dose || k_only >= 0 || all_cases[now.way] <= share) return 1;
    if (!share) share = 1;
    unsigned step = (unsigned)((all_cases[now.way] + share - 1) / share);
    return ((unsigned)n * 2654435761u >> 8) % step == 0;
}

/* What libev 4.33 promises too; with LEAVE_ALL it is tried with the rest. */
static int is_promised(const Exit* e, Way way)
{
    int watchers = e->kind == exit_watcher || e->kind == exit_invoke;
    if (!world.is_reference || getenv("LEAVE_ALL")) return 1;
    if (way == way_nothing) return 1;
    if (way == way_longjmp || way == way_cancel) return watchers;
    return way == way_fail && now.error == EINTR && exit_is_of_wait(e->kind);
}

void case_run(void)
{
    if (!is_promised(&result->exits[now.k], now.way)) return;
    if (!is_chosen()) return;
    if (is_counting) {
        ways_used += !all_cases[now.way]++;
        return;
    }
    if (!is_sampled()) return;
    ++counts[now.way];
    const char* wrong = case_judge(case_play());
    not_met += !result->left;
    if (now.alone) fputs(result->record, stdout);
    if (wrong && ++bad[now.way] && (tally || bad[now.way] <= failures_most))
        case_report(wrong);
    else if (now.alone)
        printf("# %s at %s: %s\n", way_text(), exit_name(&result->exits[now.k]),
               result->left ? "all was well" : "it was not met");
}

static int program_play(void)
{
    now.way = way_none;
    now.k = -1;
    const char* wrong = case_judge(case_play());
    if (wrong) {
        printf("# undisturbed: %s\n", wrong);
        return 0;
    }
    int exits = result->exits_count;
    memcpy(first_record, result->record, result->recorded + 1);
    if (getenv("LEAVE_RECORD")) fputs(first_record, stdout);
    now.way = way_none;
    case_play(); /* is it the same again? */
    wrong = record_compare();
    if (wrong) {
        printf("# the second run: %s\n", wrong);
        return 0;
    }
    is_counting = 1;
    cases_each();
    is_counting = 0;
    result->exits_count = exits;
    cases_each();
    return 1;
}

static int backend_set(const char* name)
{
    static const char* const names[] = {"select", "poll", "epoll", "kqueue"};
    for (int i = 0; i < 4; ++i)
        if (!strcmp(name, names[i])) now.backend = 1u << i;
    backend_name = name;
    return now.backend != 0;
}

static unsigned seed_of(const char* name)
{
    for (unsigned i = 0; i < programs_named; ++i)
        if (!strcmp(name, program_name(i))) return i;
    return (unsigned)atoi(name);
}

int main(int argc, char** argv)
{
    if (argc < 3 || !backend_set(argv[1])) return 2;
    now.seed = seed_of(argv[2]);
    way_only = argc > 3 && strcmp(argv[3], "all") ? argv[3] : NULL;
    if (argc > 4) k_only = atoi(argv[4]);
    now.alone = k_only >= 0;
    dose = getenv("LEAVE_DOSE") ? atoi(getenv("LEAVE_DOSE")) : 0;
    tally = getenv("LEAVE_TALLY") != NULL;
    library = getenv("LIBRARY");
    world.is_reference = !dlsym(RTLD_DEFAULT, "relev_version");
    if (!inject_library_is_found()) return 2;
    result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (result == MAP_FAILED) return 2;
    int good = program_play(), played = 0, total = 0;
    for (int i = 0; i < ways; ++i) {
        if (counts[i]) printf("# %s: %d", way_names[i], counts[i]);
        if (bad[i]) printf(", failed: %d", bad[i]);
        if (counts[i]) putchar('\n');
        played += counts[i];
        total += all_cases[i];
        good &= !bad[i];
    }
    printf("# %d exits, %d of %d cases, %d not met\n", result->exits_count,
           played, total, not_met);
    return !good;
}
