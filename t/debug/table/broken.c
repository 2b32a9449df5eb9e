/* Broken programs (issue 19, B): each is found, with the text of its case. */
#include "table.h"

#include <locale.h>

#define IO "ev_io 0x.* \\(callback .*\\), fd [0-9]*: "

/* B9: a watched descriptor is closed, and its number given to a file of the
 * same kind. */
static void reuse(int first, int again(void))
{
    ev_io io;
    ev_io_init(&io, on_io, first, EV_READ);
    ev_io_start(loop, &io);
    ev_run(loop, EVRUN_NOWAIT);
    close(first);
    MUST(again() == first);
    run(loop);
}

static int new_eventfd(void) { return eventfd(0, 0); }
static int new_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, 0); }

static int other_end; /* of a pipe or a pair of sockets */
static int dup_of_other(void) { return dup(other_end); }

static void reused_eventfd(void) { reuse(new_eventfd(), new_eventfd); }
static void reused_timerfd(void) { reuse(new_timerfd(), new_timerfd); }

/* The same inode: only epoll can tell. */
static void reused_pipe(void)
{
    int fds[2];
    MUST(!pipe(fds));
    other_end = fds[1];
    reuse(fds[0], dup_of_other);
}

static int new_terminal(void) { return open("/dev/ptmx", O_RDWR | O_NOCTTY); }
static void reused_path(void) { reuse(new_terminal(), new_terminal); }

/* The file stays open elsewhere, so epoll goes on reporting it. */
static void reused_dup(void)
{
    int first = new_eventfd();
    MUST(dup(first) >= 0);
    reuse(first, new_eventfd);
}

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
static void each_error(void) { relev_set_error_cb(loop, NULL, NULL); }
static void each_read(void)
{
    struct relev_metrics metrics;
    relev_metrics_read(loop, &metrics, sizeof metrics);
}
static void each_progress(void)
{
    struct relev_progress progress;
    relev_progress_read(loop, &progress, sizeof progress);
}
static void each_break(void) { ev_break(loop, EVBREAK_ALL); }
static void each_ref(void) { ev_ref(loop); }
static void each_update(void) { ev_now_update(loop); }
static void each_walk(void) { ev_walk(loop, 0, NULL); }
static void each_destroy(void) { ev_loop_destroy(loop); }

static void (*each)(void);
static int ends[2];

static void* misuses(void* arg)
{
    wait_await();
    each();
    MUST(write(ends[1], "", 1) == 1);
    return arg;
}

static void by_thread(void (*f)(void))
{
    pthread_t thread;
    ev_io io;
    each = f;
    MUST(!pipe(ends));
    ev_io_init(&io, on_io_end, ends[0], EV_READ);
    ev_io_start(loop, &io);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, misuses, NULL));
    ev_run(loop, 0);
    pthread_join(thread, NULL);
}

static void after_end(void (*f)(void))
{
    ev_loop_destroy(loop);
    f();
}

#define EACH(f) \
    static void thread_##f(void) { by_thread(each_##f); } \
    static void ended_##f(void) { after_end(each_##f); }
#define THREAD(f, name) \
    {"thread_" #f, thread_##f, 0, \
     "the loop is used by two threads at once; " name \
     " called at .*; thread [0-9]* is in ev_run"}
#define ENDED(f, name) \
    {"ended_" #f, ended_##f, 0, \
     "the loop is destroyed; " name " called at .* by thread [0-9]*; " \
     "ev_loop_destroy called at .*"}

EACH(fork)
EACH(verify)
EACH(io_collect)
EACH(timeout_collect)
EACH(now)
EACH(userdata)
EACH(pending)
EACH(metrics)
EACH(slow)
EACH(error)
EACH(update)
EACH(walk)

static void ended_read(void) { after_end(each_read); }
static void ended_progress(void) { after_end(each_progress); }
static void ended_break(void) { after_end(each_break); }
static void ended_ref(void) { after_end(each_ref); }
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

/* B11: a limit with a point, where the locale writes a comma. */
static void sleeps(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
    usleep(40000);
}

/* B17: each slow call is named, not the callback once. */
static int sleeps_left = 3;

static void sleeps_again(struct ev_loop* l, ev_timer* w, int revents)
{
    usleep(20000);
    if (!--sleeps_left) ev_timer_stop(l, w);
    (void)revents;
}

static void slow_again(void)
{
    char text[4000] = "";
    ev_timer timer;
    int lines = 0;
    ssize_t n;
    int fd = open("slow.log", O_RDWR | O_CREAT | O_TRUNC, 0600);
    ev_timer_init(&timer, sleeps_again, 0., .001);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    n = read(fd, text, sizeof text - 1);
    MUST(n > 0);
    for (ssize_t i = 0; i < n; ++i) lines += text[i] == '\n';
    fprintf(stderr, "relev-debug[1]: %d\n", lines);
}

