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
     "ev_timer 0x.*: due in 60.000 s, callback .*; started by ev_timer_start "
     "at "
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
    {"reused_eventfd", reused_eventfd, 0,
     IO
     "closed while watched; the number is now of anon_inode:\\[eventfd\\].*"},
    {"reused_timerfd", reused_timerfd, 0,
     IO
     "closed while watched; the number is now of anon_inode:\\[timerfd\\].*"},
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
