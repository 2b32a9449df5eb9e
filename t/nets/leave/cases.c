/* Which ways there are at an exit. */
#define _GNU_SOURCE
#include "../faults/plan.h"
#include "leave.h"

enum { lasting_most = 3 }; /* exits of one call from which on it fails */

static void case_of_way(int k, Way way)
{
    now.k = k;
    now.way = way;
    now.may = now.error = now.lasting = 0;
    case_run();
}

/* Is the call one of another backend than this, or of none? */
static int is_auxiliary(int call)
{
    return call == call_epoll_pwait2 || call == call_fcntl
        || (call == call_poll && now.backend != EVBACKEND_POLL)
        || (call == call_ppoll && now.backend != EVBACKEND_POLL);
}

static void cases_of_failure(int k, int seen)
{
    int kind = result->exits[k].kind;
    /* kqueue takes what fstat fails for as a file: t/nets/kqueue/facts.c. */
    if (kind == call_fstat && now.backend == EVBACKEND_KQUEUE) return;
    for (int i = 0; i < plans_count; ++i) {
        const Plan* p = &plans[i];
        if (p->call != kind || p->with >= 0) continue;
        int may = is_auxiliary(kind) ? 0 : p->may;
        if (p->lasting && (may || seen >= lasting_most)) continue;
        if (kind == call_clock_gettime) continue; /* it never fails */
        for (int j = 0; p->errors[j]; ++j) {
            now.k = k;
            now.way = way_fail;
            now.may = may;
            now.error = p->errors[j];
            now.lasting = p->lasting;
            case_run();
        }
    }
}

static void cases_of_exit(int k, int seen)
{
    const Exit* e = &result->exits[k];
    int runs = e->window == window_run || e->window == window_quiet;
    int is_call = e->kind < exit_watcher, is_memory = e->kind == exit_allocator;
    if (runs && !is_call && !is_memory) case_of_way(k, way_longjmp);
    if (runs && !is_memory && e->cancels) case_of_way(k, way_cancel);
    if (runs && !is_memory) case_of_way(k, way_break);
    for (Way way = way_nothing; way <= way_destroy; ++way) {
        int returns = way == way_continue || way == way_renew;
        if (returns && (is_call || is_memory)) continue;
        if (e->window == window_destroy && way != way_nothing) continue;
        case_of_way(k, way);
    }
    /* The first event of a priority needs memory whenever it comes. */
    if (is_memory && (e->shrinks || e->window >= window_stop))
        case_of_way(k, way_memory);
    if (is_call) cases_of_failure(k, seen);
}

void cases_each(void)
{
    int seen[exit_kinds] = {0};
    for (int k = 0; k < result->exits_count; ++k)
        cases_of_exit(k, seen[result->exits[k].kind]++);
}
