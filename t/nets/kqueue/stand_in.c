/* kqueue(2) for the tests, on Linux: a library over epoll, to be preloaded. It
 * is written from what the manual pages of FreeBSD, NetBSD, OpenBSD and macOS
 * say, as strict as the strictest of them:
 *
 *   - An entry belongs to the number of an fd, and ends with close, dup2 and
 *     dup3, even if there is a copy of the fd. These functions are replaced.
 *   - A child does not inherit a kqueue: its number is closed there.
 *   - A change that fails is returned as an event with EV_ERROR, if there is
 *     room, and ends the call after all changes; otherwise the call fails. So
 *     does a change with EV_RECEIPT, whose error may be 0.
 *   - EV_ADD of an entry that is there replaces its udata.
 *   - A regular file is accepted, and here it is never reported: a loop must
 *     not depend on where its offset is. A device that cannot wait is refused
 *     with ENODEV, as on FreeBSD.
 *   - Closing the kqueue, or a call for another file, is EBADF.
 *   - A time limit of more than 100,000,000 seconds is EINVAL.
 *
 * What differs between systems is chosen by words in $KQUEUE:
 *
 *   ebadf    a pipe without readers is refused by EVFILT_WRITE with EBADF, as
 *            on NetBSD, not with EPIPE
 *   accept   it is accepted, and reported with EV_EOF, as on macOS
 *   einval   a device is refused with EINVAL, as a terminal is on macOS, and
 *            EVFILT_WRITE for the read end of a pipe, as of a FIFO on FreeBSD
 *   receipt  EV_RECEIPT is not known: it is EINVAL
 *
 * It waits by the functions epoll_wait and epoll_pwait2, which tests replace;
 * its other calls to the kernel go past them.
 */
#define _GNU_SOURCE 1
#include <poll.h>
#include <sys/event.h>
#include <sys/stat.h>

#include "sets.h"

/* The changes. */

static int without_readers(int fd)
{
    struct stat s;
    struct pollfd p = {fd, POLLOUT, 0};
    struct timespec none = {0, 0};
    if (fstat(fd, &s) || !S_ISFIFO(s.st_mode)) return 0;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY) return 0;
    return syscall(SYS_ppoll, &p, 1, &none, NULL, 8) > 0 && p.revents & POLLERR;
}

static int refusal(int fd, int filter)
{
    struct stat s;
    int mode = fcntl(fd, F_GETFL) & O_ACCMODE;
    if (filter == 1 && mode == O_RDONLY && has_word("einval") && !fstat(fd, &s)
        && S_ISFIFO(s.st_mode))
        return EINVAL;
    if (filter != 1 || has_word("accept") || !without_readers(fd)) return 0;
    return has_word("ebadf") ? EBADF : EPIPE;
}

/* What epoll refuses, but for devices, is in no epoll set. */
static int entry_quiet(Entry* entry, int fd)
{
    struct stat s;
    if (fstat(fd, &s)) return EBADF;
    if (S_ISCHR(s.st_mode)) return has_word("einval") ? EINVAL : ENODEV;
    entry->quiet = 1;
    return 0;
}

/* After a filter was switched on or off: registers that with epoll. */
static int entry_update(int kq, Entry* entry, int fd)
{
    unsigned mask = mask_of(entry);
    if (entry->quiet) return 0;
    if (!mask) return control(kq, EPOLL_CTL_DEL, fd, 0), 0;
    if (!control(kq, EPOLL_CTL_MOD, fd, mask)) return 0;
    if (errno == ENOENT && !control(kq, EPOLL_CTL_ADD, fd, mask)) return 0;
    return errno == EPERM ? entry_quiet(entry, fd) : errno;
}

static int entry_add(int kq, Entry* entry, int fd, int filter, void* udata)
{
    int error = entry->on[filter] ? 0 : refusal(fd, filter);
    unsigned char was = entry->on[filter];
    if (error) return error;
    entry->on[filter] = 1;
    error = entry_update(kq, entry, fd);
    if (error) entry->on[filter] = was;
    else entry->udata[filter] = udata;
    return error;
}

static int change_make(int kq, const struct kevent* change)
{
    Set* set = set_of(kq);
    int filter = change->filter == EVFILT_WRITE, fd = (int)change->ident;
    int known = EV_ADD | EV_DELETE | (has_word("receipt") ? 0 : EV_RECEIPT);

    if (change->filter != EVFILT_READ && !filter) return EINVAL;
    if (change->flags & ~known) return EINVAL;
    if (change->ident >= fds_most || !is_open(fd)) return EBADF;
    Entry* entry = &set->entries[fd];
    if (fd >= set->end) set->end = fd + 1;
    if (change->flags & EV_ADD)
        return entry_add(kq, entry, fd, filter, change->udata);
    if (!entry->on[filter]) return ENOENT;
    entry->on[filter] = 0;
    entry_update(kq, entry, fd);
    if (!(entry->on[0] | entry->on[1])) memset(entry, 0, sizeof *entry);
    return 0;
}

