/* relev_metrics_read and its relatives in other threads, in signal handlers and
 * in forked children. */

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "metrics_help.h"

enum { readers = 4, rounds_wanted = 3000 };

static atomic_int rounds;

static void on_once(int events, void* arg) { (void)events, (void)arg; }

static void on_round(struct ev_loop* l, ev_timer* w, int events)
{
    (void)w, (void)events;
    int n = atomic_fetch_add(&rounds, 1);
    if (n % 500 == 499) relev_metrics_enable(l, n % 1000 < 500 ? 1 : 2);
}

/* For threads, where cmocka's assertions end the process without a word. */
#define must(what)                                                    \
    do {                                                              \
        if (!(what)) fprintf(stderr, "not so: %s\n", #what), abort(); \
    } while (0)

static void grows(relev_count* last, relev_count now)
{
    must(now >= *last);
    *last = now;
}

/* Each number is whole: none of them falls, and histograms have sums. */
static void read_once(struct relev_metrics* last)
{
    struct relev_metrics now;
    struct relev_callback busy[RELEV_CALLBACKS];
    must(relev_metrics_read(loop, &now, sizeof now) >= 1);
    grows(&last->iterations, now.iterations);
    grows(&last->expired, now.expired);
    for (int i = 0; i < RELEV_KINDS; ++i)
        if (i != RELEV_KIND_TIMER && i != RELEV_KIND_ONCE)
            grows(&last->callbacks[i], now.callbacks[i]);
    must(sum(now.iteration_times, RELEV_BUCKETS) == now.iterations);
    must(sum(now.lateness, RELEV_BUCKETS) == now.expired);
    must(now.working >= last->working);
    must(now.late >= last->late);
    must(now.active[RELEV_KIND_TIMER] <= 1);
    last->working = now.working, last->late = now.late;
    int count = relev_callbacks_read(loop, busy, sizeof *busy, RELEV_CALLBACKS);
    must(count >= 0 && count <= 2);
    for (int i = 0; i < count; ++i) {
        must(busy[i].callback == (void*)on_round
             || busy[i].callback == (void*)on_once);
        must(busy[i].type == EV_TIMER);
        must(busy[i].longest <= busy[i].total);
    }
}

static void* reader(void* arg)
{
    struct relev_metrics last = {0};
    const char* label = "loop=\"a\"";
    size_t size = 60000;
    char* text = malloc(size);
    (void)arg;
    while (atomic_load(&rounds) < rounds_wanted) {
        read_once(&last);
        int length = relev_metrics_part(&loop, &label, 1, text, (int)size);
        must((int)strlen(text) == length);
    }
    free(text);
    return NULL;
}

static void test_metrics_are_read_by_four_threads(void** state)
{
    /* Issue 19, C4: while the loop runs, and changes the level. */
    pthread_t threads[readers];
    ev_timer w;
    (void)state;

    begin(1);
    atomic_store(&rounds, 0);
    for (int i = 0; i < readers; ++i)
        assert_int_equal(pthread_create(&threads[i], NULL, reader, NULL), 0);
    ev_timer_init(&w, on_round, 0., 1e-9);
    ev_timer_start(loop, &w);
    while (atomic_load(&rounds) < rounds_wanted) {
        ev_once(loop, -1, 0, 0., on_once, NULL);
        ev_run(loop, EVRUN_NOWAIT);
    }
    for (int i = 0; i < readers; ++i)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    ev_loop_destroy(loop);
}

static volatile sig_atomic_t handled;

/* The next signal: not before the loop went on, however slow the handler is. */
static void tick(void)
{
    struct itimerval soon = {{0, 0}, {0, 200}};
    if (setitimer(ITIMER_REAL, &soon, NULL)) abort();
}

static void on_alarm(int signum)
{
    struct relev_metrics now;
    struct relev_callback busy[2];
    static char text[5000];
    (void)signum;
    if (level_now == 1 && relev_metrics_part(&loop, NULL, 1, text, 5000) < 0)
        abort();
    if (relev_metrics_read(loop, &now, sizeof now) < 0
        || relev_callbacks_read(loop, busy, sizeof *busy, 2) < 0
        || sum(now.iteration_times, RELEV_BUCKETS) != now.iterations
        || relev_kind(EV_TIMER) != RELEV_KIND_TIMER || !relev_version()
        || !relev_features())
        abort();
    if (++handled < 100) tick();
}

static void handles(int level)
{
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    ev_timer w;

    begin(level);
    handled = 0;
    assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
    ev_timer_init(&w, on_timer, 0., 1e-9);
    ev_timer_start(loop, &w);
    tick();
    while (handled < 100) ev_run(loop, EVRUN_NOWAIT);
    called_as_counted();
    ev_loop_destroy(loop);
}

static void test_metrics_are_read_in_signal_handlers(void** state)
{
    /* Issue 19, A4: at any instruction of the loop's thread; as text at level
     * 1. */
    (void)state;
    handles(1);
    handles(2);
}

static void test_metrics_are_read_in_forked_children(void** state)
{
    /* Issue 19, A4: a child without ev_loop_fork sees those of its parent. */
    struct relev_metrics now;
    int status;
    (void)state;

    begin(2);
    turn(loop), turn(loop);
    pid_t child = fork();
    if (!child) {
        int level = relev_metrics_read(loop, &now, sizeof now);
        _exit(level == 2 && now.iterations == 2 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    EACH(test_metrics_are_read_by_four_threads),
    EACH(test_metrics_are_read_in_signal_handlers),
    EACH(test_metrics_are_read_in_forked_children),
};

HARNESS_MAIN("relev_metrics_threads", tests)
