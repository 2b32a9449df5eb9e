/* Children that call ev_loop_fork, that use EVFLAG_FORKCHECK, that only stop
 * watchers, that only destroy the loop; and a fork in a callback. */
#include "../common.h"

static struct ev_loop* loop;
static ev_timer timer;
static int children;

static void child(void (*f)(void))
{
    int status;
    if (!fork()) {
        ++children;
        f();
        _exit(0);
    }
    wait(&status);
}

static void forks(void) { ev_loop_fork(loop), run(loop); }
static void runs(void) { run(loop); }
static void stops(void) { ev_timer_stop(loop, &timer); }
static void destroys(void) { ev_loop_destroy(loop); }

static void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    if (!children) child(forks);
    end(loop, w, revents);
}

int main(void)
{
    loop = EV_DEFAULT;
    ev_timer_init(&timer, on_time, 0., 0.);
    ev_timer_start(loop, &timer);
    child(stops), child(destroys), child(forks);
    ev_run(loop, 0);
    loop = ev_loop_new(EVFLAG_FORKCHECK);
    run(loop);
    child(runs);
    return 0;
}
