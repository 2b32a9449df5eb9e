#define _GNU_SOURCE
#include "mix.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

enum { timers = 500, threads = 3 };

static struct ev_loop* loop;
static Totals* totals;

/* Timers. */

static ev_timer timer[timers];
static double due[timers]; /* by the monotonic clock */

static void timer_called(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l;
    totals->failures += revents != EV_TIMER || soak_now() < due[w - timer];
    ++totals->timers_called;
}

static void timer_put_off(ev_timer* w) /* or bring it forward */
{
    w->repeat = (1 + chance(100)) / 1000.;
    ev_timer_again(loop, w);
    w->repeat = 0;
    due[w - timer] = w->at;
}

static void timer_step(void)
{
    ev_timer* w = &timer[chance(timers)];
    if (ev_is_active(w) && chance(2)) return timer_put_off(w);
    if (ev_is_active(w) || ev_is_pending(w)) {
        ++totals->timers_stopped;
        ev_timer_stop(loop, w);
    }
    if (!chance(4)) return;
    ev_timer_set(w, chance(100) / 1000., 0.);
    ev_timer_start(loop, w);
    due[w - timer] = w->at;
    ++totals->timers_started;
}

static void tick(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

/* Asyncs: the threads number what they send. */

static ev_async async[threads];
static atomic_long made[threads];
static long seen[threads];
static atomic_int sending;

static void async_called(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)revents;
    seen[w - async] = atomic_load(&made[w - async]);
}

static void* async_main(void* number)
{
    long i = (long)(intptr_t)number;
    const struct timespec moment = {0, 50000};
    while (atomic_load(&sending)) {
        for (int n = 0; n < 20; ++n) {
            atomic_fetch_add(&made[i], 1);
            ev_async_send(loop, &async[i]);
            if (n & 1) sched_yield();
        }
        nanosleep(&moment, NULL);
    }
    return NULL;
}

/* Signals: they are collapsed, so one is awaited before the next. */

static ev_signal usr1;

static void signal_called(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)l, (void)w;
    totals->failures += revents != EV_SIGNAL;
    ++totals->signals_seen;
}

static void signal_step(void)
{
    if (totals->signals_made != totals->signals_seen) return;
    ++totals->signals_made;
    raise(SIGUSR1);
}

/* Paths. */

static ev_stat path;
static char path_name[256];

static void path_called(struct ev_loop* l, ev_stat* w, int revents)
{
    (void)l, (void)revents;
    totals->path_seen = (long)w->attr.st_size;
}

static void path_step(void)
{
    int fd = open(path_name, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd >= 0 && write(fd, "x", 1) == 1) ++totals->path_size;
    close(fd);
}

/* Once. */

static int once_pipe[2];

static void once_called(int revents, void* arg)
{
    (void)arg;
    totals->failures += !(revents & (EV_TIMER | EV_WRITE));
    ++totals->onces_seen;
}

static void once_step(void)
{
    int fd = chance(2) ? once_pipe[1] : -1;
    ++totals->onces_made;
    ev_once(loop, fd, EV_WRITE, chance(20) / 1000., once_called, NULL);
}

/* Forks. */

static ev_child any;

static void child_called(struct ev_loop* l, ev_child* w, int revents)
{
    (void)l, (void)revents;
    ++totals->forks_seen;
    totals->failures += w->rstatus != 0;
}

static int own_calls;

static void own_called(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)w, (void)revents;
    ++own_calls;
}

/* A loop of the child's own making, and its parent's, re-armed. */
static void child_main(unsigned bit)
{
    ev_async own;
    alarm(60);
    struct ev_loop* other = ev_loop_new(bit);
    if (!other) _exit(2);
    ev_async_init(&own, own_called);
    ev_async_start(other, &own);
    ev_async_send(other, &own);
    ev_run(other, EVRUN_ONCE);
    ev_async_stop(other, &own);
    ev_loop_destroy(other);

    talk_leave(loop); /* what is on the way is the parent's */
    ev_loop_fork(loop);
    ev_async_start(loop, &own);
    ev_async_send(loop, &own);
    for (int i = 0; i < 100 && own_calls < 2; ++i) ev_run(loop, EVRUN_ONCE);
    _exit(own_calls == 2 ? 0 : 3);
}

