/* One experiment: a stage, a walker stopped once, an action, a judgment. */
#ifndef EXPERIMENT_H_
#define EXPERIMENT_H_

#include <stdint.h>

extern int asleep; /* the loop is blocked when the walker begins */
extern int quiet;  /* what the stage prints is dropped */

/* The instructions of the function. If it is blocked at the end of them, the
 * last stop is in the kernel. */
enum { path_least = 10, path_most = 20000 };

typedef struct Path {
    uintptr_t at[path_most];
    int count;
    int is_blocked;
    int is_cut; /* its end is left out */
} Path;

int path_record(Path* path); /* of the function; false: see shared->wrong */
int path_stops(const Path* path);
int path_meetings(const Path* path, int n); /* with the nth, up to there */

/* Stops before the nth instruction; true: all was well, if not see
 * shared->wrong. */
int experiment(const Path* path, int n);

#endif
