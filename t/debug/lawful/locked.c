/* A lock around all but the wait, as ev_set_loop_release_cb describes: then
 * another thread may use the loop, and wake it. */
#include "../common.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ev_loop* loop;
static ev_async async;
static ev_timer timer;

static void release(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    pthread_mutex_unlock(&lock);
}

static void acquire(struct ev_loop* loop) EV_NOEXCEPT
{
    (void)loop;
    pthread_mutex_lock(&lock);
}

static void on_async(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void* other(void* arg)
{
    usleep(20000);
    pthread_mutex_lock(&lock);
    ev_timer_init(&timer, end, .01, 0.);
    ev_timer_start(loop, &timer);
    ev_async_send(loop, &async);
    pthread_mutex_unlock(&lock);
    return arg;
}

int main(void)
{
    pthread_t thread;

    loop = ev_loop_new(0);
    ev_set_loop_release_cb(loop, release, acquire);
    ev_async_init(&async, on_async);
    ev_async_start(loop, &async);
    pthread_create(&thread, NULL, other, NULL);
    pthread_mutex_lock(&lock);
    ev_run(loop, 0);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    return 0;
}
