/* Uses every name of relev.h, in C that is also C++ and as old as C89. It is
 * compiled, never run.
 */
#if EV_MULTIPLICITY || !defined EV_MULTIPLICITY
#include "relev.h"
#endif

#if defined RELEV_H_ && EV_RELEV_ENABLE
int use_relev_values(const struct relev_error* error,
                     const struct relev_slow* slow);

int use_relev_values(const struct relev_error* error,
                     const struct relev_slow* slow)
{
    static const int codes[] = {
        RELEV_E_FD_RANGE,   RELEV_E_FD_CLOSED,    RELEV_E_FD_REFUSED,
        RELEV_E_FD_OWN,     RELEV_E_MASK,         RELEV_E_SIGNUM,
        RELEV_E_TIME,       RELEV_E_SIGNAL_TAKEN, RELEV_E_PID,
        RELEV_E_PATH,       RELEV_E_EMBED,        RELEV_E_REINIT,
        RELEV_E_OTHER_LOOP, RELEV_E_CHANGED,      RELEV_E_PRIORITY,
        RELEV_FEATURE_DUMP, RELEV_FEATURE_ERRORS, RELEV_FEATURE_METRICS,
        RELEV_KIND_IO,      RELEV_KIND_TIMER,     RELEV_KIND_PERIODIC,
        RELEV_KIND_SIGNAL,  RELEV_KIND_CHILD,     RELEV_KIND_STAT,
        RELEV_KIND_IDLE,    RELEV_KIND_PREPARE,   RELEV_KIND_CHECK,
        RELEV_KIND_EMBED,   RELEV_KIND_FORK,      RELEV_KIND_CLEANUP,
        RELEV_KIND_ASYNC,   RELEV_KIND_ONCE,      RELEV_KIND_OTHER,
        RELEV_KINDS,        RELEV_BUCKETS,        RELEV_WAITING,
        RELEV_CALLING,      RELEV_BETWEEN,        RELEV_FEATURE_PROGRESS,
        RELEV_FEATURE_POST, RELEV_EXCLUSIVE,      RELEV_FEATURE_EXCLUSIVE,
        RELEV_MANUAL,       RELEV_WAIT_FDS,       RELEV_FEATURE_VIRTUAL};
    if (slow->watcher || slow->callback || slow->took > 1) return slow->number;
    if (error->watcher || error->callback || *error->text) return error->type;
    return RELEV_VERSION + codes[error->code] + error->errnum + error->number;
}

#if EV_PROTOTYPES
void use_relev_init(ev_timer* timer);
void use_relev_init(ev_timer* timer)
{
    if (relev_is_active(timer) || relev_is_pending(timer)) return;
    relev_timer_init(timer, NULL, 1., 0.);
    relev_set_priority(timer, relev_priority(timer) + 1);
    relev_set_cb(timer, NULL);
    relev_set_data(timer, relev_data(timer));
}

unsigned use_relev(struct ev_loop* loop, relev_error_cb* cb,
                   void (*walk)(struct ev_loop*, int, void*),
                   const struct relev_error* error,
                   struct relev_metrics* metrics,
                   struct relev_progress* progress, relev_slow_cb* slow,
                   ev_timer* timer);

#if EV_ASYNC_ENABLE
int use_post(struct ev_loop* loop, struct relev_task* task,
             void (*f)(struct ev_loop*, void*),
             void (*unrun)(struct relev_task*));

int use_post(struct ev_loop* loop, struct relev_task* task,
             void (*f)(struct ev_loop*, void*),
             void (*unrun)(struct relev_task*))
{
    if (relev_post_open(loop)) return -1;
    relev_post(loop, task);
    relev_post_close(loop, unrun);
    return relev_call(loop, f, task);
}
#endif

unsigned use_relev(struct ev_loop* loop, relev_error_cb* cb,
                   void (*walk)(struct ev_loop*, int, void*),
                   const struct relev_error* error,
                   struct relev_metrics* metrics,
                   struct relev_progress* progress, relev_slow_cb* slow,
                   ev_timer* timer)
{
    char line[100];
    relev_set_error_cb(loop, cb, line);
    if (relev_error_format(error, line, (int)sizeof line)) return 0;
#if EV_WALK_ENABLE
    ev_walk(loop, -1, walk);
#else
    (void)walk;
#endif
    if (relev_metrics_enable(loop, 2)) return 4;
    if (relev_metrics_read(loop, metrics, sizeof *metrics)) return 1;
    if (relev_metrics_text(loop, line, 100, "a=\"b\"")) return 2;
    if (relev_set_slow_cb(loop, .1, slow, line)) return 5;
    if (relev_progress_read(loop, progress, sizeof *progress)) return 3;
    if (relev_kind(EV_TIMER) != RELEV_KIND_TIMER) return 6;
    relev_timer_after(loop, timer, .5);
    if (relev_signal_info(loop, NULL, NULL, 0) >= 0) return 14;
    if (relev_loop_close(loop, walk)) return 7;
    if (relev_fd_forget(loop, 0)) return 8;
    if (relev_prepare(loop) > relev_backend_fd(loop)) return 12;
    if (relev_sizeof(EV_TIMER) != sizeof *timer) return 13;
    use_relev_init(timer);
    if (relev_dump(loop, 1) < 0) return relev_refs(loop);
    if (relev_dump_file(loop, line, RELEV_DUMP_INTERNAL) < 0) return 4;
    if (!loop) loop = relev_loop_new_virtual(RELEV_MANUAL, 0.);
    if (relev_virtual_advance(loop, 1.)) return 9;
    if (relev_virtual_set_wall(loop, 1.)) return 10;
    if (relev_time(loop) > relev_monotonic(loop)) return 11;
    return relev_version() + relev_features();
}
#endif
#endif
