/* finds: ev_io 0x.* \(callback on_io in closed\), fd [0-9]*: closed while
 * watched; started by ev_io_start at main.* */
#include "../common.h"

void on_io(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    int fds[2];
    ev_io io;

    if (pipe(fds)) return 1;
    ev_io_init(&io, on_io, fds[0], EV_READ);
    ev_io_start(loop, &io);
    ev_run(loop, EVRUN_NOWAIT);
    close(fds[0]);
    run(loop);
    return 0;
}
