/* Which faults there are, and what they may lead to.
 *
 * The rule is that a fault which happens once costs nothing: everything that
 * the scenario waits for comes. What else may be seen of it is stated here.
 */
#ifndef PLAN_H_
#define PLAN_H_

#include "inject.h"

enum {
    may_error = 1,   /* watchers may be stopped, and called with EV_ERROR */
    may_syserr = 2,  /* the syserr callback may be called */
    may_refuse = 4,  /* a loop on just this backend may be refused */
    may_spin = 8,    /* iterations are not bounded */
    may_starve = 16, /* what is waited for may not come */
};

typedef struct Plan {
    int call;
    int lasting;
    int may;
    int with; /* lasting: another call that always fails too, or -1 */
    int errors[12];
} Plan;

extern const Plan plans[];
extern const int plans_count;

const char* error_name(int error);

#endif
