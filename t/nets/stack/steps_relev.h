/* What libev does not have, or ends with an assertion. */
STEP(ev_run, closed_fd, ev_io_set(&w.io, closed_fd(), EV_READ);
     ev_io_start(loop, &w.io), turn())
STEP(ev_walk, all_kinds, all_start(loop), ev_walk(loop, -1, on_walk))
STEP(relev_dump, all_kinds, all_start(loop), relev_dump(loop, null_fd))
STEP(relev_dump_file, all_kinds, all_start(loop),
     relev_dump_file(loop, "/dev/null", RELEV_DUMP_INTERNAL))
STEP(relev_refs, plain, , relev_refs(loop))
STEP(relev_version, plain, , relev_version())
STEP(relev_features, plain, , relev_features())
STEP(relev_metrics_enable, level_2, , relev_metrics_enable(loop, 2))
STEP(relev_metrics_read, plain, relev_metrics_enable(loop, 2),
     relev_metrics_read(loop, &metrics, sizeof metrics))
STEP(relev_metrics_text, plain, relev_metrics_enable(loop, 2);
     turn(), relev_metrics_text(loop, text, sizeof text, NULL))
STEP(relev_metrics_part, plain, relev_metrics_enable(loop, 2);
     turn(), relev_metrics_part(&loop, &no_labels, 1, text, sizeof text))
STEP(relev_metrics_reset, plain, relev_metrics_enable(loop, 2);
     turn(), relev_metrics_reset(loop))
STEP(relev_callbacks_read, plain, relev_metrics_enable(loop, 2);
     turn(), relev_callbacks_read(loop, &callback, sizeof callback, 1))
STEP(relev_progress_read, plain, ,
     relev_progress_read(loop, &progress, sizeof progress))
STEP(relev_loop_new_virtual, plain, ,
     other = relev_loop_new_virtual(backend, 0))
STEP(relev_virtual_advance, plain, other = relev_loop_new_virtual(backend, 0),
     relev_virtual_advance(other, 1))
STEP(relev_virtual_set_wall, plain, other = relev_loop_new_virtual(backend, 0),
     relev_virtual_set_wall(other, 1))
STEP(ev_run, virtual, other = relev_loop_new_virtual(backend, 0);
     ev_timer_start(other, &w.timer), ev_run(other, EVRUN_ONCE))
STEP(relev_time, plain, , relev_time(loop))
STEP(relev_monotonic, plain, , relev_monotonic(loop))
STEP(relev_post_open, plain, , relev_post_open(loop))
STEP(relev_post, plain, relev_post_open(loop);
     task.run = on_task, relev_post(loop, &task))
STEP(ev_run, posted, relev_post_open(loop); task.run = on_task;
     relev_post(loop, &task), turn())
STEP(relev_call, plain, , relev_call(loop, on_call, NULL))
STEP(relev_post_close, plain, relev_call(loop, on_call, NULL),
     relev_post_close(loop, NULL))
STEP(relev_kind, plain, , relev_kind(EV_TIMER))
STEP(relev_set_slow_cb, plain, , relev_set_slow_cb(loop, 10, on_slow, NULL))
STEP(relev_fd_forget, active, ev_io_start(loop, &w.io),
     relev_fd_forget(loop, w.io.fd))
STEP(relev_prepare, all_kinds, all_start(loop), relev_prepare(loop))
STEP(relev_backend_fd, plain, , relev_backend_fd(loop))
STEP(relev_loop_close, all_kinds, other_open(0);
     all_start(other), relev_loop_close(other, on_walk); other = NULL;
     watchers_init())
STEP(relev_timer_after, plain, , relev_timer_after(loop, &w.timer, 10))
STEP(relev_signal_info, active, ,
     relev_signal_info(loop, &w.signal, &(struct relev_sender){0},
                       sizeof(struct relev_sender)))
STEP(relev_sizeof, plain, , relev_sizeof(EV_TIMER))
STEP(relev_io_init, plain, ,
     relev_io_init(&w.io, (void*)on_event, ready_fd, EV_READ))
STEP(relev_timer_init, plain, ,
     relev_timer_init(&w.timer, (void*)on_event, 1000, 1000))
STEP(relev_periodic_init, plain, ,
     relev_periodic_init(&w.periodic, (void*)on_event, 0, 1000, NULL))
STEP(relev_signal_init, plain, ,
     relev_signal_init(&w.signal, (void*)on_event, SIGUSR1))
STEP(relev_child_init, plain, ,
     relev_child_init(&w.child, (void*)on_event, 1 << 30, 0))
STEP(relev_stat_init, plain, ,
     relev_stat_init(&w.stat, (void*)on_event, long_path, 0))
STEP(relev_idle_init, plain, , relev_idle_init(&w.idle, (void*)on_event))
STEP(relev_prepare_init, plain, ,
     relev_prepare_init(&w.prepare, (void*)on_event))
STEP(relev_check_init, plain, , relev_check_init(&w.check, (void*)on_event))
STEP(relev_embed_init, plain, , relev_embed_init(&w.embed, NULL, inner))
STEP(relev_fork_init, plain, , relev_fork_init(&w.fork, (void*)on_event))
STEP(relev_cleanup_init, plain, ,
     relev_cleanup_init(&w.cleanup, (void*)on_event))
STEP(relev_async_init, plain, , relev_async_init(&w.async, (void*)on_event))
STEP(relev_is_active, plain, , relev_is_active(&w.timer))
STEP(relev_is_pending, plain, , relev_is_pending(&w.timer))
STEP(relev_priority, plain, , relev_priority(&w.timer))
STEP(relev_set_priority, plain, , relev_set_priority(&w.timer, 0))
STEP(relev_set_cb, plain, , relev_set_cb(&w.timer, (void*)on_event))
STEP(relev_data, plain, , relev_data(&w.timer))
STEP(relev_set_data, plain, , relev_set_data(&w.timer, NULL))
STEP(relev_set_error_cb, plain, , relev_set_error_cb(loop, on_error, NULL))
STEP(relev_error_format, plain, relev_set_error_cb(loop, on_error, NULL);
     ev_io_set(&w.io, closed_fd(), EV_READ); ev_io_start(loop, &w.io);
     turn(), relev_error_format(&error, text, sizeof text))
STEP(ev_run, observed_closed_fd, relev_set_error_cb(loop, on_error, NULL);
     ev_io_set(&w.io, closed_fd(), EV_READ); ev_io_start(loop, &w.io), turn())
