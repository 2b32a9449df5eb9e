/* Prints its input, each line with the time since the start.
 *
 * Usage: COMMAND | stamp
 *
 * Shows ev_io in a program that is compiled together with the library.
 */
#include <ev.h>
#include <stdio.h>
#include <unistd.h>

static ev_tstamp started;
static int at_start = 1; /* of a line */

static void on_input(struct ev_loop* loop, ev_io* w, int revents)
{
    char buffer[4096];
    ssize_t i, n = read(w->fd, buffer, sizeof buffer);

    (void)revents;
    if (n <= 0) ev_io_stop(loop, w); /* the last watcher: ev_run returns */
    for (i = 0; i < n; ++i) {
        if (at_start) printf("%9.3f ", ev_now(loop) - started);
        putchar(buffer[i]);
        at_start = buffer[i] == '\n';
    }
    fflush(stdout);
}

int main(void)
{
    struct ev_loop* loop = ev_default_loop(0);
    ev_io input;

    started = ev_now(loop);
    ev_io_init(&input, on_input, 0, EV_READ);
    ev_io_start(loop, &input);
    ev_run(loop, 0);
    return 0;
}
