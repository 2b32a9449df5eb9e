/* Fork: the program closed the wake-up channel and forked before the loop had
 * opened a new one.
 */
#include <unistd.h>

#include "forked.h"

typedef struct Lost {
    struct ev_loop* loop;
    int channel; /* the number that the channel had */
} Lost;

static void ignore_io(EV_P_ ev_io* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void ignore_async(EV_P_ ev_async* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

/* The lowest number that is free is not that of the channel any more. */
static void channel_is_new(void* arg)
{
    Lost* lost = arg;
    ev_run(lost->loop, EVRUN_NOWAIT);
    child_check(dup(0) != lost->channel);
}

static void test_fork_after_lost_channel_child_opens_its_own(void** state)
{
    /* R4.4, R3.10: the child renews its loop, though nobody told it. Without,
     * it would use its parent's epoll set, and no ev_async_send would wake it.
     * 4.33 aborts. */
    int p[2];
    ev_async async;
    ev_io io;

    (void)state;
    if (!fork_clears_pages()) skip();
    Lost lost = {loop_new(0), dup(0)};
    close(lost.channel);
    ev_async_init(&async, ignore_async);
    ev_async_start(lost.loop, &async);
    assert_int_equal(pipe(p), 0);
    ev_io_init(&io, ignore_io, p[0], EV_READ);
    ev_io_start(lost.loop, &io);
    ev_run(lost.loop, EVRUN_NOWAIT);

    close(lost.channel);
    ev_run(lost.loop, EVRUN_NOWAIT); /* select and poll find that it is lost */
    assert_child_passes(child_fork(channel_is_new, &lost));

    ev_loop_destroy(lost.loop);
    close(p[0]), close(p[1]);
}

static const Test tests[] = {
    OURS(test_fork_after_lost_channel_child_opens_its_own),
};

HARNESS_MAIN("fork_lost", tests)
