/* A loop that has everything to do at once. */
#ifndef MIX_H_
#define MIX_H_

#include "soak.h"

typedef struct Totals {
    long bytes_out, bytes_in;
    long timers_started, timers_called, timers_stopped;
    long asyncs_made, asyncs_seen; /* of each thread, the last one seen */
    long signals_made, signals_seen;
    long onces_made, onces_seen;
    long path_size, path_seen;
    long forks_made, forks_seen;
    long reopened, jumps;
    long bytes_half, bytes_whole; /* of memory, after half of the time, all */
    long failures;
} Totals;

void mix_play(unsigned bit, double seconds, Totals*);

/* Of the mix; each is told to begin, to do something, and to end. */
void talk_begin(struct ev_loop*, Totals*);
void talk_step(struct ev_loop*);
int talk_is_done(void);
void talk_end(struct ev_loop*);
void talk_leave(struct ev_loop*); /* stops, and reads nothing */

double soak_now(void);
void soak_clock_set(void);

#endif
