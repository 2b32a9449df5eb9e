/* Programs that use a loop in the wrong thread, or after its end (issue 19,
 * B10): each is found, with the text of its case. */
#define EV_WALK_ENABLE 1
#include "by_thread.h"

/* B10: each function, called while another thread waits in ev_run, and after
 * the end of the loop. */
static void each_fork(void) { ev_loop_fork(loop); }
static void each_verify(void) { ev_verify(loop); }
static void each_io_collect(void) { ev_set_io_collect_interval(loop, 0.); }
static void each_timeout_collect(void)
{
    ev_set_timeout_collect_interval(loop, 0.);
}
static void each_now(void) { ev_now(loop); }
static void each_userdata(void) { ev_set_userdata(loop, &loop); }
static void each_pending(void) { ev_pending_count(loop); }
static void each_iteration(void) { ev_iteration(loop); }
static void each_depth(void) { ev_depth(loop); }
static void each_backend(void) { ev_backend(loop); }
static void each_metrics(void) { relev_metrics_enable(loop, 1); }
static void each_slow(void) { relev_set_slow_cb(loop, 1., NULL, NULL); }
static void each_post_open(void) { relev_post_open(loop); }
static void each_error(void) { relev_set_error_cb(loop, NULL, NULL); }
static void each_read(void)
{
    struct relev_metrics metrics;
    relev_metrics_read(loop, &metrics, sizeof metrics);
}
static void each_text(void)
{
    char text[100];
    relev_metrics_text(loop, text, sizeof text, NULL);
}
static void each_part(void)
{
    char text[100];
    relev_metrics_part(&loop, NULL, 1, text, sizeof text);
}
static void each_callbacks(void)
{
    struct relev_callback one;
    relev_callbacks_read(loop, &one, sizeof one, 1);
}
static void each_reset(void) { relev_metrics_reset(loop); }
static void each_progress(void)
{
    struct relev_progress progress;
    relev_progress_read(loop, &progress, sizeof progress);
}
static void each_break(void) { ev_break(loop, EVBREAK_ALL); }
static void each_ref(void) { ev_ref(loop); }
static void each_update(void) { ev_now_update(loop); }
static void each_walk(void) { ev_walk(loop, 0, NULL); }
static void each_refs(void) { relev_refs(loop); }
static void each_dump(void) { relev_dump(loop, 1); }
static void each_dump_file(void) { relev_dump_file(loop, "/dev/null", 0); }
static void each_advance(void) { relev_virtual_advance(loop, 1.); }
static void each_wall(void) { relev_virtual_set_wall(loop, 1.); }
static void each_time(void) { relev_time(loop); }
static void each_mono(void) { relev_monotonic(loop); }
static void each_destroy(void) { ev_loop_destroy(loop); }

#define EACH(f)                                           \
    static void thread_##f(void) { by_thread(each_##f); } \
    static void ended_##f(void) { after_end(each_##f); }
#define THREAD(f, name)                                      \
    {                                                        \
        "thread_" #f, thread_##f, 0,                         \
            "the loop is used by two threads at once; " name \
            " called at .*; thread [0-9]* is in ev_run"      \
    }
#define ENDED(f, name)                         \
    {                                          \
        "ended_" #f, ended_##f, 0,             \
            "the loop is destroyed; " name     \
            " called at .* by thread [0-9]*; " \
            "ev_loop_destroy called at .*"     \
    }

EACH(fork)
EACH(verify)
EACH(io_collect)
EACH(timeout_collect)
EACH(now)
EACH(userdata)
EACH(pending)
EACH(metrics)
EACH(reset)
EACH(slow)
EACH(post_open)
EACH(error)
EACH(update)
EACH(advance)
EACH(wall)
EACH(time)
EACH(mono)
EACH(walk)

static void ended_read(void) { after_end(each_read); }
static void ended_text(void) { after_end(each_text); }
static void ended_part(void) { after_end(each_part); }
static void ended_callbacks(void) { after_end(each_callbacks); }
static void ended_progress(void) { after_end(each_progress); }
static void ended_break(void) { after_end(each_break); }
static void ended_ref(void) { after_end(each_ref); }
static void ended_refs(void) { after_end(each_refs); }
static void ended_dump(void) { after_end(each_dump); }
static void ended_dump_file(void) { after_end(each_dump_file); }
static void ended_destroy(void) { after_end(each_destroy); }
static void ended_iteration(void) { after_end(each_iteration); }
static void ended_depth(void) { after_end(each_depth); }
static void ended_backend(void) { after_end(each_backend); }

