// The commands of coro_supervisor.cpp: processes of /bin/sh, and what is said
// of them.

#ifndef COMMANDS_HPP
#define COMMANDS_HPP

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <string>
#include <system_error>

extern "C" char** environ;  // some systems do not declare it

namespace commands {

inline void log(const std::string& command, const char* what, int number)
{
    std::cerr << "supervisor: [" + command + "] " + what + ' '
                     + std::to_string(number) + '\n';
}

inline void log_end(const std::string& command, int status)
{
    if (WIFSIGNALED(status))
        log(command, "was ended by signal", WTERMSIG(status));
    else log(command, "ended with status", WEXITSTATUS(status));
}

// The command has the default signal handlers, and a process group of its own.
inline pid_t start(const std::string& command)
{
    std::string line = command;
    char shell[] = "sh", option[] = "-c";
    char* arguments[] = {shell, option, line.data(), nullptr};
    posix_spawnattr_t how;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_init(&how);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setsigmask(&how, &none);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF
                                       | POSIX_SPAWN_SETSIGMASK
                                       | POSIX_SPAWN_SETPGROUP);
    pid_t pid = 0;
    int error = posix_spawn(&pid, "/bin/sh", nullptr, &how, arguments, environ);
    posix_spawnattr_destroy(&how);
    if (error) throw std::system_error(error, std::generic_category(), "spawn");
    log(command, "runs as process", pid);
    return pid;
}

}  // namespace commands

#endif
