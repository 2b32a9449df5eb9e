/* Signals that no test uses otherwise: the real-time signals, or where there
 * are none the others. */
#ifndef SPARE_H_
#define SPARE_H_

#include <assert.h>
#include <signal.h>

enum { spares_count = 20 };

/* From the lowest number up. */
static inline int signal_spare(int i)
{
    assert(i >= 0 && i < spares_count);
#ifdef SIGRTMIN
    return SIGRTMIN + i;
#else
    static const int spares[spares_count] = {
        SIGINT,  SIGQUIT, SIGTRAP,   SIGABRT, SIGEMT,   SIGSYS,  SIGPIPE,
        SIGTERM, SIGURG,  SIGTSTP,   SIGCONT, SIGTTIN,  SIGTTOU, SIGIO,
        SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGINFO};
    return spares[i];
#endif
}

/* Does the C library keep it for itself? */
static inline int signal_is_reserved(int signum)
{
#ifdef SIGRTMIN
    return signum >= 32 && signum < SIGRTMIN;
#else
    return (void)signum, 0;
#endif
}

#endif
