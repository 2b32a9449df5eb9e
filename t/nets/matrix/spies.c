/* Part of the smoke test, in C: which clocks the library reads. The functions
 * replace those of libc. Beside that, what EV_PROTOTYPES is for: a file that
 * has the header's types, and names of its own.
 */
#define EV_PROTOTYPES 0
#ifdef EV_H
#undef EV_H
#endif
#include "ev.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clocks_read[16], times_of_day;

int clock_gettime(clockid_t clock, struct timespec* t)
{
    ++clocks_read[clock & 15];
    return (int)syscall(SYS_clock_gettime, clock, t);
}

int gettimeofday(struct timeval* tv, void* zone)
{
    ++times_of_day;
    return (int)syscall(SYS_gettimeofday, tv, zone);
}

static char ev_run[sizeof(ev_io)], ev_loop_new[sizeof(ev_timer)];

char* spies_names(int which) { return which ? ev_run : ev_loop_new; }
