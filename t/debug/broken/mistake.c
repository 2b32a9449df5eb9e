/* finds: ev_io 0x.* \(callback on_io in mistake\), fd 0: ev_io_start: illegal
 * event mask; ev_io_start called at main.* */
#include "../common.h"

void on_io(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_io io;

    ev_io_init(&io, on_io, 0, 0x400);
    ev_io_start(loop, &io);
    return 0;
}