static void slow_in_locale(void)
{
    ev_timer timer;
    char* end;
    MUST(setlocale(LC_ALL, "de_DE"));
    MUST(strtod("0,5", &end) > 0 && !*end);
    ev_timer_init(&timer, sleeps, 0., 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
}

/* B17: where the findings are printed. */
static void copies(const char* name)
{
    char text[2000];
    int fd = open(name, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text);
    MUST(n > 0 && write(1, text, (size_t)n) == n);
    unlink(name);
}

static void misuse(void)
{
    static ev_timer timer;
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
    ev_timer_init(&timer, nothing, 60., 0.);
    run(loop);
}

/* The path is that where the program began. */
static void log_of_daemon(void)
{
    char* home = getcwd(NULL, 0);
    MUST(home && !chdir("/"));
    misuse();
    MUST(!chdir(home));
    copies("daemon.log");
}

/* A file that is opened for appending is a log. */
static void error_is_log(void)
{
    int fd = open("error.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    MUST(dup2(fd, 2) == 2);
    misuse();
    copies("error.log");
}

/* C1: the place of the start in a dump, and of what is never stopped. */
static void dumped(void)
{
    char text[2000];
    int fds[2];
    ssize_t n;
    ev_timer timer;
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
    MUST(!pipe(fds) && relev_dump(loop, fds[1]) == 1);
    n = read(fds[0], text, sizeof text - 1);
    MUST(n > 0);
    text[n] = 0;
    fprintf(stderr, "relev-debug[1]: %s", strstr(text, "ev_timer"));
}

static void on_cleanup(struct ev_loop* l, ev_cleanup* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void leaked(void)
{
    static ev_timer timer;
    static ev_cleanup cleanup;
    ev_cleanup_init(&cleanup, on_cleanup);
    ev_cleanup_start(loop, &cleanup);
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
    ev_loop_destroy(loop);
}

/* B17: an ev_stat or ev_embed that is set while active. */
static void on_stat(struct ev_loop* l, ev_stat* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void on_embed(struct ev_loop* l, ev_embed* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void stat_set(const char* path, double interval)
{
    static ev_stat stat;
    ev_stat_init(&stat, on_stat, "/tmp", 60.);
    ev_stat_start(loop, &stat);
    run(loop);
    ev_stat_set(&stat, path ? path : stat.path, interval);
    run(loop);
}

static void stat_path(void) { stat_set("/", 60.); }
static void stat_interval(void) { stat_set(NULL, 1.); }

static void embed_other(void)
{
    static ev_embed embed;
    ev_embed_init(&embed, on_embed, ev_loop_new(EVBACKEND_EPOLL));
    ev_embed_start(loop, &embed);
    run(loop);
    ev_embed_set(&embed, ev_loop_new(EVBACKEND_EPOLL));
    run(loop);
}

static const struct entry all[] = {
    {"stat_path", stat_path, 0,
     "ev_stat 0x.*: its members were changed while active; started by .*"},
    {"stat_interval", stat_interval, 0,
     "ev_stat 0x.*: its members were changed while active; started by .*"},
    {"embed_other", embed_other, 0,
     "ev_embed 0x.*: its members were changed while active; started by .*"},
    {"dumped", dumped, 0,
     "ev_timer 0x.*: due in 60.000 s, callback .*; started by ev_timer_start at "
     ".* in thread [0-9]*"},
    {"leaked", leaked, "leaks",
     "ev_timer 0x.* \\(callback .*\\): active when the loop is destroyed; "
     "started by ev_timer_start at .* in thread [0-9]*"},
    {"log_of_daemon", log_of_daemon, "log=daemon.log",
     "ev_timer 0x.* \\(callback .*\\): .*initiali[sz]ed .*while active.*"},
    {"error_is_log", error_is_log, 0,
     "ev_timer 0x.* \\(callback .*\\): .*initiali[sz]ed .*while active.*"},
    {"slow_again", slow_again, "slow=.01,log=slow.log", "3"},
    {"slow_in_locale", slow_in_locale, "slow=.03",
     "ev_timer 0x.* \\(callback .*\\): the callback took [0-9]* ms: .*"},
    THREAD(fork, "ev_loop_fork"),
    THREAD(verify, "ev_verify"),
    THREAD(io_collect, "ev_set_io_collect_interval"),
    THREAD(timeout_collect, "ev_set_timeout_collect_interval"),
    THREAD(now, "ev_now"),
    THREAD(userdata, "ev_set_userdata"),
    THREAD(pending, "ev_pending_count"),
    THREAD(metrics, "relev_metrics_enable"),
    THREAD(slow, "relev_set_slow_cb"),
    THREAD(error, "relev_set_error_cb"),
    ENDED(metrics, "relev_metrics_enable"),
    ENDED(slow, "relev_set_slow_cb"),
    ENDED(error, "relev_set_error_cb"),
    ENDED(read, "relev_metrics_read"),
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
    ENDED(destroy, "ev_loop_destroy"),
    ENDED(iteration, "ev_iteration"),
    ENDED(depth, "ev_depth"),
    ENDED(backend, "ev_backend"),
    {"no_loop", no_loop, 0,
     "there is no loop: null; ev_timer_start called at .* by thread [0-9]*"},
    {"destroyed_in_callback", destroyed_in_callback, 0,
     "ev_timer 0x.* \\(callback .*\\): ev_loop_destroy is called by a callback "
     "of the loop; ev_loop_destroy called at .* by thread [0-9]*"},
    {"reused_eventfd", reused_eventfd, 0,
     IO "closed while watched; the number is now of anon_inode:\\[eventfd\\].*"},
    {"reused_timerfd", reused_timerfd, 0,
     IO "closed while watched; the number is now of anon_inode:\\[timerfd\\].*"},
    {"reused_pipe", reused_pipe, 0,
     IO "closed while watched; the number is now of pipe.*"},
    {"reused_path", reused_path, 0,
     IO "closed while watched; the number is now of /dev/p.*"},
    {"reused_dup", reused_dup, 0,
     IO "closed while watched; the number is now of anon_inode.*"},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
