/* Preloaded where instructions are counted: a clock that goes on by a
 * microsecond when it is read, and otherwise only when told to. So the count
 * does not depend on how fast the machine is. A reading costs about as many
 * instructions as the C library's way into the kernel. */

#include <sys/time.h>
#include <time.h>

static long seconds = 1600000000, nanoseconds;

void bench_clock_forward(double time)
{
    nanoseconds += (long)(time * 1e9);
    seconds += nanoseconds / 1000000000;
    nanoseconds %= 1000000000;
}

/* All clocks agree. */
int clock_gettime(clockid_t clock, struct timespec* t)
{
    (void)clock;
    nanoseconds += 1000;
    if (nanoseconds > 999999999) nanoseconds = 0, ++seconds;
    t->tv_sec = seconds;
    t->tv_nsec = nanoseconds;
    return 0;
}

int gettimeofday(struct timeval* t, void* zone)
{
    (void)zone;
    t->tv_sec = seconds;
    t->tv_usec = nanoseconds / 1000;
    return 0;
}
