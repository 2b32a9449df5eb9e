/* Tests in two processes. A child must not return into cmocka: it runs one
 * function and ends by _exit, and reports by its exit status.
 */
#ifndef FORKED_H_
#define FORKED_H_

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

enum { child_patience = 60 }; /* seconds; reached only by a broken library */

/* What a child asserts with. */
#define child_check(condition)                                      \
    do {                                                            \
        if (condition) break;                                       \
        fprintf(stderr, "# child: %s:%d: %s\n", __FILE__, __LINE__, \
                #condition);                                        \
        _exit(1);                                                   \
    } while (0)

/* cmocka's handlers would go on with the next test, in the child. */
static inline void child_may_crash(void)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; ++i)
        signal(crashes[i], SIG_DFL);
}

/* Does the kernel clear a page in a child? If not, the library does not detect
 * a fork that is not announced. An emulator (qemu) accepts any advice. */
static inline int fork_clears_pages(void)
{
#ifdef MADV_WIPEONFORK
    const size_t size = 4096;
    void* page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int nonsense = madvise(page, size, -1);
    int refused = madvise(page, size, MADV_WIPEONFORK);
    munmap(page, size);
    return nonsense && !refused;
#else
    return 0;
#endif
}

/* Forks; the child calls body(arg) and ends with status 0. */
static inline pid_t child_fork(void (*body)(void*), void* arg)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid) return pid;

    child_may_crash();
    alarm(child_patience);
    body(arg);
    _exit(0);
}

/* The wait status of that child; one that does not end in time is killed. */
static inline int child_status(pid_t pid)
{
    const struct timespec moment = {0, 2000000};
    int status = 0;

    for (int i = 0; i < child_patience * 500; ++i) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid) return status;
        assert_int_equal(got, 0);
        nanosleep(&moment, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return status;
}

#define assert_child_passes(pid) assert_int_equal(child_status(pid), 0)

/* A gate is a pipe: who waits at it goes on when the other opens it once. */
typedef struct Gate {
    int fd[2];
} Gate;

static inline Gate gate_new(void)
{
    Gate gate;
    assert_int_equal(pipe(gate.fd), 0);
    return gate;
}

static inline void gate_free(Gate* gate)
{
    close(gate->fd[0]), close(gate->fd[1]);
}

static inline void gate_open(Gate* gate)
{
    if (write(gate->fd[1], "", 1) != 1) abort();
}

/* False if nobody opened the gate in time. */
static inline int gate_pass(Gate* gate)
{
    struct pollfd p = {gate->fd[0], POLLIN, 0};
    char c;
    return poll(&p, 1, child_patience * 1000) == 1
        && read(gate->fd[0], &c, 1) == 1;
}

#endif
