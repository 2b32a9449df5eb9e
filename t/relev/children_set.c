/* The set of pidfds of a loop: after a fork, with nothing left to make it of,
 * and what is no longer in it. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/epoll.h>

#include "children_help.h"
#include "forked.h"

static int set_fails; /* how many times epoll_ctl will fail */

int epoll_ctl(int set, int change, int fd, struct epoll_event* event)
{
    static int (*real)(int, int, int, struct epoll_event*);
    if (!real) *(void**)&real = dlsym(RTLD_NEXT, "epoll_ctl");
    if (change == EPOLL_CTL_ADD && set_fails > 0) {
        --set_fails;
        errno = ENOMEM;
        return -1;
    }
    return real(set, change, fd, event);
}

static int creates_fail;
int epoll_create1(int flags)
{
    static int (*real)(int);
    if (!real) *(void**)&real = dlsym(RTLD_NEXT, "epoll_create1");
    if (creates_fail <= 0) return real(flags);
    --creates_fail;
    errno = EMFILE;
    return -1;
}

static void child_without_a_set(void* arg)
{
    ev_child mine;
    int fails = *(int*)arg;
    pid_t pid = fork();
    if (!pid) _exit(9);
    child_begin(other, &mine, "m", pid, 0); /* in the parent's set */
    child_ended(pid);
    ev_loop_fork(other);
    set_fails = fails;
    if (backend != EVBACKEND_EPOLL) creates_fail = fails; /* it would abort */
    for (int i = 0; i < 3; ++i) turn(other);
    creates_fail = 0;
    set_fails = 0;
    for (int i = 0; i < 3; ++i) turn(other);
    child_check(!strcmp(calls, "m") && WEXITSTATUS(mine.rstatus) == 9);
}

static void test_set_without_a_set_in_a_child(void** state)
{
    /* 2.2: no descriptor, or no memory in the kernel, when the set is
     * replaced: the next iterations try again. */
    ev_child w;
    (void)state;

    for (int fails = 0; fails < 4; ++fails) {
        begin();
        pid_t pid = child_exits(1);
        child_begin(other, &w, "w", pid, 0);
        assert_child_passes(child_fork(child_without_a_set, &fails));
        calls_come(other, 1);
        assert_calls("w");
        ev_child_stop(other, &w);
        end();
    }
}

static void on_time(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void test_set_a_pidfd_in_a_child(void** state)
{
    /* 2.2: a forked child has a copy of the pidfd. After a stop the end of the
     * process does not wake the loop. */
    ev_child w;
    ev_timer timer;
    (void)state;

    begin();
    pid_t pid = child_waits();
    child_begin(other, &w, "w", pid, 0);
    turn(other);
    pid_t holder = child_waits();
    ev_child_stop(other, &w);
    kill(pid, SIGKILL);
    child_ended(pid);
    ev_timer_init(&timer, on_time, .05, 0.);
    ev_timer_start(other, &timer);
    unsigned before = ev_iteration(other);
    ev_run(other, 0);
    assert_true(ev_iteration(other) - before < 5);
    kill(holder, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    end();
}

static ev_child* second;
static void destroy_another(struct ev_loop* loop, ev_child* w, int revents)
{
    (void)loop, (void)revents;
    calls_add(w->data);
    ev_loop_destroy(w->data ? (struct ev_loop*)second->data : NULL);
}

static void test_set_a_callback_destroys_the_other_loop(void** state)
{
    /* 2.2: two loops watch a child; the first destroys the second. */
    ev_child a, b;
    (void)state;

    begin();
    struct ev_loop* third = loop_new(0);
    pid_t pid = child_exits(2);
    child_ended(pid);
    child_begin(other, &a, "a", pid, 0);
    child_begin(third, &b, "b", pid, 0);
    ev_set_cb(&a, destroy_another);
    b.data = third;
    second = &b;
    turn(other);
    turn(other);
    assert_calls("a");
    ev_child_stop(other, &a);
    ev_child_stop(NULL, &a); /* it is inactive */
    end();
}

static const Test tests[] = {
    EACH(test_set_without_a_set_in_a_child),
    EACH(test_set_a_pidfd_in_a_child),
    EACH(test_set_a_callback_destroys_the_other_loop),
};

HARNESS_MAIN("relev_children_set", tests)
