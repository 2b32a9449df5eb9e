/* finds: the loop is used by two threads at once; ev_timer_start called at
 * other.* in thread by thread [0-9]*; thread [0-9]* is in ev_run */
#include "../common.h"

static struct ev_loop* loop;
static int fds[2];

void on_io(struct ev_loop* loop, ev_io* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

/* Waits until the loop does. */
void* other(void* arg)
{
    static ev_timer timer;
    wait_await();
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
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
