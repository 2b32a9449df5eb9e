/* Failing the library's system calls on purpose.
 *
 * The functions of the C library that can fail are defined in the program, so
 * the library's calls come here first. Calls from elsewhere, the test's own,
 * are passed on and not counted.
 */
#ifndef INJECT_H_
#define INJECT_H_

/* Every function of the kernel that the library needs and that can fail. */
#define CALLS(call)                                                            \
    call(epoll_create1) call(epoll_ctl) call(epoll_wait) call(epoll_pwait2)    \
        call(poll) call(ppoll) call(select) call(eventfd) call(pipe2)          \
            call(read) call(write) call(signalfd) call(timerfd_create)         \
                call(timerfd_settime) call(inotify_init1)                      \
                    call(inotify_add_watch) call(inotify_rm_watch) call(fcntl) \
                        call(close) call(clock_gettime) call(nanosleep)        \
                            call(waitpid) call(waitid) call(sigaction)         \
                                call(pthread_sigmask) call(statfs) call(lstat) \
                                    call(mmap) call(madvise) call(dup3)        \
                                        call(getrlimit) call(fstat)            \
                                            call(kqueue) call(kevent)          \
                                                call(syscall) /* pidfd_open */

enum {
#define CALL_NUMBER(name) call_##name,
    CALLS(CALL_NUMBER)
#undef CALL_NUMBER
        call_count
};

typedef struct Fault {
    int call;
    int nth;     /* the first of the library's calls to fail, from 1 on */
    int error;   /* errno */
    int lasting; /* all later ones fail too */
} Fault;

extern const char* const inject_names[call_count];

void inject_reset(void);           /* counts from 0, no fault is set */
void inject_set(Fault);            /* one for each call */
int inject_calls(int call);        /* made by the library since the reset */
int inject_hits(void);             /* how many of them were failed */
int inject_library_is_found(void); /* false: nothing will ever fail */

/* If set, called before each of the library's calls. It returns the errno with
 * which the call fails, or 0, and then errno is as it was. It need not return.
 */
extern int (*inject_exit)(int call);

/* What the library's calls reach from now on, in place of libc's function. */
void inject_replace(int call, void* function);

#endif
