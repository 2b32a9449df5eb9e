/* Runs a program as on a kernel that lacks some system calls, or under a
 * filter that forbids them.
 *
 * Usage: without ERRNO CALL[,CALL]... PROGRAM [ARGUMENT]...
 * Exits with 77 where there is no seccomp.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef struct Feature {
    const char* name;
    int calls[4]; /* -1: no more */
} Feature;

#ifndef SYS_epoll_create
#define SYS_epoll_create -1
#endif
#ifndef SYS_eventfd
#define SYS_eventfd -1
#endif
#ifndef SYS_signalfd
#define SYS_signalfd -1
#endif
#ifndef SYS_inotify_init
#define SYS_inotify_init -1
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 -1
#endif

static const Feature features[] = {
    {"epoll", {SYS_epoll_create1, SYS_epoll_create, -1}},
    {"epoll_pwait2", {SYS_epoll_pwait2, -1}},
    {"eventfd", {SYS_eventfd2, SYS_eventfd, -1}},
    {"signalfd", {SYS_signalfd4, SYS_signalfd, -1}},
    {"timerfd", {SYS_timerfd_create, -1}},
    {"inotify", {SYS_inotify_init1, SYS_inotify_init, -1}},
};

static struct sock_filter filter[64];
static unsigned short length;

static void filter_call(int call, int error)
{
    struct sock_filter same =
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1);
    struct sock_filter refuse = BPF_STMT(
        BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)(error & 0xffff));
    filter[length++] = same;
    filter[length++] = refuse;
}

static int filter_feature(const char* name, int error)
{
    for (size_t i = 0; i < sizeof features / sizeof *features; ++i) {
        if (strcmp(features[i].name, name)) continue;
        for (const int* call = features[i].calls; *call >= 0; ++call)
            filter_call(*call, error);
        return 1;
    }
    return 0;
}

static int filter_install(void)
{
    struct sock_fprog program = {length, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char** argv)
{
    struct sock_filter load =
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    int error = 0;

    if (argc < 4) return 2;
    while (error < 200 && strcmp(strerrorname_np(++error) ?: "", argv[1]))
        continue;
    filter[length++] = load;
    for (char* name = strtok(argv[2], ","); name; name = strtok(NULL, ","))
        if (!filter_feature(name, error)) return 2;
    filter[length++] = allow;
    if (filter_install()) {
        perror("seccomp");
        return 77;
    }
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    return 2;
}
