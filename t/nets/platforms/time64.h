/* For programs of 32 bits whose time_t has 64: libc's functions that take
 * times then have other names behind the scenes, which a test that asks dlsym
 * for them, or makes the system call itself, must use too.
 */
#ifndef PLATFORMS_TIME64_H_
#define PLATFORMS_TIME64_H_

#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/syscall.h>

#undef SYS_clock_gettime
#define SYS_clock_gettime SYS_clock_gettime64
#undef SYS_clock_nanosleep
#define SYS_clock_nanosleep SYS_clock_nanosleep_time64
#undef SYS_ppoll
#define SYS_ppoll SYS_ppoll_time64
#undef SYS_pselect6
#define SYS_pselect6 SYS_pselect6_time64

static inline void* time64_dlsym(void* handle, const char* name)
{
    static const char* const names[][2] = {
        {"clock_nanosleep", "__clock_nanosleep_time64"},
        {"epoll_pwait2", "__epoll_pwait2_time64"},
        {"lstat", "__lstat64_time64"},
        {"nanosleep", "__nanosleep64"},
        {"ppoll", "__ppoll64"},
        {"pselect", "__pselect64"},
        {"select", "__select64"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; ++i)
        if (!strcmp(name, names[i][0])) name = names[i][1];
    return dlsym(handle, name);
}

#define dlsym(handle, name) time64_dlsym(handle, name)

#endif
