/* finds: ev_io 0x.* \(callback on_io in changed\), fd [0-9]*: its members were
 * changed while active; started by ev_io_start at main.*; during the callback
 * on_io in changed */
#include "../common.h"

void on_io(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    ev_io_set(w, w->fd, EV_READ); /* without ev_io_stop */
    ev_break(loop, EVBREAK_ALL);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    int fds[2];
    ev_io io;

    if (pipe(fds)) return 1;
    ev_io_init(&io, on_io, fds[1], EV_WRITE);
    ev_io_start(loop, &io);
    ev_run(loop, 0);
    return 0;
}
