/* Senders in threads that are about to be canceled. */

#include "calls.h"

#include <pthread.h>
#include <signal.h>

static struct ev_loop* loop;
static ev_async async;
static ev_signal fed;
static int state_before, state_after;

static void async_called(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w, (void)revents;
    calls_add("a");
}

static void signal_called(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)l, (void)w, (void)revents;
    calls_add("s");
}

static void send_async(void) { ev_async_send(loop, &async); }

static void feed_signal(void) { ev_feed_signal(SIGUSR1); }

/* Ends at the first cancellation point, a write for instance. */
static void* canceled_sender(void* send)
{
    int last;

    pthread_setcancelstate(state_before, &last);
    pthread_cancel(pthread_self());
    (*(void (**)(void))send)();
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &last);
    state_after = last;
    pthread_testcancel();
    return NULL;
}

static void (*how_to_send)(void);

/* From here on the loop is all but blocked, so that a send has to write. */
static void send_when_blocked(struct ev_loop* l) EV_NOEXCEPT
{
    pthread_t thread;
    void* result = NULL;

    ev_set_loop_release_cb(l, NULL, NULL);
    state_after = -1;
    if (pthread_create(&thread, NULL, canceled_sender, &how_to_send)) abort();
    pthread_join(thread, &result);
    if (result != PTHREAD_CANCELED) abort();
}

static void woken(void (*how)(void), const char* expected)
{
    how_to_send = how;
    for (int i = 0; i < 4; ++i) {
        state_before = i & 1 ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE;
        ev_set_loop_release_cb(loop, send_when_blocked, NULL);
        assert_true(run_once(loop));
        assert_calls(expected);
        assert_int_equal(state_after, state_before);
    }
}

static void test_async_canceled_sender_wakes_the_loop(void** state)
{
    /* R3.4: a sender whose thread is to be canceled wakes the loop, and is
     * canceled after that. Whether it can be canceled stays as it was. */
    (void)state;
    calls_clear();
    loop = loop_new(0);
    ev_async_init(&async, async_called);
    ev_async_start(loop, &async);
    ev_signal_init(&fed, signal_called, SIGUSR1);
    ev_signal_start(loop, &fed);
    woken(send_async, "a");
    woken(feed_signal, "s");
    ev_async_stop(loop, &async);
    ev_signal_stop(loop, &fed);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    OURS(test_async_canceled_sender_wakes_the_loop),
};

HARNESS_MAIN("async_canceled", tests)
