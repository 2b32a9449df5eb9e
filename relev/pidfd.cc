// The system calls for a pidfd.

#include "pidfd.hh"

#include "../core/cancel.hh"
#include "children.hh"

#if EV_RELEV_ENABLE && EV_CHILD_ENABLE && EV_USE_EPOLL

#include <sys/syscall.h>

namespace evi { namespace {

constexpr auto of_pidfd =
    static_cast<idtype_t>(3);  // P_PIDFD, since glibc 2.36

#ifdef SYS_pidfd_open
[[gnu::cold]] int pidfd_open_now(int pid)
{
    return static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
}
#else
int pidfd_open_now(int) { return errno = ENOSYS, -1; }
#endif

[[gnu::cold]] int status_of(const siginfo_t& info)
{
    if (info.si_code == CLD_EXITED) return (info.si_status & 0xff) << 8;
    return info.si_status | (info.si_code == CLD_DUMPED ? 0x80 : 0);
}

[[gnu::cold]] int pidfd_wait(int fd, int flags, siginfo_t& info)
{
    info.si_pid = 0;
    int result;
    int state = cancel_disable();
    do
        result = waitid(of_pidfd, static_cast<id_t>(fd), &info,
                        WEXITED | WNOHANG | flags);
    while (result < 0 && errno == EINTR);
    cancel_restore(state);
    return result < 0 ? -1 : info.si_pid;
}

// Linux 5.3 opens a pidfd, and has no waitid for it. Preserves errno: a signal
// handler may ask.
[[gnu::cold]] bool pidfd_works()
{
    siginfo_t info;
    int error = errno;
    int fd = pidfd_open_now(getpid());
    bool works =
        fd >= 0 && pidfd_wait(fd, WNOWAIT, info) < 0 && errno == ECHILD;
    if (fd >= 0) descriptor_close(fd);
    errno = error;
    return works;
}

[[gnu::cold]] bool pidfd_ours(int fd)
{
    siginfo_t info;
    return fd >= 0 && (pidfd_wait(fd, WNOWAIT, info) >= 0 || errno != EBADF);
}

}}  // evi

#endif
