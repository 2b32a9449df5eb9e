/* A descriptor is closed and opened again in one callback, and the watcher
 * stopped and started there; members that may change do; a stopped watcher is
 * freed. */
#include "../common.h"

static int fds[2];
static ev_timer* other;

static void on_io(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)revents;
    close(fds[1]);
    if (open("/dev/null", O_WRONLY) != fds[1]) abort();
    ev_io_stop(loop, w);
    ev_io_set(w, fds[1], EV_WRITE);
    ev_io_start(loop, w);
    other->repeat = 2.;
    other->data = w;
    ev_set_cb(other, end);
    ev_timer_again(loop, other);
    ev_timer_stop(loop, other);
    free(other);
    ev_io_stop(loop, w);
}

int main(void)
{
    struct ev_loop* loop = EV_DEFAULT;
    ev_io io;

    if (pipe(fds)) return 1;
    other = malloc(sizeof *other);
    ev_timer_init(other, nothing, 60., 0.);
    ev_timer_start(loop, other);
    ev_io_init(&io, on_io, fds[1], EV_WRITE);
    ev_io_start(loop, &io);
    run(loop);
    return 0;
}
