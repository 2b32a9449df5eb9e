/* The texts of relev-debug(1) that no other program here shows, and the codes
 * of relev_error(3): a program for each. */
#include "table.h"

static void starts(ev_timer* w, double after)
{
    ev_timer_init(w, nothing, after, 0.);
    ev_timer_start(loop, w);
}

/* The memory belongs to somebody else, who has not written to it. */
static void* again;

static void allocated_again(void)
{
    ev_timer* w = (ev_timer*)malloc(1000);
    starts(w, 60.);
    free(w);
    again = malloc(1000);
    MUST(again == (void*)w);
    run(loop);
}

static void on_async(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void zeros(void)
{
    static ev_async async;
    ev_async_init(&async, on_async);
    ev_async_start(loop, &async);
    memset(&async, 0, sizeof async);
    run(loop);
}

static void priority(void)
{
    static ev_timer timer;
    starts(&timer, 60.);
    ev_set_priority(&timer, 1);
    run(loop);
}

static void time_changed(void)
{
    static ev_timer timer;
    starts(&timer, 60.);
    ev_timer_set(&timer, 70., 0.);
    run(loop);
}

static void initialized_pending(void)
{
    static ev_timer timer;
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_feed_event(loop, &timer, EV_TIMER);
    ev_timer_init(&timer, nothing, 60., 0.);
    run(loop);
}

static void runs(struct ev_loop* l, ev_check* w, int revents)
{
    (void)revents;
    ev_check_stop(l, w);
    ev_run(l, EVRUN_NOWAIT);
}

static void nested_in_check(void)
{
    static ev_check check;
    ev_check_init(&check, runs);
    ev_check_start(loop, &check);
    run(loop);
}

static void never_was(void)
{
    static ev_timer timer;
    static char none[1000];
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start((struct ev_loop*)none, &timer);
}

/* Among many, it is found later. */
static ev_timer many[200];

static void damages(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    memset(many + 100, 'x', sizeof *many);
}

static void found_later(void)
{
    ev_timer first;
    for (int i = 0; i < 200; ++i) starts(many + i, 60.);
    ev_timer_init(&first, damages, 60., 0.);
    ev_set_priority(&first, 1);
    ev_feed_event(loop, &first, EV_TIMER);
    for (int i = 0; i < 50; ++i) ev_feed_event(loop, many + i, EV_TIMER);
    ev_run(loop, EVRUN_NOWAIT);
}

static void leaked(void)
{
    starts(many, 60.);
    ev_loop_destroy(loop);
}

/* An error callback receives the code, and nothing is printed. */
static void prints_code(struct ev_loop* l, const struct relev_error* error,
                        void* data)
{
    char line[600];
    int n;
    (void)data;
    MUST(!l == (error->code == RELEV_E_DESTROYED));
    n = snprintf(line, sizeof line, "relev-debug[1]: code %d: %s\n",
                 error->code, error->text);
    MUST(write(1, line, (size_t)n) == n);
}

static void told(void f(void))
{
    relev_set_error_cb(NULL, prints_code, NULL);
    f();
}

/* The loop writes to the memory: not where the allocator has its lists. */
static void freed(void)
{
    ev_timer* all = (ev_timer*)malloc(99 * sizeof *all);
    starts(all + 50, 60.);
    free(all);
    run(loop);
}

static void overwritten(void)
{
    starts(many, 60.);
    memset(many, 'x', sizeof *many);
    run(loop);
}

static void moved(void)
{
    static ev_timer one, other;
    starts(&one, 60.);
    other = one;
    ev_timer_stop(loop, &other);
}

static void* uses(void* arg)
{
    static ev_timer timer;
    wait_await();
    starts(&timer, 60.);
    return arg;
}

static void two_threads(void)
{
    pthread_t thread;
    ev_timer timer;
    ev_timer_init(&timer, end, .2, 0.);
    ev_timer_start(loop, &timer);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, uses, NULL));
    ev_run(loop, 0);
    pthread_join(thread, NULL);
}

static void forked(void)
{
    static ev_timer timer;
    starts(&timer, 60.);
    ev_run(loop, EVRUN_NOWAIT);
    pid_t child = fork();
    if (!child) run(loop), exit(0);
    joined(child);
}

/* It is no loop's error any more. */
static void destroyed(void)
{
    ev_loop_destroy(loop);
    starts(many, 60.);
}

/* An error callback makes the same mistake: it is printed. */
static void uses_null(struct ev_loop* l, const struct relev_error* error,
                      void* data)
{
    (void)error, (void)data;
    MUST(!l);
    ev_now_update(l);
}

static void destroyed_in_callback(void)
{
    relev_set_error_cb(NULL, uses_null, NULL);
    ev_loop_destroy(loop);
    starts(many, 60.);
}

static void sleeps(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    usleep(40000);
}

static void slow(void)
{
    ev_timer timer;
    ev_timer_init(&timer, sleeps, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
}

static void told_freed(void) { told(freed); }
static void told_overwritten(void) { told(overwritten); }
static void told_moved(void) { told(moved); }
static void told_thread(void) { told(two_threads); }
static void told_destroyed(void) { told(destroyed); }
static void told_forked(void) { told(forked); }
static void told_nested(void) { told(nested_in_check); }
static void told_slow(void) { told(slow); }
static void told_leak(void) { told(leaked); }

#define TIMER "ev_timer 0x.* \\(callback .*\\): "
#define STARTED "; started by ev_timer_start at .* in thread [0-9]*.*"

static const struct entry all[] = {
    {"allocated_again", allocated_again, 0,
     TIMER "freed while active, and its memory allocated again" STARTED},
    {"zeros", zeros, 0,
     "ev_async 0x.*: overwritten with zeros while active; started by .*"},
    {"priority", priority, 0,
     TIMER "its priority was changed while active" STARTED},
    {"time_changed", time_changed, 0,
     TIMER "initialized again, or its time changed, while active" STARTED},
    {"initialized_pending", initialized_pending, 0,
     "watcher 0x.*: initialized again while an event was pending.*"},
    {"nested_in_check", nested_in_check, 0,
     "ev_check 0x.*: ev_run is called by a prepare or check callback; ev_run "
     "called at .*"},
    {"never_was", never_was, 0,
     "there is no such loop; ev_timer_start called at .* by thread [0-9]*"},
    {"found_later", found_later, 0,
     TIMER "freed or overwritten while active" STARTED
           "; found after the callback .*"},
    {"told_freed", told_freed, 0, "code 32: .*freed while active.*"},
    {"told_overwritten", told_overwritten, 0, "code 33: .*overwritten.*"},
    {"told_moved", told_moved, 0, "code 34: .*moved while active.*"},
    {"told_thread", told_thread, 0, "code 35: .*two threads.*"},
    {"told_destroyed", told_destroyed, 0, "code 36: the loop is destroyed; .*"},
    {"destroyed_in_callback", destroyed_in_callback, 0,
     "there is no loop: null; ev_now_update called at .*"},
    {"told_forked", told_forked, 0, "code 37: .*without ev_loop_fork.*"},
    {"told_nested", told_nested, 0, "code 38: .*prepare or check.*"},
    {"told_slow", told_slow, "slow=.02", "code 39: .*took.*"},
    {"told_leak", told_leak, "leaks", "code 40: .*active when the loop.*"},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
