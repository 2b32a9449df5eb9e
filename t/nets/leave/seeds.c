/* The programs: some by name, the others by chance. */
#include <relev.h>
#include <stdio.h>

#include "leave.h"

enum {
    has_hidden =
        has_mistakes | has_errors | has_limits | has_renewal | has_old_kernel,
};

static const struct {
    const char* name;
    Program program;
} named[] = {
    {"writers", {has_io | has_writers | has_parked, 0}},
    {"timers", {has_timers | has_periodics | has_writers | has_burst, 0}},
    {"signals", {has_signals | has_asyncs | has_io, 0}},
    {"signalfd",
     {has_signals | has_asyncs | has_children | has_default, EVFLAG_SIGNALFD}},
    {"children", {has_children | has_paths | has_default, 0}},
    {"hooks",
     {has_hooks | has_idles | has_io | has_signals | has_invoke | has_release,
      0}},
    {"collected", {has_io | has_timers | has_signals | has_collect, 0}},
    {"embedded", {has_embed | has_io | has_asyncs, 0}},
    {"mistaken", {has_mistakes | has_errors | has_writers | has_io, 0}},
    {"refused", {has_mistakes | has_writers | has_periodics, 0}},
    {"checked",
     {has_io | has_writers | has_signals | has_paths | has_hooks | has_default
          | has_children,
      EVFLAG_FORKCHECK | EVFLAG_SIGNALFD}},
    {"polled",
     {has_paths | has_timers | has_children | has_default,
      EVFLAG_NOINOTIFY | EVFLAG_FORKCHECK}},
    {"renewed",
     {has_io | has_writers | has_signals | has_paths | has_asyncs
          | has_periodics | has_children | has_default | has_renewal,
      EVFLAG_SIGNALFD}},
    {"crowded", {has_burst | has_io | has_children | has_default, 0}},
    {"rich", {has_all & ~has_hidden, 0}},
    {"richest",
     {has_all & ~(has_mistakes | has_old_kernel),
      EVFLAG_FORKCHECK | EVFLAG_SIGNALFD}},
    {"virtual",
     {has_virtual | has_io | has_writers | has_timers | has_periodics
          | has_signals | has_asyncs,
      0}},
    {"by_hand",
     {has_virtual | has_io | has_timers | has_periodics | has_asyncs
          | has_collect | has_release,
      RELEV_MANUAL}},
    {"checked_by_pid",
     {(has_all & ~has_hidden) | has_old_kernel,
      EVFLAG_FORKCHECK | EVFLAG_SIGNALFD}},
    {"children_elsewhere", {has_children | has_paths | has_io, 0}},
    {"signals_shared", {has_signals | has_shared | has_asyncs, 0}},
    {"signalfd_shared", {has_signals | has_shared | has_io, EVFLAG_SIGNALFD}},
    {"tasks", {has_tasks | has_io | has_asyncs | has_signals, 0}},
};

const unsigned programs_named = sizeof named / sizeof *named;

static unsigned state;

/* A linear congruential generator; the low bits are dropped: they repeat. */
unsigned chance(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

Program program_of(unsigned seed)
{
    static const unsigned flags[] = {EVFLAG_FORKCHECK, EVFLAG_SIGNALFD,
                                     EVFLAG_NOINOTIFY, EVFLAG_NOSIGMASK,
                                     EVFLAG_NOTIMERFD};
    Program p = {0, 0};
    state = seed * 2654435761u + 1;
    chance();
    if (seed < programs_named) return named[seed].program;
    for (unsigned bit = 1; bit < has_all; bit <<= 1)
        if (chance() % 3) p.has |= bit;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i)
        if (!(chance() % 3)) p.flags |= flags[i];
    /* Otherwise such a child must call ev_loop_fork. */
    if (p.has & has_old_kernel) p.flags |= EVFLAG_FORKCHECK;
    return p;
}

const char* program_name(unsigned seed)
{
    static char text[20];
    if (seed < programs_named) return named[seed].name;
    snprintf(text, sizeof text, "seed_%u", seed);
    return text;
}
