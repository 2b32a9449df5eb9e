#define _GNU_SOURCE
#include "plan.h"

#include <errno.h>
#include <string.h>

#define ONCE(name, may, ...)                     \
    {                                            \
        call_##name, 0, may, -1, { __VA_ARGS__ } \
    }
#define ALWAYS(name, may, ...)                   \
    {                                            \
        call_##name, 1, may, -1, { __VA_ARGS__ } \
    }
#define BOTH_ALWAYS(name, other, may, ...)                 \
    {                                                      \
        call_##name, 1, may, call_##other, { __VA_ARGS__ } \
    }

/* The errnos are those of the manual pages, and ENOSYS and EPERM of an old
 * kernel or a seccomp filter. Not here, as they cannot fail with what the
 * library passes: sigaction and pthread_sigmask (EINVAL is for SIGKILL, SIGSTOP
 * and illegal numbers: see directed.c). clock_gettime fails always or never.
 */
const Plan plans[] = {
    /* Another backend, unless this one was insisted on; in a child there is
     * no other. */
    ONCE(epoll_create1, may_refuse | may_syserr, EMFILE, ENFILE, ENOMEM,
         EINVAL),
    ALWAYS(epoll_create1, may_refuse | may_syserr | may_starve, ENOSYS, EPERM,
           EMFILE),
    /* Then the limit of the process is asked for, without success. */
    BOTH_ALWAYS(epoll_create1, getrlimit, may_refuse | may_syserr | may_starve,
                EMFILE),

    /* EPERM is how epoll names a file that is always ready; by EINVAL it says
     * that our own descriptor is another file now: see t/mistakes/closed.c. */
    ONCE(epoll_ctl, may_error, ENOMEM, ENOSPC, EBADF, ELOOP, ENOENT, EEXIST),
    ONCE(epoll_ctl, may_spin, EPERM),
    ALWAYS(epoll_ctl, may_error | may_starve, ENOMEM, ENOSPC),

    /* With EBADF the descriptor is closed indeed: see inject.c. */
    ONCE(epoll_wait, 0, EINTR, EBADF),

    /* The older call does for it. */
    ONCE(epoll_pwait2, 0, EINTR, EBADF, ENOSYS, EPERM),
    ALWAYS(epoll_pwait2, 0, ENOSYS, EPERM),

    /* Every change that kevent would have made is made by the next call. */
    ONCE(kqueue, may_refuse | may_syserr, EMFILE, ENFILE, ENOMEM),
    ONCE(kevent, 0, EINTR, EBADF),
    ONCE(kevent, may_error, ENOMEM),

    ONCE(poll, 0, EINTR),
    ONCE(poll, may_error, ENOMEM),
    ONCE(poll, may_syserr, EINVAL),
    ALWAYS(poll, may_error | may_starve, ENOMEM),
    ALWAYS(poll, may_syserr | may_starve, EINVAL),

    ONCE(ppoll, 0, EINTR),
    ONCE(ppoll, may_error, ENOMEM),
    ONCE(ppoll, may_syserr, EINVAL),
    ALWAYS(ppoll, may_error | may_starve, ENOMEM),
    ALWAYS(ppoll, may_syserr | may_starve, EINVAL),

    ONCE(select, 0, EINTR, EBADF),
    ONCE(select, may_error, ENOMEM),
    ONCE(select, may_syserr, EINVAL),
    ALWAYS(select, may_error | may_starve, ENOMEM),
    ALWAYS(select, may_syserr | may_starve, EINVAL),

    /* A pipe does for an eventfd. */
    ONCE(eventfd, 0, ENOSYS, EPERM, EMFILE, ENFILE, ENODEV, ENOMEM, EINVAL),
    ALWAYS(eventfd, 0, ENOSYS, EPERM, EMFILE),
    BOTH_ALWAYS(eventfd, pipe2, may_syserr | may_starve, EMFILE, ENFILE,
                ENOSYS),

    /* What could not be read is there in the next iteration. A write that
     * fails with EAGAIN has found the channel full, so readable. */
    ONCE(read, 0, EINTR, EAGAIN, EIO, EINVAL),
    ONCE(write, 0, EINTR),

    /* A handler does for a signalfd. */
    ONCE(signalfd, 0, ENOSYS, EPERM, EMFILE, ENFILE, ENODEV, ENOMEM, EINVAL),
    ALWAYS(signalfd, 0, ENOSYS, EPERM, EMFILE),

    /* Looking now and then does for being told. */
    ONCE(timerfd_create, 0, ENOSYS, EPERM, EMFILE, ENFILE, ENODEV, ENOMEM),
    ALWAYS(timerfd_create, 0, ENOSYS, EPERM, EMFILE),
    ONCE(timerfd_settime, 0, ENOSYS, EPERM, ECANCELED, EINVAL),
    ALWAYS(timerfd_settime, 0, ENOSYS, EPERM, EINVAL),

    /* Polling does for inotify. */
    ONCE(inotify_init1, 0, ENOSYS, EPERM, EMFILE, ENFILE, ENOMEM),
    ALWAYS(inotify_init1, 0, ENOSYS, EPERM, EMFILE),
    ONCE(inotify_add_watch, 0, ENOSPC, ENOMEM, EACCES, ENOENT, ENAMETOOLONG,
         EINVAL, EPERM, ENOTDIR),
    ALWAYS(inotify_add_watch, 0, ENOSPC, ENOMEM, EACCES, ENOENT, ENOTDIR),
    ONCE(inotify_rm_watch, 0, EINVAL, EBADF),
    ALWAYS(inotify_rm_watch, 0, EINVAL),

    ONCE(fcntl, may_error | may_syserr, EBADF),
    /* The channel then gets other numbers. */
    ONCE(dup3, 0, EBUSY, EINTR, EMFILE),
    ALWAYS(dup3, 0, EBUSY, EMFILE),
    ONCE(close, 0, EINTR, EIO, ENOSPC),
    ALWAYS(close, 0, EINTR, EIO),
    ALWAYS(clock_gettime, 0, ENOSYS, EINVAL, EPERM),
    ONCE(nanosleep, 0, EINTR),
    ALWAYS(nanosleep, 0, EINTR, ENOSYS),
    ONCE(waitpid, 0, EINVAL),
    ALWAYS(waitpid, may_starve, ECHILD),
    /* A child in another loop than the default one is refused, or lost. */
    ONCE(syscall, 0, ENOSYS, EPERM, EMFILE, ENFILE, ENODEV, ENOMEM),
    ALWAYS(syscall, 0, ENOSYS, EPERM, EMFILE),
    ONCE(waitid, 0, EINTR),
    ONCE(waitid, may_error, ECHILD, EINVAL),
    ALWAYS(waitid, may_error, EINVAL),
    ONCE(statfs, 0, ENOSYS, EACCES, EINTR, EIO, ENOMEM),
    ALWAYS(statfs, 0, ENOSYS, EACCES),
    /* Without a page that is cleared in a child, the process id does. */
    ONCE(mmap, 0, ENOMEM, EPERM, EAGAIN),
    ALWAYS(mmap, 0, ENOMEM, EPERM),
    ONCE(madvise, 0, EINVAL, ENOMEM, EAGAIN),
    ALWAYS(madvise, 0, EINVAL, ENOMEM),
    ONCE(fstat, 0, EIO, ENOMEM, EOVERFLOW),
    ALWAYS(fstat, 0, EOVERFLOW),
    ONCE(lstat, 0, EACCES, ENOMEM, ELOOP, ENOENT, ENOTDIR, EOVERFLOW),
    ALWAYS(lstat, may_starve, EACCES),
};

const int plans_count = sizeof plans / sizeof *plans;

const char* error_name(int error)
{
    const char* name = strerrorname_np(error);
    return name ? name : "?";
}
