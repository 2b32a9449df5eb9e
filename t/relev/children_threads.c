/* Children of eight loops in eight threads: each status once, in its loop. */

#define _GNU_SOURCE
#include <pthread.h>

#include "child_help.h"
#include "msan.h"

/* Fewer than 256: of so many that were reaped before their watcher was started,
 * the status is kept. A fork with MemorySanitizer takes 50 ms. */
enum { loop_count = 8, each = MSAN ? 3 : 30 };

typedef struct Family {
    struct ev_loop* loop;
    pthread_t thread;
    int number, ended, wrong;
    ev_child all[each];
} Family;

static Family families[loop_count];

static void ended(struct ev_loop* loop, ev_child* w, int revents)
{
    Family* family = w->data;
    int exited =
        WIFEXITED(w->rstatus) && WEXITSTATUS(w->rstatus) == family->number;
    family->wrong += revents != EV_CHILD || w->rpid != w->pid || !exited
                  || loop != family->loop;
    ev_child_stop(loop, w);
    ++family->ended;
}

/* Some have ended before their watcher is started, others end later. */
static void* family_run(void* arg)
{
    Family* family = arg;
    for (int i = 0; i < each; ++i) {
        pid_t pid = fork();
        if (!pid) {
            if (i % 3) usleep((unsigned)i % 7 * 1000);
            _exit(family->number);
        }
        ev_child_init(&family->all[i], ended, pid, 0);
        family->all[i].data = family;
        ev_child_start(family->loop, &family->all[i]);
        family->wrong += pid < 0 || !ev_is_active(&family->all[i]);
    }
    ev_run(family->loop, 0); /* until none is active */
    return NULL;
}

static void default_end(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)w, (void)revents;
    ev_break(loop, EVBREAK_ALL);
}

static void* default_run(void* loop)
{
    ev_run(loop, 0);
    return NULL;
}

static void families_are_complete(int with_default, int runs, int blocked)
{
    sigset_t set, was;
    pthread_t thread;
    ev_async end;

    if (!(relev_features() & RELEV_FEATURE_CHILDREN)) skip();
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (blocked) pthread_sigmask(SIG_BLOCK, &set, &was);
    if (EV_DEFAULT_UC) ev_loop_destroy(EV_DEFAULT_UC);
    signals_reset();
    struct ev_loop* loop = with_default ? loop_default(0) : NULL;
    memset(families, 0, sizeof families);
    for (int i = 0; i < loop_count; ++i) {
        families[i].number = i;
        families[i].loop = loop_new(0);
    }
    if (runs) {
        ev_async_init(&end, default_end);
        ev_async_start(loop, &end);
        assert_int_equal(pthread_create(&thread, NULL, default_run, loop), 0);
    }
    for (int i = 0; i < loop_count; ++i)
        assert_int_equal(
            pthread_create(&families[i].thread, NULL, family_run, &families[i]),
            0);
    for (int i = 0; i < loop_count; ++i) {
        pthread_join(families[i].thread, NULL);
        assert_int_equal(families[i].ended, each);
        assert_int_equal(families[i].wrong, 0);
        ev_loop_destroy(families[i].loop);
    }
    if (runs) {
        ev_async_send(loop, &end);
        pthread_join(thread, NULL);
        ev_async_stop(loop, &end);
    }
    if (loop) ev_loop_destroy(loop);
    signals_reset();
    if (blocked) pthread_sigmask(SIG_SETMASK, &was, NULL);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void test_children_of_threads(void** state)
{
    (void)state;
    families_are_complete(0, 0, 0);
}

static void test_children_of_threads_beside_a_default_loop(void** state)
{
    (void)state;
    families_are_complete(1, 0, 0);
    families_are_complete(1, 1, 0);
}

static void test_children_of_threads_with_the_signal_blocked(void** state)
{
    (void)state;
    families_are_complete(0, 0, 1);
    families_are_complete(1, 1, 1);
}

static const Test tests[] = {
    EACH(test_children_of_threads),
    EACH(test_children_of_threads_beside_a_default_loop),
    EACH(test_children_of_threads_with_the_signal_blocked),
};

HARNESS_MAIN("relev_children_threads", tests)
