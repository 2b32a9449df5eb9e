/* A small cron: runs a command whenever the wall clock shows a given time.
 *
 * Usage: cron [-n COUNT] HOUR:MINUTE:SECOND COMMAND [ARGUMENT...]
 *        ./cron 03:30:00 backup          every day at half past three
 *        ./cron '*:00:00' date           every full hour
 *        ./cron -n 3 '*:*:*' echo tick   the next three seconds, then end
 * Build: cc -std=c99 -o cron cron.c -lev
 *
 * Shows ev_periodic with a reschedule callback. A periodic follows the wall
 * clock: when the clock is set, or daylight saving time (DST) begins, the
 * command still runs at the time that the clock shows. An ev_timer of 24 hours
 * would not.
 */
#define _POSIX_C_SOURCE 200809L

#include <ev.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>

extern char** environ;

enum { any = -1 };

struct job {
    ev_periodic when;
    ev_child child;
    int hour, minute, second; /* or `any` */
    long runs_left;           /* negative: without end */
    char** command;
};

static int matches(int wanted, int value)
{
    return wanted == any || wanted == value;
}

/* The first full second after `now` at which the clock shows the job's time.
 * A reschedule callback must return a time later than `now`, and must not start
 * or stop any watcher.
 */
static ev_tstamp next_moment(ev_periodic* w, ev_tstamp now)
{
    const struct job* job = w->data;
    time_t t = (time_t)now + 1, end = t + 3 * 24 * 60 * 60;

    while (t < end) {
        struct tm clock;
        if (!localtime_r(&t, &clock)) break;
        if (!matches(job->hour, clock.tm_hour))
            t += 3600 - clock.tm_min * 60 - clock.tm_sec;
        else if (!matches(job->minute, clock.tm_min)) t += 60 - clock.tm_sec;
        else if (!matches(job->second, clock.tm_sec)) t += 1;
        else return (ev_tstamp)t;
    }
    return now + 1e30; /* never */
}

static void print_next(const struct job* job)
{
    time_t next = (time_t)ev_periodic_at(&job->when);
    struct tm clock;
    char text[64] = "?";

    if (localtime_r(&next, &clock))
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &clock);
    fprintf(stderr, "cron: next at %s\n", text);
}

static void on_exit_of_command(struct ev_loop* loop, ev_child* w, int revents)
{
    struct job* job = w->data;
    (void)revents;

    ev_child_stop(loop, w);
    if (WIFSIGNALED(w->rstatus))
        fprintf(stderr, "cron: killed by signal %d\n", WTERMSIG(w->rstatus));
    else if (WEXITSTATUS(w->rstatus) != 0)
        fprintf(stderr, "cron: exit status %d\n", WEXITSTATUS(w->rstatus));
    if (job->runs_left == 0) ev_break(loop, EVBREAK_ALL);
}

/* Starts the command, with the signal handling that a shell would set up. */
static int start_command(char** command, pid_t* pid)
{
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int error = posix_spawnattr_init(&attributes);

    if (error) return error;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    error = posix_spawnp(pid, command[0], NULL, &attributes, command, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static void on_time(struct ev_loop* loop, ev_periodic* w, int revents)
{
    struct job* job = w->data;
    pid_t pid;
    int error;
    (void)revents;

    if (ev_is_active(&job->child)) {
        fprintf(stderr, "cron: still running, not started again\n");
        return;
    }
    if (job->runs_left > 0) --job->runs_left;
    error = start_command(job->command, &pid);
    if (error) {
        fprintf(stderr, "cron: %s: %s\n", job->command[0], strerror(error));
        if (job->runs_left == 0) ev_break(loop, EVBREAK_ALL);
    } else {
        /* Not too late: the loop reaps children only after we return. */
        ev_child_set(&job->child, pid, 0);
        ev_child_start(loop, &job->child);
    }
    if (job->runs_left == 0) ev_periodic_stop(loop, w);
    else print_next(job);
}

static void on_signal(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

/* Reads a number up to `max`, or a star, and the character behind it. */
static const char* parse_field(const char* text, int max, char behind, int* out)
{
    char* end;

    if (!text) return NULL;
    if (*text == '*') {
        *out = any;
        end = (char*)text + 1;
    } else {
        long value = strtol(text, &end, 10);
        if (end == text || value < 0 || value > max) return NULL;
        *out = (int)value;
    }
    return *end == behind ? end + 1 : NULL;
}

static int parse(int argc, char** argv, struct job* job)
{
    const char* text;
    int i = 1;

    job->runs_left = -1;
    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        job->runs_left = strtol(argv[2], NULL, 10);
        if (job->runs_left <= 0) return 0;
        i = 3;
    }
    if (argc < i + 2) return 0;
    text = parse_field(argv[i], 23, ':', &job->hour);
    text = parse_field(text, 59, ':', &job->minute);
    text = parse_field(text, 59, '\0', &job->second);
    job->command = argv + i + 1;
    return text != NULL;
}

int main(int argc, char** argv)
{
    struct ev_loop* loop = ev_default_loop(0); /* only it can watch children */
    struct job job;
    ev_signal interrupt, terminate;

    if (!loop || !parse(argc, argv, &job)) {
        fprintf(stderr,
                "usage: cron [-n COUNT] HOUR:MINUTE:SECOND COMMAND "
                "[ARGUMENT...]\n");
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN); /* go on if nobody reads our messages */

    ev_child_init(&job.child, on_exit_of_command, 0, 0);
    ev_periodic_init(&job.when, on_time, 0., 0., next_moment);
    job.child.data = job.when.data = &job;
    ev_periodic_start(loop, &job.when);
    print_next(&job);

    ev_signal_init(&interrupt, on_signal, SIGINT);
    ev_signal_init(&terminate, on_signal, SIGTERM);
    ev_signal_start(loop, &interrupt);
    ev_signal_start(loop, &terminate);

    ev_run(loop, 0);
    ev_loop_destroy(loop);
    return EXIT_SUCCESS;
}
