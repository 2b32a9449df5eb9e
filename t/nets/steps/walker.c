/* The walker, by ptrace. A breakpoint of the processor stops no other thread,
 * and is much faster than single steps. Where there is none, single steps do.
 */
#define _GNU_SOURCE
#include "walker.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "steps.h"

#if defined(__x86_64__)
enum { supported = 1 };
#define PC_OFFSET offsetof(struct user_regs_struct, rip)
#define DEBUG_OFFSET(n) offsetof(struct user, u_debugreg[n])
#else
enum { supported = 0 };
#define PC_OFFSET 0
#define DEBUG_OFFSET(n) 0
#endif

enum { patience = 100 }; /* before a check whether it is blocked */

int walker_supported(void) { return supported; }

uintptr_t walker_at(const Walker* walker)
{
    return (uintptr_t)ptrace(PTRACE_PEEKUSER, walker->tid, PC_OFFSET, 0);
}

static enum Stop walker_judge(Walker* walker, int status)
{
    walker->running = 0;
    if (!WIFSTOPPED(status)) return is_over;
    int signal = WSTOPSIG(status);
    if (signal == SIGTRAP) return at_instruction;
    if (signal == SIGSTOP) return at_rest;
    walker->signal = signal;
    int fatal = signal == SIGSEGV || signal == SIGBUS || signal == SIGABRT
             || signal == SIGILL || signal == SIGFPE;
    return fatal ? is_crashing : by_signal;
}

enum Stop walker_meet(Walker* walker)
{
    int status;
    walker->signal = 0;
    walker->tid = waitpid(-1, &status, __WALL);
    if (walker->tid < 0 || walker->tid == walker->pid) return is_over;
    ptrace(PTRACE_SETOPTIONS, walker->tid, 0, PTRACE_O_EXITKILL);
    return walker_judge(walker, status);
}

static enum Stop walker_wait(Walker* walker)
{
    int status;
    for (int looks = 0;; ++looks) {
        pid_t got = waitpid(walker->tid, &status, __WALL | WNOHANG);
        if (got < 0) return is_over;
        if (got) return walker_judge(walker, status);
        sched_yield();
        if (looks < patience) continue;
        if (blocked_for_good(walker->pid, walker->tid)) return in_kernel;
    }
}

/* Until it stops for another reason than a signal, which it is to get. */
static enum Stop walker_move(Walker* walker, int how)
{
    for (;;) {
        if (!walker->running)
            ptrace(how, walker->tid, 0, (void*)(intptr_t)walker->signal);
        walker->running = 1;
        walker->signal = 0;
        enum Stop stop = walker_wait(walker);
        if (stop != by_signal) return stop;
    }
}

enum Stop walker_step(Walker* walker)
{
    return walker_move(walker, PTRACE_SINGLESTEP);
}

enum Stop walker_go_on(Walker* walker)
{
    return walker_move(walker, PTRACE_CONT);
}

static enum Stop walker_step_to(Walker* walker, uintptr_t address)
{
    enum Stop stop;
    do stop = walker_step(walker);
    while (stop == at_instruction && walker_at(walker) != address);
    return stop;
}

enum Stop walker_go_to(Walker* walker, uintptr_t address)
{
    ptrace(PTRACE_POKEUSER, walker->tid, DEBUG_OFFSET(0), address);
    if (ptrace(PTRACE_POKEUSER, walker->tid, DEBUG_OFFSET(7), 1))
        return walker_step_to(walker, address);
    enum Stop stop = walker_go_on(walker);
    ptrace(PTRACE_POKEUSER, walker->tid, DEBUG_OFFSET(7), 0);
    return stop;
}
