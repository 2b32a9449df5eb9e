/* STEP(FUNCTION, SITUATION, what comes before; and the call that is measured)
 */

/* Loops. */
STEP(ev_loop_new, plain, , other = loop_fresh(0))
STEP(ev_loop_destroy, plain, other_open(0), ev_loop_destroy(other);
     other = NULL)
STEP(ev_loop_destroy, all_kinds, other_open(0);
     all_start(other), ev_loop_destroy(other); other = NULL; watchers_init())
STEP(ev_default_loop, plain, , ev_default_loop(backend))
STEP(ev_default_loop_ptr, plain, , ev_default_loop_ptr)
STEP(ev_loop_fork, plain, , ev_loop_fork(loop))
STEP(ev_verify, all_kinds, all_start(loop), ev_verify(loop))
STEP(ev_now, plain, , ev_now(loop))
STEP(ev_now_update, plain, , ev_now_update(loop))
STEP(ev_backend, plain, , ev_backend(loop))
STEP(ev_iteration, plain, , ev_iteration(loop))
STEP(ev_depth, plain, , ev_depth(loop))
STEP(ev_break, plain, , ev_break(loop, EVBREAK_CANCEL))
STEP(ev_ref, plain, , ev_ref(loop))
STEP(ev_unref, plain, , ev_unref(loop))
STEP(ev_suspend, all_kinds, all_start(loop), ev_suspend(loop))
STEP(ev_resume, all_kinds, all_start(loop), ev_resume(loop))
STEP(ev_set_userdata, plain, , ev_set_userdata(loop, NULL))
STEP(ev_userdata, plain, , ev_userdata(loop))
STEP(ev_set_io_collect_interval, plain, , ev_set_io_collect_interval(loop, 0))
STEP(ev_set_timeout_collect_interval, plain, ,
     ev_set_timeout_collect_interval(loop, 0))
STEP(ev_set_invoke_pending_cb, plain, ,
     ev_set_invoke_pending_cb(loop, ev_invoke_pending))
STEP(ev_set_loop_release_cb, plain, , ev_set_loop_release_cb(loop, NULL, NULL))
STEP(ev_set_allocator, plain, , ev_set_allocator(allocate))
STEP(ev_set_syserr_cb, plain, , ev_set_syserr_cb(NULL))
STEP(ev_time, plain, , ev_time())
STEP(ev_sleep, plain, , ev_sleep(.000001))
STEP(ev_supported_backends, plain, , ev_supported_backends())
STEP(ev_recommended_backends, plain, , ev_recommended_backends())
STEP(ev_embeddable_backends, plain, , ev_embeddable_backends())
STEP(ev_version_major, plain, , ev_version_major())
STEP(ev_version_minor, plain, , ev_version_minor())

