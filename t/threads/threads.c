/* Several loops, one in each thread: they share only what the program
 * hands over by ev_async and ev_feed_signal. */

#include "drive.h"
#include "spare.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { ring_size = 6, ring_rounds = 300 };

/* A member of the ring: gets the token, and passes it on to the next. */
typedef struct Member {
    struct ev_loop* loop;
    pthread_t thread;
    ev_async token, stop;
    ev_timer patience;
    int received, ticks, timed_out;
    ev_timer tick;
} Member;

static Member ring[ring_size];
static int token_value; /* handed over with the token, so never shared */

static void stop_all(void)
{
    for (int i = 0; i < ring_size; ++i)
        ev_async_send(ring[i].loop, &ring[i].stop);
}

static void on_token(struct ev_loop* loop, ev_async* w, int revents)
{
    Member* m = w->data;
    Member* next = &ring[(m - ring + 1) % ring_size];

    (void)loop, (void)revents;
    ++m->received;
    if (++token_value == ring_size * ring_rounds) stop_all();
    else ev_async_send(next->loop, &next->token);
}

static void on_stop(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void on_tick(struct ev_loop* loop, ev_timer* w, int revents)
{
    Member* m = w->data;
    (void)loop, (void)revents;
    ++m->ticks;
}

static void on_patience(struct ev_loop* loop, ev_timer* w, int revents)
{
    Member* m = w->data;
    (void)revents;
    m->timed_out = 1;
    ev_break(loop, EVBREAK_ALL);
}

static void member_init(Member* m)
{
    memset(m, 0, sizeof *m);
    m->loop = loop_new(0);
    ev_async_init(&m->token, on_token);
    ev_async_init(&m->stop, on_stop);
    ev_timer_init(&m->tick, on_tick, 0.001, 0.001);
    ev_timer_init(&m->patience, on_patience, drive_patience, 0.);
    m->token.data = m->tick.data = m->patience.data = m;
    ev_async_start(m->loop, &m->token);
    ev_async_start(m->loop, &m->stop);
    ev_timer_start(m->loop, &m->tick);
    ev_timer_start(m->loop, &m->patience);
}

static void member_end(Member* m)
{
    ev_async_stop(m->loop, &m->token);
    ev_async_stop(m->loop, &m->stop);
    ev_timer_stop(m->loop, &m->tick);
    ev_timer_stop(m->loop, &m->patience);
    assert_int_equal(ev_run(m->loop, EVRUN_NOWAIT), 0);
    ev_loop_destroy(m->loop);
}

static void* member_run(void* member)
{
    ev_run(((Member*)member)->loop, 0);
    return NULL;
}

static void test_threads_token_goes_round_a_ring_of_loops(void** state)
{
    /* R2.67: each send from one loop's thread to another's leads to a call;
     * what was written before the send is seen in the callback. */
    (void)state;
    token_value = 0;
    for (int i = 0; i < ring_size; ++i) member_init(&ring[i]);
    for (int i = 0; i < ring_size; ++i)
        assert_false(
            pthread_create(&ring[i].thread, NULL, member_run, &ring[i]));
    ev_async_send(ring[0].loop, &ring[0].token);
    for (int i = 0; i < ring_size; ++i) pthread_join(ring[i].thread, NULL);
    for (int i = 0; i < ring_size; ++i) {
        assert_false(ring[i].timed_out);
        assert_int_equal(ring[i].received, ring_rounds);
        member_end(&ring[i]);
    }
    assert_int_equal(token_value, ring_size * ring_rounds);
}

enum { lives = 20 };

static atomic_int failures; /* threads must not leave by a failed assertion */

static void count(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

/* Makes a loop, uses it, destroys it, over and over. */
static void* live(void* bits)
{
    for (int i = 0; i < lives; ++i) {
        struct ev_loop* loop = ev_loop_new(*(unsigned*)bits);
        int calls = 0;
        ev_async w;

        if (!loop) {
            ++failures;
            break;
        }
        ev_async_init(&w, count);
        w.data = &calls;
        ev_async_start(loop, &w);
        ev_async_send(loop, &w);
        ev_run(loop, EVRUN_ONCE);
        if (calls != 1) ++failures;
        ev_async_stop(loop, &w);
        ev_loop_destroy(loop);
    }
    return NULL;
}

static void test_threads_make_and_destroy_loops(void** state)
{
    /* R2.63: loops are made, woken and destroyed in several threads at one
     * time without disturbing each other. */
    pthread_t threads[4];

    (void)state;
    atomic_store(&failures, 0);
    for (int i = 0; i < 4; ++i)
        assert_false(pthread_create(&threads[i], NULL, live, &backend));
    for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failures), 0);
}

typedef struct Listener {
    struct ev_loop* loop;
    pthread_t thread;
    ev_signal signal;
    ev_timer patience;
    atomic_int calls;
} Listener;

static void on_signal(struct ev_loop* loop, ev_signal* w, int revents)
{
    Listener* l = w->data;
    (void)revents;
    if (atomic_fetch_add(&l->calls, 1) + 1 == 50) ev_break(loop, EVBREAK_ALL);
}

static void on_hang(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void* listen_run(void* listener)
{
    ev_run(((Listener*)listener)->loop, 0);
    return NULL;
}

static void test_threads_feed_signals_to_their_loops(void** state)
{
    /* R2.45: ev_feed_signal may be called from any thread, and reaches the
     * loop that has the signal, wherever that runs. */
    static Listener all[3];

    (void)state;
    for (int i = 0; i < 3; ++i) {
        Listener* l = &all[i];
        l->loop = loop_new(0);
        atomic_store(&l->calls, 0);
        ev_signal_init(&l->signal, on_signal, signal_spare(i));
        ev_timer_init(&l->patience, on_hang, drive_patience, 0.);
        l->signal.data = l;
        ev_signal_start(l->loop, &l->signal);
        ev_timer_start(l->loop, &l->patience);
        assert_false(pthread_create(&l->thread, NULL, listen_run, l));
    }
    for (int round = 1; round <= 50; ++round) {
        double give_up = monotonic() + drive_patience;
        for (int i = 0; i < 3; ++i) ev_feed_signal(signal_spare(i));
        for (int i = 0; i < 3; ++i)
            while (atomic_load(&all[i].calls) < round && monotonic() < give_up)
                sched_yield();
    }
    for (int i = 0; i < 3; ++i) {
        pthread_join(all[i].thread, NULL);
        assert_int_equal(atomic_load(&all[i].calls), 50);
        ev_signal_stop(all[i].loop, &all[i].signal);
        ev_timer_stop(all[i].loop, &all[i].patience);
        ev_loop_destroy(all[i].loop);
    }
}

static const Test tests[] = {
    EACH(test_threads_token_goes_round_a_ring_of_loops),
    EACH(test_threads_make_and_destroy_loops),
    EACH(test_threads_feed_signals_to_their_loops),
};

HARNESS_MAIN("threads", tests)
