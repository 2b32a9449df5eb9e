/* Runs a command, for at most the given number of seconds.
 *
 * Usage: limit SECONDS COMMAND [ARGUMENT]...
 *
 * The exit status is that of the command, 128 plus the number of the signal
 * that ended it, or 124 if the time ran out.
 *
 * Shows ev_child and ev_timer in a program that contains the library.
 */
#define _POSIX_C_SOURCE 200809L

#include <ev.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char** environ;

static int late, status;

static void on_end(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)revents;
    status = WIFSIGNALED(w->rstatus) ? 128 + WTERMSIG(w->rstatus)
                                     : WEXITSTATUS(w->rstatus);
    ev_break(loop, EVBREAK_ALL);
}

static void on_time_up(struct ev_loop* loop, ev_timer* w, int revents)
{
    ev_child* child = w->data;
    (void)loop, (void)revents;
    late = 1;
    kill(child->pid, SIGKILL);
}

int main(int argc, char** argv)
{
    struct ev_loop* loop = ev_default_loop(0);
    ev_tstamp seconds = argc > 2 ? atof(argv[1]) : 0.;
    ev_child child;
    ev_timer timer;
    pid_t pid;

    if (seconds <= 0.) {
        fprintf(stderr, "usage: limit SECONDS COMMAND [ARGUMENT]...\n");
        return 125;
    }
    if (posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ)) {
        fprintf(stderr, "limit: cannot run %s\n", argv[2]);
        return 127;
    }
    ev_child_init(&child, on_end, pid, 0);
    ev_child_start(loop, &child);
    ev_timer_init(&timer, on_time_up, seconds, 0.);
    timer.data = &child;
    ev_timer_start(loop, &timer);

    ev_run(loop, 0);
    return late ? 124 : status;
}