/* Start and stop. */
#define START_STOP(kind)                                                    \
    STEP(ev_##kind##_start, plain, , ev_##kind##_start(loop, &w.kind))      \
    STEP(ev_##kind##_start, after_others, all_start(loop);                  \
         ev_##kind##_stop(loop, &w.kind), ev_##kind##_start(loop, &w.kind)) \
    STEP(ev_##kind##_stop, plain, ev_##kind##_start(loop, &w.kind),         \
         ev_##kind##_stop(loop, &w.kind))                                   \
    STEP(ev_##kind##_stop, pending, all_start(loop);                        \
         ev_feed_event(loop, &w.kind, EV_CUSTOM),                           \
         ev_##kind##_stop(loop, &w.kind))
START_STOP(io)
START_STOP(timer)
START_STOP(periodic)
START_STOP(signal)
START_STOP(child)
START_STOP(stat)
START_STOP(idle)
START_STOP(prepare)
START_STOP(check)
START_STOP(fork)
START_STOP(cleanup)
START_STOP(async)
#undef START_STOP
STEP(ev_embed_start, plain, , if (inner) ev_embed_start(loop, &w.embed))
STEP(ev_embed_stop, plain, if (inner) ev_embed_start(loop, &w.embed),
     ev_embed_stop(loop, &w.embed))
STEP(ev_stat_start, missing, , ev_stat_start(loop, &w.stat_more))
STEP(ev_stat_stop, missing, ev_stat_start(loop, &w.stat_more),
     ev_stat_stop(loop, &w.stat_more))
STEP(ev_periodic_start, own_schedule,
     ev_periodic_set(&w.periodic, 0, 0, next_second),
     ev_periodic_start(loop, &w.periodic))

/* Other functions of the kinds. */
STEP(ev_timer_again, active, ev_timer_start(loop, &w.timer),
     ev_timer_again(loop, &w.timer))
STEP(ev_timer_again, inactive, , ev_timer_again(loop, &w.timer))
STEP(ev_timer_remaining, active, ev_timer_start(loop, &w.timer),
     ev_timer_remaining(loop, &w.timer))
STEP(ev_periodic_again, active, ev_periodic_start(loop, &w.periodic),
     ev_periodic_again(loop, &w.periodic))
STEP(ev_stat_stat, plain, , ev_stat_stat(loop, &w.stat))
STEP(ev_async_send, plain, ev_async_start(loop, &w.async),
     ev_async_send(loop, &w.async))
STEP(ev_embed_sweep, ready, eventfd_write(inner_fd, 1),
     if (inner) ev_embed_sweep(loop, &w.embed))
STEP(ev_once, fd_and_time, make_ready(),
     ev_once(loop, ready_fd, EV_READ, 0., on_once, NULL);
     turn(); turn())
STEP(ev_feed_event, plain, , ev_feed_event(loop, &w.idle, EV_CUSTOM))
STEP(ev_feed_fd_event, plain, ev_io_start(loop, &w.io),
     ev_feed_fd_event(loop, ready_fd, EV_READ))
STEP(ev_feed_signal, plain, ev_signal_start(loop, &w.signal),
     ev_feed_signal(SIGUSR1))
STEP(ev_feed_signal_event, plain, ev_signal_start(loop, &w.signal),
     ev_feed_signal_event(loop, SIGUSR1))
STEP(ev_clear_pending, plain, ev_feed_event(loop, &w.idle, EV_CUSTOM),
     ev_clear_pending(loop, &w.idle))
STEP(ev_invoke, plain, , ev_invoke(loop, &w.idle, EV_CUSTOM))
STEP(ev_invoke_pending, plain, ev_feed_event(loop, &w.idle, EV_CUSTOM),
     ev_invoke_pending(loop))
STEP(ev_pending_count, plain, , ev_pending_count(loop))

/* Iterations. */
STEP(ev_run, nothing, , turn())
STEP(ev_run, all_kinds, all_start(loop), turn())
STEP(ev_run, everything_ready, all_start(loop); file_grow(long_path);
     make_ready(); raise(SIGUSR1); ev_async_send(loop, &w.async);
     ev_loop_fork(loop), turn(); turn(); turn())
STEP(ev_run, blocks, ev_timer_set(&w.timer, .001, 0.);
     ev_timer_start(loop, &w.timer), ev_run(loop, EVRUN_ONCE))
STEP(ev_run, io_ready, ev_io_start(loop, &w.io); make_ready(), turn())
STEP(ev_run, io_writable, ev_io_set(&w.io, ready_fd, EV_WRITE);
     ev_io_start(loop, &w.io), turn())
STEP(ev_run, io_file, ev_io_set(&w.io, null_fd, EV_READ);
     ev_io_start(loop, &w.io), turn())
STEP(ev_run, timer_expired, ev_timer_set(&w.timer, 0., 0.);
     ev_timer_start(loop, &w.timer), turn(); turn())
STEP(ev_run, periodic_expired, ev_periodic_set(&w.periodic, 1, 0, NULL);
     ev_periodic_start(loop, &w.periodic), turn(); turn())
STEP(ev_run, signal_arrives, ev_signal_start(loop, &w.signal), raise(SIGUSR1);
     turn())
STEP(ev_run, signalfd, other_open(EVFLAG_SIGNALFD);
     ev_signal_start(other, &w.signal); ev_run(other, EVRUN_NOWAIT);
     raise(SIGUSR1), ev_run(other, EVRUN_NOWAIT))
STEP(ev_run, child_ended, child_make(), turn(); turn())
STEP(ev_run, file_changed, ev_stat_start(loop, &w.stat); turn();
     file_grow(long_path), turn())
STEP(ev_run, file_polled, other_open(EVFLAG_NOINOTIFY);
     ev_stat_start(other, &w.stat); file_grow(long_path);
     ev_feed_event(other, &w.stat.timer, EV_TIMER), ev_run(other, EVRUN_NOWAIT))
STEP(ev_run, file_removed, ev_stat_start(loop, &w.stat); turn();
     unlink(long_path), turn())
STEP(ev_run, file_appears, unlink(long_path); ev_stat_start(loop, &w.stat);
     turn(); file_grow(long_path), turn())
STEP(ev_run, async_sent, ev_async_start(loop, &w.async);
     ev_async_send(loop, &w.async), turn())
STEP(ev_run, embedded_ready, if (inner) ev_embed_start(loop, &w.embed); turn();
     eventfd_write(inner_fd, 1), turn())
STEP(ev_run, after_fork, all_start(loop); turn(); ev_loop_fork(loop), turn())
STEP(ev_run, fork_check, other_open(EVFLAG_FORKCHECK),
     ev_run(other, EVRUN_NOWAIT))
STEP(ev_run, observed, ev_set_loop_release_cb(loop, on_loop, on_loop);
     make_ready(); ev_io_start(loop, &w.io), turn();
     ev_set_loop_release_cb(loop, NULL, NULL))

/* event.h. */
STEP(event_get_version, plain, , event_get_version())
STEP(event_get_method, plain, , event_get_method())
STEP(event_base_get_method, plain, , event_base_get_method(base))
STEP(event_init, plain, , event_init())
STEP(event_base_new, plain, , event_base_free(event_base_new()))
STEP(event_base_free, plain, , event_base_free(event_base_new()))
STEP(event_set, plain, , event_set(&event_time, -1, 0, on_libevent, NULL))
STEP(event_base_set, plain, , event_base_set(base, &event_time))
STEP(event_get_callback, plain, , event_get_callback(&event_time))
STEP(event_add, fd, , event_add(&event_fd, NULL))
STEP(event_add, time, , event_add(&event_time, &later))
STEP(event_del, fd, event_add(&event_fd, &later), event_del(&event_fd))
STEP(event_active, plain, , event_active(&event_fd, EV_READ, 1); turn())
STEP(event_pending, plain, event_add(&event_time, &later),
     event_pending(&event_time, EV_TIMEOUT, &later))
STEP(event_once, plain, , event_once(-1, EV_TIMEOUT, on_libevent, NULL, &soon);
     turn(); turn())
STEP(event_base_once, plain, ,
     event_base_once(base, -1, EV_TIMEOUT, on_libevent, NULL, &soon);
     turn(); turn())
STEP(event_dispatch, plain, event_add(&event_fd, NULL); make_ready();
     event_loopexit(&soon), event_dispatch())
STEP(event_base_dispatch, plain, event_add(&event_fd, NULL); make_ready();
     event_base_loopexit(base, &soon), event_base_dispatch(base))
STEP(event_loop, plain, event_add(&event_fd, NULL);
     make_ready(), event_loop(EVLOOP_NONBLOCK))
STEP(event_base_loop, plain, event_add(&event_fd, NULL);
     make_ready(), event_base_loop(base, EVLOOP_NONBLOCK))
STEP(event_loopexit, plain, , event_loopexit(&soon); turn(); turn())
STEP(event_base_loopexit, plain, , event_base_loopexit(base, &soon); turn();
     turn())
STEP(event_priority_init, plain, , event_priority_init(1))
STEP(event_base_priority_init, plain, , event_base_priority_init(base, 1))
STEP(event_priority_set, plain, , event_priority_set(&event_fd, 0))

#ifndef REFERENCE
#include "steps_relev.h"
#endif
