/* ev_child in other loops than the default one: what the tests share. */
#ifndef CHILDREN_HELP_H_
#define CHILDREN_HELP_H_

#include "child_help.h"
#include "relev.h"

static struct ev_loop* other; /* not the default loop */

/* An old kernel has no pidfds, nor has valgrind 3.19. */
static inline void begin(void)
{
    if (!(relev_features() & RELEV_FEATURE_CHILDREN)) skip();
    if (EV_DEFAULT_UC) ev_loop_destroy(EV_DEFAULT_UC);
    signals_reset();
    calls_clear();
    other = loop_new(0);
}

static inline void end(void)
{
    ev_loop_destroy(other);
    signals_reset();
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* Iterations until so many calls came; a minute at most. */
static inline void calls_come(struct ev_loop* loop, int count)
{
    for (int i = 0; i < 60000 && (int)strlen(calls) < count; ++i) {
        turn(loop);
        if ((int)strlen(calls) < count) usleep(1000);
    }
}

#endif
