/* finds: two threads run a loop at once; ev_run called at other.* in runs by
 * thread [0-9]*; thread [0-9]* is in ev_run */
#include "../common.h"

static struct ev_loop* loop;
static int fds[2];

void on_io(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

void* other(void* arg)
{
    wait_await();
    ev_run(loop, EVRUN_NOWAIT);
    return write(fds[1], "", 1) == 1 ? arg : NULL;
}

int main(void)
{
    pthread_t thread;
    ev_io io;

    loop = EV_DEFAULT;
    if (pipe(fds)) return 1;
    ev_io_init(&io, on_io, fds[0], EV_READ);
    ev_io_start(loop, &io);
    wait_announce(loop);
    pthread_create(&thread, NULL, other, NULL);
    ev_run(loop, 0);
    pthread_join(thread, NULL);
    return 0;
}
