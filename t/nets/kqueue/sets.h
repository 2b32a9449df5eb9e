/* The kqueues of the process, and what ends their entries: functions that close
 * an fd, and a fork. See stand_in.c.
 */
#ifndef SETS_H_
#define SETS_H_

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { fds_most = 1 << 20, sets_most = 1 << 16, batch = 2048 };

typedef struct Entry {
    void* udata[2]; /* of EVFILT_READ, EVFILT_WRITE */
    unsigned char on[2];
    unsigned char quiet; /* not in the epoll set: a regular file */
} Entry;

typedef struct Set {
    struct epoll_event found[batch];
    Entry entries[fds_most]; /* pages that are not used take no memory */
    int end;                 /* no entry of this fd or a later one */
} Set;

static Set* sets[sets_most]; /* by the number of the kqueue */
static int sets_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char mark = 1, *same_process = &mark;

static int has_word(const char* word)
{
    const char* words = getenv("KQUEUE");
    return words && strstr(words, word);
}

static Set* set_of(int fd)
{
    return fd >= 0 && fd < sets_most ? sets[fd] : NULL;
}

static void set_free(int fd)
{
    if (!set_of(fd)) return;
    munmap(sets[fd], sizeof(Set));
    sets[fd] = NULL;
    --sets_count;
}

/* The system calls. */

static int control(int ep, int op, int fd, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return (int)syscall(SYS_epoll_ctl, ep, op, fd, &event);
}

static int is_open(int fd) { return syscall(SYS_fcntl, fd, F_GETFD) >= 0; }

static unsigned mask_of(const Entry* entry)
{
    return (entry->on[0] ? EPOLLIN | EPOLLRDHUP : 0)
         | (entry->on[1] ? EPOLLOUT : 0);
}

/* An fd is closed, or another file gets its number. */
static void entry_end(int fd)
{
    pthread_mutex_lock(&lock);
    for (int i = 0, left = sets_count; left && i < sets_most; ++i) {
        if (!sets[i]) continue;
        --left;
        Entry* entry = &sets[i]->entries[fd];
        if (fd >= sets[i]->end || !(entry->on[0] | entry->on[1])) continue;
        if (!entry->quiet) control(i, EPOLL_CTL_DEL, fd, 0);
        memset(entry, 0, sizeof *entry);
    }
    set_free(fd);
    pthread_mutex_unlock(&lock);
}

/* In a child: the kqueues are not there. */
static void child(void)
{
    static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;
    for (int i = 0; sets_count && i < sets_most; ++i) {
        if (!sets[i]) continue;
        syscall(SYS_close, i);
        set_free(i);
    }
    *same_process = 1;
    lock = unlocked;
}

static void before(void) { pthread_mutex_lock(&lock); }
static void after(void) { pthread_mutex_unlock(&lock); }

/* A page that the kernel clears in a child. */
static void page_make(void)
{
    char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return;
    *page = 1;
    syscall(SYS_madvise, page, 4096, MADV_WIPEONFORK);
    same_process = page;
}

/* A child that libc did not make. */
static void child_check(void)
{
    if (!*same_process) child();
}

static void fd_ends(int fd)
{
    int error = errno;
    child_check();
    if (sets_count && fd >= 0 && fd < fds_most && is_open(fd)) entry_end(fd);
    errno = error;
}

/* The functions of libc. They are not looked up by the first call: another
 * thread may be in dlopen. */
static int (*next_close)(int);
static int (*next_dup2)(int, int);
static int (*next_dup3)(int, int, int);
static int (*next_close_range)(unsigned, unsigned, int);

int close(int fd)
{
    fd_ends(fd);
    return next_close(fd);
}

int dup2(int fd, int other)
{
    if (fd != other && is_open(fd)) fd_ends(other);
    return next_dup2(fd, other);
}

int dup3(int fd, int other, int flags)
{
    if (fd != other && is_open(fd)) fd_ends(other);
    return next_dup3(fd, other, flags);
}

int close_range(unsigned first, unsigned last, int flags)
{
    int all = !(flags & (int)CLOSE_RANGE_CLOEXEC);
    for (unsigned fd = first; all && fd <= last && fd < fds_most; ++fd)
        fd_ends((int)fd);
    return next_close_range(first, last, flags);
}

void closefrom(int first)
{
    close_range(first < 0 ? 0 : (unsigned)first, ~0U, 0);
}

__attribute__((constructor)) static void begin(void)
{
    *(void**)&next_close = dlsym(RTLD_NEXT, "close");
    *(void**)&next_dup2 = dlsym(RTLD_NEXT, "dup2");
    *(void**)&next_dup3 = dlsym(RTLD_NEXT, "dup3");
    *(void**)&next_close_range = dlsym(RTLD_NEXT, "close_range");
    pthread_atfork(before, after, child);
}

#endif
