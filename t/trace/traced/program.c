/* A timer writes to a pipe, and a watcher reads it, until it is killed. */
#include <ev.h>
#include <unistd.h>

static int fds[2];

void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    if (write(fds[1], "", 1) != 1) ev_break(loop, EVBREAK_ALL);
}

void on_read(struct ev_loop* loop, ev_io* w, int revents)
{
    char c;
    (void)revents;
    if (read(w->fd, &c, 1) != 1) ev_break(loop, EVBREAK_ALL);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_timer timer;
    ev_io io;

    alarm(60);
    if (pipe(fds)) return 1;
    ev_timer_init(&timer, on_time, .01, .01);
    ev_timer_start(loop, &timer);
    ev_io_init(&io, on_read, fds[0], EV_READ);
    ev_io_start(loop, &io);
    ev_run(loop, 0);
    return 0;
}
