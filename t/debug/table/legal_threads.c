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

/* When the cleanup handlers of a canceled thread run, it has left ev_run. So it
 * may hand the loop over to another thread, which uses and runs it. */
static void* takes_over(void* arg)
{
    ev_verify(loop);
    run(loop);
    return arg;
}

static void hand_over(void* arg)
{
    (void)arg;
    in_thread(takes_over);
}

static void* runs_in_turn(void* arg)
{
    pthread_cleanup_push(hand_over, NULL);
    ev_run(loop, 0);
    pthread_cleanup_pop(0);
    return arg;
}

static void canceled_hands_over(void)
{
    ev_timer timer;
    pthread_t thread;
    ev_timer_init(&timer, nothing, 60., 0.);
    ev_timer_start(loop, &timer);
    wait_announce(loop);
    MUST(!pthread_create(&thread, NULL, runs_in_turn, NULL));
    wait_await();
    pthread_cancel(thread);
    pthread_join(thread, NULL);
    ev_timer_stop(loop, &timer);
}

/* The same in the sleep that a collect interval adds. */
static void canceled_asleep_hands_over(void)
{
    ev_io io;
    int fds[2];
    MUST(!pipe(fds));
    ev_io_init(&io, on_io, fds[0], EV_READ);
    ev_io_start(loop, &io);
    ev_set_io_collect_interval(loop, 30.);
    canceled_hands_over();
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
    {"canceled_hands_over", canceled_hands_over, 0, 0},
    {"canceled_asleep_hands_over", canceled_asleep_hands_over, 0, 0},
    {"thread_posts", thread_posts, 0, 0},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
