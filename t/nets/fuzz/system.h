/* The system as the fuzz targets see it: nothing ever blocks. A wait that finds
 * nothing moves the clocks on by its timeout and returns, and children exist
 * only in stories told to waitpid. So an input always does the same. */
#ifndef SYSTEM_H_
#define SYSTEM_H_

void system_reset(void); /* clocks to the start, no children */

/* So many waits before `starved` is called after each. */
void system_waits(int count, void (*starved)(void));

void system_advance(double seconds); /* both clocks */
void system_jump(double seconds);    /* the wall clock only */
double system_wall(void);

void system_child(int pid, int status); /* waitpid will say so, once */

#endif
