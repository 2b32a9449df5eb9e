// A descriptor of a child process, which becomes readable when that ends.

#ifndef RELEVPP_DETAIL_PIDFD_HPP
#define RELEVPP_DETAIL_PIDFD_HPP

#ifdef __linux__
#include <sys/syscall.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace relev::detail {

#ifdef __linux__

// From Linux 5.3 on; it has this number on every processor but alpha.
#ifdef SYS_pidfd_open
inline constexpr long pidfd_open_number = SYS_pidfd_open;
#else
inline constexpr long pidfd_open_number = 434;
#endif

inline int pidfd_open(int pid) noexcept
{
    return static_cast<int>(syscall(pidfd_open_number, pid, 0));
}

#else

inline int pidfd_open(int) noexcept { return errno = ENOSYS, -1; }

#endif

// Reads the status as waitpid does. Returns an errno, or 0; EAGAIN while the
// process runs.
inline int pidfd_status(int fd, int& status) noexcept
{
    constexpr auto by_pidfd = static_cast<idtype_t>(3);  // P_PIDFD
    siginfo_t end;
    end.si_pid = 0;
    if (waitid(by_pidfd, static_cast<id_t>(fd), &end, WEXITED | WNOHANG))
        return errno;
    if (!end.si_pid) return EAGAIN;
    if (end.si_code == CLD_EXITED) status = (end.si_status & 0xff) << 8;
    else status = end.si_status | (end.si_code == CLD_DUMPED ? 0x80 : 0);
    return 0;
}

}  // namespace relev::detail

#endif
