/* The walker as its tracer sees it: goes on to an instruction, to its end, or
 * until it is blocked. */
#ifndef WALKER_H_
#define WALKER_H_

#include <stdint.h>
#include <sys/types.h>

/* How it was met. */
enum Stop {
    at_instruction,
    at_rest,   /* by its own SIGSTOP */
    in_kernel, /* blocked in a system call, and not stopped */
    is_over,   /* its thread has ended, perhaps the process with it */
    is_crashing,
    by_signal /* it is to be delivered; nobody outside sees this */
};

typedef struct Walker {
    pid_t pid, tid;
    int running; /* not stopped */
    int signal;  /* to be delivered to it when it goes on */
} Walker;

int walker_supported(void); /* on this processor */

/* Waits for the SIGSTOP with which it begins. */
enum Stop walker_meet(Walker* walker);

enum Stop walker_step(Walker* walker);
enum Stop walker_go_on(Walker* walker); /* until something stops it */
enum Stop walker_go_to(Walker* walker, uintptr_t address);

uintptr_t walker_at(const Walker* walker);

#endif
