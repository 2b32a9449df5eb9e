/* A watchdog: a thread that detects when a callback hangs, and prints the stack
 * of the thread that hangs.
 *
 * Usage: watchdog [LIMIT_SECONDS]       (default: 0.1)
 * Build: cc -rdynamic -pthread -o watchdog watchdog.c -lev
 *
 * Shows relev_set_slow_cb, which enables relev_progress_read, and that in
 * another thread. Only glibc has backtrace.
 */
#define _GNU_SOURCE

#include <execinfo.h>
#include <pthread.h>
#include <relev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct ev_loop* loop;
static pthread_t loop_thread;
static double limit = .1;

/* In the thread that hangs. backtrace was called before, so that it allocates
 * nothing here.
 */
static void print_stack(int signum)
{
    void* frames[64];
    (void)signum;
    backtrace_symbols_fd(frames, backtrace(frames, 64), STDERR_FILENO);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Reports each stall once. */
static void* watch(void* unused)
{
    double reported = 0;
    (void)unused;
    for (;;) {
        struct relev_progress p;
        ev_sleep(limit / 4);
        if (relev_progress_read(loop, &p, sizeof p) || p.state != RELEV_CALLING)
            continue;
        if (now() - p.since < limit || p.since == reported) continue;
        reported = p.since;
        fprintf(stderr, "watchdog: callback %p hangs for %.3f s\n", p.callback,
                now() - p.since);
        pthread_kill(loop_thread, SIGUSR2);
    }
    return NULL;
}

static void on_slow(struct ev_loop* l, const struct relev_slow* slow,
                    void* data)
{
    (void)l, (void)data;
    fprintf(stderr, "watchdog: callback %p took %.3f s", slow->callback,
            (double)slow->took);
    if (slow->type == EV_IO) fprintf(stderr, ", fd %d", slow->number);
    putc('\n', stderr);
}

/* Not static, so that its name is in the stack. */
void hang_here(struct ev_loop* l, ev_timer* w, int revents);

void hang_here(struct ev_loop* l, ev_timer* w, int revents)
{
    double end = now() + 6 * limit;
    (void)l, (void)w, (void)revents;
    while (now() < end) {}
}

int main(int argc, char** argv)
{
    pthread_t watchdog;
    ev_timer timer;
    void* frame[1];

    if (argc > 1) limit = atof(argv[1]);
    loop = EV_DEFAULT;
    loop_thread = pthread_self();
    backtrace(frame, 1);
    signal(SIGUSR2, print_stack);
    relev_set_slow_cb(loop, limit, on_slow, NULL);
    if (pthread_create(&watchdog, NULL, watch, NULL)) return EXIT_FAILURE;

    ev_timer_init(&timer, hang_here, .01, 0.);
    ev_timer_start(loop, &timer);
    ev_run(loop, 0);
    return EXIT_SUCCESS;
}