static void fork_step(unsigned bit)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) child_main(bit);
    ++totals->forks_made;
}

/* The whole. */

static void watchers_start(void)
{
    for (int i = 0; i < timers; ++i) ev_init(&timer[i], timer_called);
    for (int i = 0; i < threads; ++i) {
        atomic_store(&made[i], 0);
        seen[i] = 0;
        ev_async_init(&async[i], async_called);
        ev_async_start(loop, &async[i]);
    }
    ev_signal_init(&usr1, signal_called, SIGUSR1);
    ev_signal_start(loop, &usr1);
    ev_child_init(&any, child_called, 0, 0);
    ev_child_start(loop, &any);
    const char* tmp = getenv("TMPDIR");
    snprintf(path_name, sizeof path_name, "%s/soak-XXXXXX", tmp ? tmp : "/tmp");
    close(mkstemp(path_name));
    ev_stat_init(&path, path_called, path_name, 0.);
    ev_stat_start(loop, &path);
    pipe_open(once_pipe);
    talk_begin(loop, totals);
}

static void watchers_stop(void)
{
    talk_end(loop);
    both_close(once_pipe);
    ev_stat_stop(loop, &path);
    unlink(path_name);
    ev_child_stop(loop, &any);
    ev_signal_stop(loop, &usr1);
    for (int i = 0; i < threads; ++i) ev_async_stop(loop, &async[i]);
    for (int i = 0; i < timers; ++i)
        if (ev_is_active(&timer[i]) || ev_is_pending(&timer[i])) {
            ev_timer_stop(loop, &timer[i]);
            ++totals->timers_stopped;
        }
}

static void mix_step(unsigned bit)
{
    talk_step(loop);
    for (int i = 0; i < 8; ++i) timer_step();
    signal_step();
    if (!chance(4)) once_step();
    if (!chance(50)) path_step();
    if (!chance(100)) fork_step(bit);
    if (chance(40)) return;
    soak_clock_set();
    ++totals->jumps;
}

static int mix_is_done(void)
{
    const Totals* t = totals;
    return talk_is_done() && t->signals_made == t->signals_seen
        && t->onces_made == t->onces_seen && t->path_size == t->path_seen
        && t->forks_made == t->forks_seen && t->asyncs_made == t->asyncs_seen;
}

static void asyncs_count(void)
{
    totals->asyncs_made = totals->asyncs_seen = 0;
    for (int i = 0; i < threads; ++i) {
        totals->asyncs_made += atomic_load(&made[i]);
        totals->asyncs_seen += seen[i];
    }
}

void mix_play(unsigned bit, double seconds, Totals* t)
{
    pthread_t thread[threads];
    ev_timer ticks;
    double end = soak_now() + seconds;

    totals = t;
    loop = ev_default_loop(bit);
    assert_non_null(loop);
    watchers_start();
    ev_timer_init(&ticks, tick, .001, .001);
    ev_timer_start(loop, &ticks);
    atomic_store(&sending, 1);
    for (intptr_t i = 0; i < threads; ++i)
        if (pthread_create(&thread[i], NULL, async_main, (void*)i)) abort();
    while (soak_now() < end) {
        mix_step(bit);
        ev_run(loop, EVRUN_ONCE);
        if (soak_now() < end - seconds / 2) t->bytes_half = soak_bytes;
    }
    t->bytes_whole = soak_bytes;
    atomic_store(&sending, 0);
    for (int i = 0; i < threads; ++i) pthread_join(thread[i], NULL);

    end = soak_now() + 10;
    do {
        ev_run(loop, EVRUN_ONCE);
        asyncs_count();
    } while (!mix_is_done() && soak_now() < end);
    ev_timer_stop(loop, &ticks);
    watchers_stop();
    ev_verify(loop);
    ev_loop_destroy(loop);
}