/* Returns the number of errors and receipts, or -1. */
static int changes_make(int kq, const struct kevent* changes, int nchanges,
                        struct kevent* events, int nevents)
{
    int reported = 0;
    for (int i = 0; i < nchanges; ++i) {
        int error = change_make(kq, &changes[i]);
        if (!error && !(changes[i].flags & EV_RECEIPT)) continue;
        if (reported == nevents) {
            errno = error;
            return error ? -1 : reported;
        }
        events[reported] = changes[i];
        events[reported].flags |= EV_ERROR;
        events[reported++].data = error;
    }
    return reported;
}

/* The wait. */

static int wait_for(int kq, Set* set, int most, const struct timespec* timeout)
{
    if (!timeout) return epoll_wait(kq, set->found, most, -1);
    if (!timeout->tv_sec && !timeout->tv_nsec)
        return epoll_wait(kq, set->found, most, 0);
    int ready = epoll_pwait2(kq, set->found, most, timeout, NULL);
    if (ready >= 0 || errno != ENOSYS) return ready;
    long ms = (timeout->tv_nsec + 999999) / 1000000;
    if (timeout->tv_sec < 1000000) ms += timeout->tv_sec * 1000;
    else ms = 1000000000;
    return epoll_wait(kq, set->found, most, (int)ms);
}

static int found_take(const Entry* entry, const struct epoll_event* found,
                      struct kevent* events, int nevents)
{
    static const unsigned of[] = {EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP,
                                  EPOLLOUT | EPOLLHUP | EPOLLERR};
    static const unsigned ends[] = {EPOLLHUP | EPOLLRDHUP, EPOLLHUP | EPOLLERR};
    int count = 0;
    for (int filter = 0; filter < 2; ++filter) {
        if (!entry->on[filter] || !(found->events & of[filter])) continue;
        if (count == nevents) break;
        struct kevent* event = &events[count++];
        memset(event, 0, sizeof *event);
        event->ident = (uintptr_t)found->data.fd;
        event->filter = filter ? EVFILT_WRITE : EVFILT_READ;
        event->flags = found->events & ends[filter] ? EV_EOF : 0;
        event->udata = entry->udata[filter];
    }
    return count;
}

static int events_wait(int kq, struct kevent* events, int nevents,
                       const struct timespec* timeout)
{
    Set* set = set_of(kq);
    int most = nevents < batch ? nevents : batch;
    int ready = wait_for(kq, set, most, timeout), count = 0;
    if (ready < 0) return ready;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < ready && set == set_of(kq); ++i)
        count += found_take(&set->entries[set->found[i].data.fd],
                            &set->found[i], events + count, nevents - count);
    pthread_mutex_unlock(&lock);
    return count;
}

int kevent(int kq, const struct kevent* changes, int nchanges,
           struct kevent* events, int nevents, const struct timespec* timeout)
{
    int reported = -1;
    child_check();
    if (timeout
        && (timeout->tv_sec < 0 || timeout->tv_sec > 100000000
            || timeout->tv_nsec < 0 || timeout->tv_nsec > 999999999)) {
        errno = EINVAL;
        return -1;
    }
    pthread_mutex_lock(&lock);
    if (set_of(kq))
        reported = changes_make(kq, changes, nchanges, events, nevents);
    else errno = EBADF;
    pthread_mutex_unlock(&lock);
    if (reported || !nevents) return reported;
    return events_wait(kq, events, nevents, timeout);
}

int kqueue(void)
{
    child_check();
    int fd = (int)syscall(SYS_epoll_create1, 0);
    if (fd < 0) return -1;
    Set* set = fd < sets_most
                 ? mmap(NULL, sizeof(Set), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
                 : MAP_FAILED;
    if (set == MAP_FAILED) {
        syscall(SYS_close, fd);
        errno = ENOMEM;
        return -1;
    }
    pthread_mutex_lock(&lock);
    if (same_process == &mark) page_make();
    if (set_of(fd)) set_free(fd); /* libc closed it by itself */
    sets[fd] = set;
    ++sets_count;
    pthread_mutex_unlock(&lock);
    return fd;
}
