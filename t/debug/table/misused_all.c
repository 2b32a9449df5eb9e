/* The functions of ev.h and relev.h that no other program here misuses: in a
 * loop that another thread runs, and in one that is destroyed. */
#include "by_thread.h"

static union ev_any_watcher any;

static void once(int revents, void* arg) { (void)revents, (void)arg; }
static void release(struct ev_loop* l) { (void)l; }

static void on_any(struct ev_loop* l, ev_watcher* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

/* F(name, call) */
#define FUNCTIONS(F)                                                       \
    F(ev_feed_event, ev_feed_event(loop, &any.w, EV_CUSTOM))               \
    F(ev_feed_fd_event, ev_feed_fd_event(loop, 0, EV_READ))                \
    F(ev_feed_signal_event, ev_feed_signal_event(loop, SIGUSR1))           \
    F(ev_invoke, ev_invoke(loop, &any.w, 0))                               \
    F(ev_invoke_pending, ev_invoke_pending(loop))                          \
    F(ev_once, ev_once(loop, -1, 0, 1., once, NULL))                       \
    F(ev_set_loop_release_cb, ev_set_loop_release_cb(loop, release, NULL)) \
    F(ev_set_invoke_pending_cb,                                            \
      ev_set_invoke_pending_cb(loop, ev_invoke_pending))                   \
    F(ev_suspend, ev_suspend(loop))                                        \
    F(ev_resume, ev_resume(loop))                                          \
    F(ev_unref, ev_unref(loop))                                            \
    F(ev_timer_again, ev_timer_again(loop, &any.timer))                    \
    F(ev_timer_remaining, ev_timer_remaining(loop, &any.timer))            \
    F(ev_periodic_again, ev_periodic_again(loop, &any.periodic))           \
    F(ev_stat_stat, ev_stat_stat(loop, &any.stat))                         \
    F(ev_embed_sweep, ev_embed_sweep(loop, &any.embed))                    \
    F(ev_io_start, ev_io_start(loop, &any.io))                             \
    F(ev_periodic_start, ev_periodic_start(loop, &any.periodic))           \
    F(ev_signal_start, ev_signal_start(loop, &any.signal))                 \
    F(ev_child_start, ev_child_start(loop, &any.child))                    \
    F(ev_stat_start, ev_stat_start(loop, &any.stat))                       \
    F(ev_idle_start, ev_idle_start(loop, &any.idle))                       \
    F(ev_prepare_start, ev_prepare_start(loop, &any.prepare))              \
    F(ev_check_start, ev_check_start(loop, &any.check))                    \
    F(ev_embed_start, ev_embed_start(loop, &any.embed))                    \
    F(ev_fork_start, ev_fork_start(loop, &any.fork))                       \
    F(ev_cleanup_start, ev_cleanup_start(loop, &any.cleanup))              \
    F(ev_async_start, ev_async_start(loop, &any.async))                    \
    F(relev_prepare, relev_prepare(loop))                                  \
    F(relev_backend_fd, relev_backend_fd(loop))

#define EACH(name, call) \
    static void each_##name(void) { call; }
FUNCTIONS(EACH)

#define TESTS(name, call)                                       \
    static void thread_##name(void) { by_thread(each_##name); } \
    static void ended_##name(void) { after_end(each_##name); }
FUNCTIONS(TESTS)

#define ROWS(name, call)                               \
    {"thread_" #name, thread_##name, 0,                \
     "the loop is used by two threads at once; " #name \
     " called at .*; thread [0-9]* is in ev_run"},     \
        {"ended_" #name, ended_##name, 0,              \
         "the loop is destroyed; " #name               \
         " called at .* by thread "                    \
         "[0-9]*; ev_loop_destroy called at .*"},

static const struct entry all[] = {FUNCTIONS(ROWS)};

int main(int argc, char** argv)
{
    (void)argc;
    ev_init(&any.w, on_any);
    return table(all, sizeof all / sizeof *all, argv);
}
