/* Keeps commands running: starts them, and restarts them when they end.
 *
 * Usage: supervisor [-t SECONDS] COMMAND...    each one a line for /bin/sh
 *        ./supervisor 'exec sleep 5' 'while :; do date; sleep 1; done'
 * Build: cc -std=c99 -o supervisor supervisor.c -lev
 *
 * SIGHUP restarts all commands. SIGTERM or SIGINT ends them, and then the
 * supervisor. A command that does not end within SECONDS (5) is killed.
 *
 * Shows ev_child and ev_signal, timers for delays and deadlines, and how
 * ev_unref lets ev_run return when only the signal watchers are left.
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

extern char** environ;

static const ev_tstamp shortest_delay = 0.1, longest_delay = 30.;
static ev_tstamp patience = 5.; /* between SIGTERM and SIGKILL */

struct service {
    ev_child child;    /* active while the command runs */
    ev_timer restart;  /* active while it waits for its restart */
    ev_timer deadline; /* active after SIGTERM, until it ends */
    const char* command;
    ev_tstamp started, delay;
};

static struct service* services;
static int service_count, ending;

static void service_log(const struct service* s, const char* what, int number)
{
    fprintf(stderr, "supervisor: [%s] %s %d\n", s->command, what, number);
}

static void service_wait(struct ev_loop* loop, struct service* s)
{
    ev_timer_set(&s->restart, s->delay, 0.);
    ev_timer_start(loop, &s->restart);
    s->delay = s->delay * 2. < longest_delay ? s->delay * 2. : longest_delay;
}

/* Uses no fork: before its exec, a forked child has the signal handlers of our
 * loop. A signal sent to it at that time would be lost.
 */
static int spawn_shell(const char* command, pid_t* pid)
{
    char* const argv[] = {"sh", "-c", (char*)command, NULL};
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int error = posix_spawnattr_init(&attributes);

    if (error) return error;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    /* A process group of its own, so that we can signal all of it. */
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    error = posix_spawn(pid, "/bin/sh", NULL, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static void service_start(struct ev_loop* loop, struct service* s)
{
    pid_t pid;
    int error = spawn_shell(s->command, &pid);

    if (error) {
        service_log(s, "cannot be started, error", error);
        service_wait(loop, s);
        return;
    }
    s->started = ev_now(loop);
    ev_child_set(&s->child, pid, 0);
    ev_child_start(loop, &s->child);
    service_log(s, "runs as process", (int)pid);
}

static void service_end(struct ev_loop* loop, struct service* s)
{
    ev_timer_stop(loop, &s->restart);
    if (!ev_is_active(&s->child)) return;
    kill(-s->child.pid, SIGTERM);
    if (!ev_is_active(&s->deadline)) {
        ev_timer_set(&s->deadline, patience, 0.);
        ev_timer_start(loop, &s->deadline);
    }
}

static void on_child(struct ev_loop* loop, ev_child* w, int revents)
{
    struct service* s = w->data;
    int wanted = ev_is_active(&s->deadline);
    (void)revents;

    ev_child_stop(loop, w); /* it would stay active */
    ev_timer_stop(loop, &s->deadline);
    if (WIFSIGNALED(w->rstatus))
        service_log(s, "was ended by signal", WTERMSIG(w->rstatus));
    else service_log(s, "ended with status", WEXITSTATUS(w->rstatus));

    /* After a long run or a requested end, the shortest delay is used. */
    if (wanted || ev_now(loop) - s->started > longest_delay)
        s->delay = shortest_delay;
    if (!ending) service_wait(loop, s);
}

static void on_restart(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    service_start(loop, w->data);
}

static void on_deadline(struct ev_loop* loop, ev_timer* w, int revents)
{
    struct service* s = w->data;
    (void)loop, (void)revents;
    kill(-s->child.pid, SIGKILL);
}

static void on_hangup(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)w, (void)revents;
    for (int i = 0; i < service_count && !ending; ++i)
        if (ev_is_active(&services[i].child)) service_end(loop, &services[i]);
}

/* When all children have ended nothing is active, and ev_run returns. */
static void on_terminate(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)w, (void)revents;
    ending = 1;
    for (int i = 0; i < service_count; ++i) service_end(loop, &services[i]);
}

static void watch_signal(struct ev_loop* loop, ev_signal* w, int number,
                         void (*cb)(struct ev_loop*, ev_signal*, int))
{
    ev_signal_init(w, cb, number);
    ev_signal_start(loop, w);
    ev_unref(loop); /* this watcher must not keep ev_run running */
}

int main(int argc, char** argv)
{
    struct ev_loop* loop = ev_default_loop(0); /* only it can watch children */
    ev_signal hangup, interrupt, terminate;

    if (argc > 2 && strcmp(argv[1], "-t") == 0) {
        patience = atof(argv[2]);
        argc -= 2, argv += 2;
    }
    service_count = argc - 1;
    services = calloc((size_t)argc, sizeof *services);
    if (!loop || !services || !service_count) {
        fprintf(stderr, "usage: supervisor [-t SECONDS] COMMAND...\n");
        return EXIT_FAILURE;
    }
    signal(SIGPIPE, SIG_IGN); /* go on if nobody reads our messages */
    watch_signal(loop, &hangup, SIGHUP, on_hangup);
    watch_signal(loop, &interrupt, SIGINT, on_terminate);
    watch_signal(loop, &terminate, SIGTERM, on_terminate);

    for (int i = 0; i < service_count; ++i) {
        struct service* s = &services[i];
        s->command = argv[i + 1];
        s->delay = shortest_delay;
        ev_child_init(&s->child, on_child, 0, 0);
        ev_timer_init(&s->restart, on_restart, 0., 0.);
        ev_timer_init(&s->deadline, on_deadline, 0., 0.);
        s->child.data = s->restart.data = s->deadline.data = s;
        service_start(loop, s);
    }

    ev_run(loop, 0);
    ev_loop_destroy(loop);
    free(services);
    return EXIT_SUCCESS;
}
