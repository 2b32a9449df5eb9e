/* Conducts the two threads of a stage. Nothing here is decided by how long
 * something takes: who waits for nothing is seen by the kernel's state.
 */
#define _GNU_SOURCE
#include "experiment.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steps.h"
#include "walker.h"

enum {
    patience = 60000, /* milliseconds; only an endless loop needs them */
    moment = 5,       /* milliseconds, to see whether it waits for the walker */
    canceled_most = 150
};

int asleep, quiet;

static Walker walker;
static int commands, answers;

/* The other thread. */

static int answer_is_due(int timeout)
{
    struct pollfd ready = {answers, POLLIN, 0};
    return poll(&ready, 1, timeout) == 1;
}

static int answered(int timeout)
{
    char answer;
    return answer_is_due(timeout) && read(answers, &answer, 1) == 1;
}

static void command(char c)
{
    if (write(commands, &c, 1) != 1) wrong("the stage is gone");
}

static void obeyed(void)
{
    if (!answered(patience)) wrong("the other thread crashed or hangs");
}

/* Lets it wait. True: it does, and has not come back. */
static int put_to_sleep(void)
{
    command(do_wait);
    for (;;) {
        if (answered(0)) return 0;
        if (answer_is_due(0)) {
            wrong("the other thread crashed"); /* there is none to read */
            return 0;
        }
        if (shared->waiting && blocked(walker.pid, walker.pid)) return 1;
        sched_yield();
    }
}

/* It was put to sleep, and what wakes it is done. */
static void woken(void)
{
    while (!answered(0)) {
        if (blocked_for_good(walker.pid, walker.pid)) {
            /* It may have come back meanwhile, and wait for a command. */
            if (!answered(0)) wrong("the loop is not woken");
            return;
        }
        if (shared->wrong[0]) return;
        sched_yield();
    }
}

/* The stage. */

static enum Stop stage_open(void)
{
    int to[2], from[2];
    memset(shared, 0, sizeof *shared);
    if (pipe(to) || pipe(from)) return is_over;
    walker = (Walker){.pid = fork()};
    if (!walker.pid) {
        close(to[1]), close(from[0]);
        if (quiet) dup2(open("/dev/null", O_WRONLY), 2);
        stage_play(to[0], from[1]);
    }
    close(to[0]), close(from[1]);
    commands = to[1], answers = from[0];
    return walker_meet(&walker);
}

static void stage_close(void)
{
    int status, how = 0;
    close(commands), close(answers);
    kill(walker.pid, SIGKILL);
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL)) > 0;)
        if (pid == walker.pid) how = status;
    if (WIFSIGNALED(how) && WTERMSIG(how) != SIGKILL)
        wrong("the other thread crashed: %s", strsignal(WTERMSIG(how)));
}

/* To the first instruction of the function. */
static int enter(void)
{
    enum Stop stop = stage_open();
    if (stop == at_rest && asleep && !put_to_sleep())
        wrong("the loop does not sleep");
    if (stop == at_rest)
        stop = walker_go_to(&walker, (uintptr_t)function->call);
    if (stop != at_instruction) wrong("the function was not entered");
    return !shared->wrong[0];
}

int path_record(Path* path)
{
    enum Stop stop = at_instruction;
    path->count = path->is_blocked = 0;
    if (enter()) {
        uintptr_t at = walker_at(&walker);
        while (stop == at_instruction && at != (uintptr_t)walk_over
               && path->count < path_most) {
            path->at[path->count++] = at;
            stop = walker_step(&walker);
            at = walker_at(&walker);
        }
        path->is_blocked = stop == in_kernel;
        /* Its thread was canceled; the rest is how a thread ends. */
        path->is_cut = stop == is_over;
        if (path->is_cut && path->count > canceled_most)
            path->count = canceled_most;
    }
    stage_close();
    if (path->count == path_most) wrong("the function does not end");
    if (path->count < path_least) wrong("the function was not walked through");
    return !shared->wrong[0];
}

int path_stops(const Path* path) { return path->count + !path->is_cut; }

int path_meetings(const Path* path, int n)
{
    int count = 0;
    if (n == path->count) return 1;
    for (int i = 0; i <= n; ++i) count += path->at[i] == path->at[n];
    return count;
}

/* By a breakpoint, which it may meet more than once. */
static int reach(const Path* path, int n)
{
    int after_all = n == path->count;
    if (after_all && path->is_blocked)
        return walker_go_on(&walker) == in_kernel;

    uintptr_t goal = after_all ? (uintptr_t)walk_over : path->at[n];
    uintptr_t at = path->at[0];
    int meetings = path_meetings(path, n) - (at == goal);
    for (; meetings > 0; meetings -= at == goal) {
        enum Stop stop =
            at == goal ? walker_step(&walker) : walker_go_to(&walker, goal);
        if (stop != at_instruction) return 0;
        at = walker_at(&walker);
    }
    return 1;
}

/* By single steps: the way to what breakpoints do not find, such as where a
 * signal handler returns to, or what depends on the time. */
static int reach_by_steps(int n)
{
    while (n-- && walker_at(&walker) != (uintptr_t)walk_over)
        if (walker_step(&walker) != at_instruction) return 0;
    return 1;
}

enum Act { done, sleeps, waits_for_walker };

/* The action, which may be to wait: then the loop sleeps. */
static enum Act act(void)
{
    if (!action->act) return asleep || put_to_sleep() ? sleeps : done;
    command(do_act);
    if (asleep) obeyed(); /* it had been told to wait */
    if (action->what & may_wait && !answer_is_due(moment))
        return waits_for_walker;
    obeyed();
    return done;
}

/* The walker sends once more, while the loop waits. */
static void send_last(void)
{
    int waits = 0;
    for (int i = 0; i < 3 && !waits; ++i) waits = put_to_sleep();
    if (!waits) wrong("the loop does not sleep any more");
    enum Stop stop = walker_go_on(&walker);
    if (stop == is_crashing || stop == in_kernel)
        wrong("the last send does not end");
    if (!shared->wrong[0]) woken();
    if (shared->wrong[0]) return;
    command(do_end);
    obeyed();
}

static void go_on(void)
{
    enum Act how = act();
    enum Stop stop = shared->wrong[0] ? is_over : walker_go_on(&walker);
    if (stop == is_crashing) {
        shared->crashed_at = walker_at(&walker);
        wrong("the walker crashed later: %s", strsignal(walker.signal));
    }
    if (stop == in_kernel) wrong("the walker's loop is not woken");
    if (how == sleeps) woken();
    if (how == waits_for_walker) obeyed();
    if (shared->wrong[0]) return;
    command(do_judge);
    obeyed();
    if (!shared->wrong[0] && stop == at_rest) send_last();
}

int experiment(const Path* path, int n)
{
    shared->wrong[0] = '\0';
    int there = 0;
    for (int tries = 0; tries < 3 && !there && !shared->wrong[0]; ++tries) {
        there = enter() && (tries ? reach_by_steps(n) : reach(path, n));
        if (there) go_on();
        stage_close();
    }
    if (!there) wrong("the instruction was not reached");
    return !shared->wrong[0];
}
