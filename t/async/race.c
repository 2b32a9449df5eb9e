/* Sends that come while the loop looks for sends: the moment to lose one.
 *
 * A thread sends to two watchers, the second after a delay that differs each
 * time, and waits for both calls before the next round. Many watchers between
 * the two make the look long. What is lost here stays lost, for nobody sends
 * again: the round does not end.
 */

#include "drive.h"
#include "spare.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

enum { rounds = 500, crowd = 100 };

static struct ev_loop* loop;
static void (*send_to)(int which);
static atomic_int answered[2]; /* the round of the latest call */
static atomic_int current, finished;

static void answer(int which)
{
    atomic_store(&answered[which], atomic_load(&current));
}

static void delay(int steps)
{
    for (volatile int i = 0; i < steps; ++i) {}
}

static void* send_pairs(void* unused)
{
    (void)unused;
    for (int round = 1; round <= rounds; ++round) {
        double give_up = monotonic() + drive_patience;
        int first = round & 1;

        atomic_store(&current, round);
        send_to(first);
        delay(round * 37 % 2000);
        send_to(!first);
        for (int which = 0; which < 2; ++which)
            while (atomic_load(&answered[which]) < round
                   && monotonic() < give_up)
                sched_yield();
        if (monotonic() >= give_up) break;
    }
    atomic_store(&finished, 1);
    return NULL;
}

/* Runs the loop without blocking, as fast as it can, while the thread sends. */
static void race(void)
{
    pthread_t thread;

    atomic_store(&answered[0], 0);
    atomic_store(&answered[1], 0);
    atomic_store(&finished, 0);
    assert_false(pthread_create(&thread, NULL, send_pairs, NULL));
    while (!atomic_load(&finished)) ev_run(loop, EVRUN_NOWAIT);
    pthread_join(thread, NULL);
    assert_int_equal(atomic_load(&answered[0]), rounds);
    assert_int_equal(atomic_load(&answered[1]), rounds);
}

static ev_async asyncs[crowd];

static void send_async(int which)
{
    ev_async_send(loop, &asyncs[which ? crowd - 1 : 0]);
}

static void on_async(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)revents;
    answer(w != asyncs);
}

static void test_async_sent_during_the_look_is_not_lost(void** state)
{
    /* R2.67: every send is followed by a call, also one that comes while the
     * loop goes through its watchers for another. */
    (void)state;
    loop = loop_new(0);
    for (int i = 0; i < crowd; ++i) {
        ev_async_init(&asyncs[i], on_async);
        ev_async_start(loop, &asyncs[i]);
    }
    send_to = send_async;
    race();
    for (int i = 0; i < crowd; ++i) ev_async_stop(loop, &asyncs[i]);
    ev_loop_destroy(loop);
}

static void send_signal(int which)
{
    ev_feed_signal(which ? signal_spare(spares_count - 1) : SIGHUP);
}

static void on_signal(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)l, (void)revents;
    answer(w->signum != SIGHUP);
}

static void test_signal_fed_during_the_look_is_not_lost(void** state)
{
    /* R2.45: the same with ev_feed_signal and two signals. */
    ev_signal low, high;

    (void)state;
    loop = loop_new(0);
    ev_signal_init(&low, on_signal, SIGHUP);
    ev_signal_init(&high, on_signal, signal_spare(spares_count - 1));
    ev_signal_start(loop, &low);
    ev_signal_start(loop, &high);
    send_to = send_signal;
    race();
    ev_signal_stop(loop, &low);
    ev_signal_stop(loop, &high);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_async_sent_during_the_look_is_not_lost),
    EACH(test_signal_fed_during_the_look_is_not_lost),
};

HARNESS_MAIN("async_race", tests)