static void no_loop(void)
{
    ev_timer timer;
    ev_timer_init(&timer, nothing, 1., 0.);
    ev_timer_start(NULL, &timer);
}

static void destroys(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_loop_destroy(l);
}

static void destroyed_in_callback(void)
{
    ev_timer timer;
    ev_timer_init(&timer, destroys, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
}

static void walks(struct ev_loop* l, int type, void* w)
{
    (void)type, (void)w;
    ev_loop_destroy(l);
}

static void destroyed_by_walk(void)
{
    ev_timer timer;
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
    ev_walk(loop, EV_TIMER, walks);
}

static void invokes(struct ev_loop* l) { ev_loop_destroy(l); }

static void destroyed_by_invoke(void)
{
    ev_set_invoke_pending_cb(loop, invokes);
    destroyed_in_callback();
}

static const struct entry all[] = {
    THREAD(fork, "ev_loop_fork"),
    THREAD(verify, "ev_verify"),
    THREAD(io_collect, "ev_set_io_collect_interval"),
    THREAD(timeout_collect, "ev_set_timeout_collect_interval"),
    THREAD(now, "ev_now"),
    THREAD(userdata, "ev_set_userdata"),
    THREAD(pending, "ev_pending_count"),
    THREAD(metrics, "relev_metrics_enable"),
    THREAD(reset, "relev_metrics_reset"),
    THREAD(post_open, "relev_post_open"),
    THREAD(slow, "relev_set_slow_cb"),
    THREAD(error, "relev_set_error_cb"),
    THREAD(advance, "relev_virtual_advance"),
    THREAD(wall, "relev_virtual_set_wall"),
    THREAD(time, "relev_time"),
    THREAD(mono, "relev_monotonic"),
    ENDED(advance, "relev_virtual_advance"),
    ENDED(wall, "relev_virtual_set_wall"),
    ENDED(time, "relev_time"),
    ENDED(mono, "relev_monotonic"),
    ENDED(metrics, "relev_metrics_enable"),
    ENDED(slow, "relev_set_slow_cb"),
    ENDED(post_open, "relev_post_open"),
    ENDED(error, "relev_set_error_cb"),
    ENDED(read, "relev_metrics_read"),
    ENDED(text, "relev_metrics_text"),
    ENDED(part, "relev_metrics_part"),
    ENDED(callbacks, "relev_callbacks_read"),
    ENDED(reset, "relev_metrics_reset"),
    ENDED(progress, "relev_progress_read"),
    THREAD(update, "ev_now_update"),
    THREAD(walk, "ev_walk"),
    ENDED(fork, "ev_loop_fork"),
    ENDED(verify, "ev_verify"),
    ENDED(io_collect, "ev_set_io_collect_interval"),
    ENDED(timeout_collect, "ev_set_timeout_collect_interval"),
    ENDED(now, "ev_now"),
    ENDED(userdata, "ev_set_userdata"),
    ENDED(pending, "ev_pending_count"),
    ENDED(update, "ev_now_update"),
    ENDED(walk, "ev_walk"),
    ENDED(break, "ev_break"),
    ENDED(ref, "ev_ref"),
    ENDED(refs, "relev_refs"),
    ENDED(dump, "relev_dump"),
    ENDED(dump_file, "relev_dump_file"),
    ENDED(destroy, "ev_loop_destroy"),
    ENDED(iteration, "ev_iteration"),
    ENDED(depth, "ev_depth"),
    ENDED(backend, "ev_backend"),
    {"no_loop", no_loop, 0,
     "there is no loop: null; ev_timer_start called at .* by thread [0-9]*"},
    {"destroyed_in_callback", destroyed_in_callback, 0,
     "ev_timer 0x.* \\(callback .*\\): ev_loop_destroy is called by a callback "
     "of the loop; ev_loop_destroy called at .* by thread [0-9]*"},
    {"destroyed_by_walk", destroyed_by_walk, 0,
     "ev_loop_destroy is called by a callback of the loop; ev_loop_destroy "
     "called at .* by thread [0-9]*"},
    {"destroyed_by_invoke", destroyed_by_invoke, 0,
     "ev_loop_destroy is called by a callback of the loop; ev_loop_destroy "
     "called at .* by thread [0-9]*"},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
