/* Included before everything else in the library and in the fuzz targets: what
 * these ask of the system goes to system.c, where time is virtual. The fuzzer
 * itself and the sanitizers keep the true functions. */
#ifndef RENAMED_H_
#define RENAMED_H_

#define clock_gettime virtual_clock_gettime
#define gettimeofday virtual_gettimeofday
#define nanosleep virtual_nanosleep
#define epoll_pwait2 virtual_epoll_pwait2
#define epoll_wait virtual_epoll_wait
#define poll virtual_poll
#define ppoll virtual_ppoll
#define pthread_testcancel virtual_pthread_testcancel
#define select virtual_select
#define syscall virtual_syscall
#define waitpid virtual_waitpid

#endif
