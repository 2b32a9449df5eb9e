// The system calls for a pidfd (pidfd.cc).

#ifndef EVI_PIDFD_HH
#define EVI_PIDFD_HH

#include "../core/c_api.hh"

#include <sys/wait.h>

namespace evi { namespace {

int pidfd_open_now(int pid);

// The pid if the process has ended, otherwise 0; -1 with errno.
int pidfd_wait(int fd, int flags, siginfo_t&);

int status_of(const siginfo_t&);  // as waitpid returns it

// Is it one still? The program may have closed it, and opened a file of its
// own.
bool pidfd_ours(int fd);

}}  // evi

#endif
