/* Legal programs with threads: nothing may be reported of them. */
#include "table.h"

/* B10: a thread that was canceled in ev_run and joined has left the loop,
 * though the kernel may still know it for a moment. */
static void* runs(void* arg)
{
    ev_run(loop, 0);
    return arg;
}

static void canceled_and_joined(void)
{
    ev_timer timer;
    ev_timer_init(&timer, nothing, 60., 0.);
    wait_announce(loop);
    for (int i = 0; i < 4000; ++i) {
        pthread_t thread;
        ev_timer_start(loop, &timer);
        MUST(!pthread_create(&thread, NULL, runs, NULL));
        sem_wait(&about_to_wait);
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        ev_timer_stop(loop, &timer);
    }
}

/* Tasks are posted while the loop waits. */
static struct relev_task task;

static void on_end(struct ev_loop* l, void* arg)
{
    (void)arg;
    ev_break(l, EVBREAK_ALL);
}

static void on_task(struct ev_loop* l, struct relev_task* posted)
{
    MUST(posted == &task && !relev_call(l, on_end, NULL));
}

static void* posts(void* arg)
{
    wait_await();
    task.run = on_task;
    relev_post(loop, &task);
    return arg;
}

static void thread_posts(void)
{
    pthread_t thread;
    MUST(!relev_post_open(loop));
    ev_ref(loop);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, posts, NULL));
    ev_run(loop, 0);
    pthread_join(thread, NULL);
    relev_post_close(loop, NULL);
}

static const struct entry all[] = {
    {"canceled_and_joined", canceled_and_joined, 0, 0},
    {"thread_posts", thread_posts, 0, 0},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
