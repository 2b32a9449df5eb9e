/* Child processes that do what they are told, signals that by themselves do
 * nothing, and files that exist for ev_stat only.
 */
#ifndef CHILDREN_H_
#define CHILDREN_H_

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "world.h"

enum { child_count = 4, child_fds = 250, file_count = 2, real_file = -1 };

static const int signums[] = {SIGURG, SIGWINCH, SIGCONT, SIGCHLD};

static struct {
    int pid; /* 0: none, or it has ended */
    int told;
    int halted;
} children[child_count];

static int last_pids[child_count];

static int child_index(int pid)
{
    for (int i = 0; i < child_count; ++i)
        if (pid && last_pids[i] == pid) return i;
    return -1;
}

static void child_main(int ready, int orders)
{
    unsigned char code = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < sizeof signums / sizeof *signums; ++i)
        signal(signums[i], SIG_DFL);
    dup2(ready, child_fds), dup2(orders, child_fds + 1);
    syscall(SYS_close_range, 3u, child_fds - 1u, 0u);
    syscall(SYS_close_range, child_fds + 2u, ~0u, 0u);
    if (write(child_fds, &code, 1) != 1) _exit(99);
    if (read(child_fds + 1, &code, 1) != 1) _exit(98);
    _exit(code);
}

static void child_spawn(int i)
{
    int ready[2], orders[2];
    char byte;
    if (children[i].pid || pipe(ready) || pipe(orders)) return;
    int pid = fork();
    if (!pid) child_main(ready[1], orders[0]);
    close(ready[1]), close(orders[0]);
    while (read(ready[0], &byte, 1) < 0 && errno == EINTR) {}
    close(ready[0]);
    children[i].pid = last_pids[i] = pid;
    children[i].told = fcntl(orders[1], F_DUPFD_CLOEXEC, 200);
    close(orders[1]);
}

static void sigchld_block(sigset_t* old)
{
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, SIGCHLD);
    sigprocmask(SIG_BLOCK, &one, old);
}

/* Until the child has done so and we have been sent SIGCHLD, which waitid may
 * be ahead of. */
static void child_await(int i, int how, const sigset_t* old)
{
    siginfo_t info;
    sigset_t pending;
    while (waitid(P_PID, (id_t)children[i].pid, &info, how | WNOWAIT) < 0
           && errno == EINTR) {}
    do sigpending(&pending);
    while (!sigismember(&pending, SIGCHLD));
    sigprocmask(SIG_SETMASK, old, NULL);
}

static void child_signal(int i, int signum, int how)
{
    sigset_t old;
    sigchld_block(&old);
    kill(children[i].pid, signum);
    child_await(i, how, &old);
}

static void child_halt(int i)
{
    if (!children[i].pid || children[i].halted) return;
    child_signal(i, SIGSTOP, WSTOPPED);
    children[i].halted = 1;
}

static void child_continue(int i)
{
    if (!children[i].pid || !children[i].halted) return;
    child_signal(i, SIGCONT, WCONTINUED);
    children[i].halted = 0;
}

static void child_finish(int i, int code)
{
    unsigned char byte = (unsigned char)code;
    sigset_t old;
    if (!children[i].pid) return;
    child_continue(i);
    sigchld_block(&old);
    if (write(children[i].told, &byte, 1) < 0) abort();
    child_await(i, WEXITED, &old);
    close(children[i].told);
    children[i].pid = 0;
}

/* A file of that size, or none at all for 0. */
static int file_sizes[file_count];
static const char* const file_names[file_count] = {"(first)", "(second)"};

#include "files.h"

#endif
