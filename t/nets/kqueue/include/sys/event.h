/* kqueue for the tests, on Linux: the part of <sys/event.h> that a loop needs.
 * The numbers are those of FreeBSD. See ../../stand_in.c.
 */
#ifndef STAND_IN_SYS_EVENT_H_
#define STAND_IN_SYS_EVENT_H_

#include <stdint.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_RECEIPT 0x0040
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

struct kevent {
    uintptr_t ident;
    short filter;
    unsigned short flags;
    unsigned fflags;
    int64_t data;
    void* udata;
    uint64_t ext[4];
};

#ifdef __cplusplus
extern "C" {
#endif

int kqueue(void);
int kevent(int kq, const struct kevent* changes, int nchanges,
           struct kevent* events, int nevents, const struct timespec* timeout);

#ifdef __cplusplus
}
#endif

#endif
