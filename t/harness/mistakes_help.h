/* Mistakes, each made twice: with a syserr callback, which hears of it, and
 * without one, when it must be survived in silence. */
#ifndef MISTAKES_HELP_H_
#define MISTAKES_HELP_H_

#include <errno.h>

#include "calls.h"

static int reports; /* since the last look; -1: nobody is listening */

static inline void report(const char* what)
{
    assert_true(what && *what);
    assert_true(errno != 0);
    ++reports;
}

static inline void made_twice(void (*mistake)(void))
{
    reports = 0;
    ev_set_syserr_cb(report);
    mistake();
    ev_set_syserr_cb(NULL);
    reports = -1;
    mistake();
}

static inline int reports_take(int expected)
{
    int seen = reports < 0 ? expected : reports;
    if (reports > 0) reports = 0;
    return seen;
}

#define assert_reports(n) assert_int_equal(reports_take(n), n)

/* One turn, in which the loop must not find more references than these. */
static inline void turn_leaves(struct ev_loop* loop, int references)
{
    assert_int_equal(turn(loop), references);
    ev_verify(loop);
}

#endif
