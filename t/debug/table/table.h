/* Programs that run one of their cases, by name, in a process of its own.
 *
 * Without an argument they list the cases: name, and what is found, if any. */
#ifndef TABLE_H_
#define TABLE_H_

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "../common.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <relev.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

struct entry {
    const char* name;
    void (*run)(void);
    const char* options; /* RELEV_DEBUG */
    const char* finds;   /* null: nothing */
};

static struct ev_loop* loop;

static inline int table(const struct entry* all, size_t count, char** argv)
{
    if (!argv[1])
        for (size_t i = 0; i < count; ++i)
            printf("%s\t%s\t%s\n", all[i].name,
                   all[i].options ? all[i].options : "slow=9",
                   all[i].finds ? all[i].finds : "");
    if (!argv[1]) return 0;
    for (size_t i = 0; i < count; ++i)
        if (!strcmp(all[i].name, argv[1])) {
            loop = ev_loop_new(0);
            all[i].run();
            return 0;
        }
    return 1;
}

#define MUST(condition)                                            \
    do {                                                           \
        if (!(condition))                                          \
            fprintf(stderr, "failed: %s\n", #condition), _exit(1); \
    } while (0)

static inline void on_io(struct ev_loop* l, ev_io* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static inline void on_io_end(struct ev_loop* l, ev_io* w, int revents)
{
    (void)w, (void)revents;
    ev_break(l, EVBREAK_ALL);
}

/* The system call fails with this error, if its first argument has the low 32
 * bits `first` or `first` is 0. */
static inline void deny(int call, unsigned first, int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                 offsetof(struct seccomp_data, args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, first, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JA, first ? 1u : 0u, 0, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    MUST(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    MUST(!prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static inline void no_descriptor_left(void)
{
    struct rlimit none = {0, 0};
    MUST(!setrlimit(RLIMIT_NOFILE, &none));
}

/* Waits for a child that must exit with 0. */
static inline void joined(pid_t child)
{
    int status;
    MUST(waitpid(child, &status, 0) == child);
    MUST(WIFEXITED(status) && !WEXITSTATUS(status));
}

/* Runs f in a thread of its own. */
static inline void in_thread(void* (*f)(void*))
{
    pthread_t thread;
    MUST(!pthread_create(&thread, NULL, f, NULL));
    pthread_join(thread, NULL);
}

#endif
