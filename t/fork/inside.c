/* Fork in the callbacks that are called between the last check for a fork and
 * the handling of events: the child still uses nothing of its parent's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

#include "fds.h"
#include "forked.h"
#include "frozen.h"

static struct ev_loop* loop;
static Io io;
static int p[2];
static pid_t child; /* -1: none yet; 0 in it */
static int uses;    /* of the parent's epoll set, by the child */

int epoll_ctl(int ep, int op, int fd, struct epoll_event* event)
{
    static int (*next)(int, int, int, struct epoll_event*);
    if (!next) *(void**)&next = dlsym(RTLD_NEXT, "epoll_ctl");
    uses += !child;
    return next(ep, op, fd, event);
}

static int wait_count(const char* name)
{
    uses += !child && !strncmp(name, "epoll", 5);
    return 0;
}

static void begin(unsigned flags)
{
    child = -1;
    uses = 0;
    clock_freeze();
    waits_call = wait_count;
    loop = loop_new(flags);
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
}

/* In the child this does not return. */
static void finish(void)
{
    if (!child) _exit(uses > 0);
    waits_call = NULL;
    clock_thaw(); /* to wait for the child */
    assert_true(child > 0);
    assert_child_passes(child);
    ev_loop_destroy(loop);
    both_close(p);
}

static void once_fork(void)
{
    if (child >= 0) return;
    fflush(NULL);
    child = fork();
    if (!child) child_may_crash();
}

static int reschedules;

static ev_tstamp reschedule(ev_periodic* w, ev_tstamp now)
{
    (void)w;
    if (reschedules++) once_fork();
    return now + 10000;
}

static void ignore_periodic(EV_P_ ev_periodic* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void test_fork_in_reschedule_child_leaves_the_parents_set(void** state)
{
    /* R4.4: the clock was set, which is noticed just before the wait. The child
     * does not wait for the events of its parent's epoll set. */
    ev_periodic periodic;
    (void)state;
    if (!fork_clears_pages()) skip();
    backend = EVBACKEND_EPOLL;
    begin(EVFLAG_NOTIMERFD);
    reschedules = 0;
    ev_periodic_init(&periodic, ignore_periodic, 0., 0., reschedule);
    ev_periodic_start(loop, &periodic);
    turn(loop);
    byte_put(p[1]);
    clock_advance(2.);
    clock_jump(100.);
    ev_run(loop, EVRUN_ONCE);
    assert_took(&io, child ? EV_READ : 0);
    finish();
}

static void lock_nothing(EV_P) EV_NOEXCEPT { (void)EV_A; }

static void lock_forks(EV_P) EV_NOEXCEPT
{
    (void)EV_A;
    once_fork();
}

/* Events are ready, one of them of an fd that nobody watches any more. */
static void locked_body(void (*release)(EV_P) EV_NOEXCEPT,
                        void (*acquire)(EV_P) EV_NOEXCEPT)
{
    Io other;
    int q[2];
    backend = EVBACKEND_EPOLL;
    begin(0);
    pipe_open(q);
    io_on(loop, &other, q[0], EV_READ);
    turn(loop);
    io_off(loop, &io);
    turn(loop);
    byte_put(p[1]), byte_put(q[1]);
    ev_set_loop_release_cb(loop, release, acquire);
    turn(loop);
    ev_set_loop_release_cb(loop, NULL, NULL);
    assert_took(&io, 0);
    finish();
    both_close(q);
}

static void test_fork_in_release_child_leaves_the_parents_set(void** state)
{
    /* R4.4: the child does not wait for the events of its parent's set. */
    (void)state;
    locked_body(lock_forks, lock_nothing);
}

static void test_fork_in_acquire_child_leaves_the_parents_set(void** state)
{
    /* R4.4: the child has the events of its parent's wait, and does not delete
     * the entry of the fd that nobody watches, which is not its own. */
    (void)state;
    locked_body(lock_nothing, lock_forks);
}

static ev_async async;

static void async_ignore(EV_P_ ev_async* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void lock_sends(EV_P) EV_NOEXCEPT
{
    int status;
    if (child >= 0) return;
    once_fork();
    if (!child) ev_async_send(EV_A_ & async), _exit(0);
    waitpid(child, &status, 0);
}

static void expired_note(EV_P_ ev_timer* w, int revents)
{
    *(int*)w->data += revents == EV_TIMER;
    (void)EV_A;
}

static void test_fork_in_release_child_does_not_wake_the_parent(void** state)
{
    /* R4.4: the loop counts as blocked, and the child sends an async in its
     * copy. 4.33 writes to the parent's channel. */
    ev_timer timer;
    int expired = 0;
    (void)state;
    begin(0);
    ev_async_init(&async, async_ignore);
    ev_async_start(loop, &async);
    ev_timer_init(&timer, expired_note, .02, 0.);
    timer.data = &expired;
    ev_timer_start(loop, &timer);
    turn(loop);
    ev_set_loop_release_cb(loop, lock_sends, lock_nothing);
    ev_run(loop, EVRUN_ONCE);
    ev_set_loop_release_cb(loop, NULL, NULL);
    assert_true(child > 0);
    assert_int_equal(expired, 1);
    waits_call = NULL;
    clock_thaw();
    ev_loop_destroy(loop);
    both_close(p);
}

static const Test tests[] = {
    OURS_ONCE(test_fork_in_reschedule_child_leaves_the_parents_set),
    OURS_ONCE(test_fork_in_release_child_leaves_the_parents_set),
    OURS_ONCE(test_fork_in_acquire_child_leaves_the_parents_set),
    OURS(test_fork_in_release_child_does_not_wake_the_parent),
};

HARNESS_MAIN("fork_inside", tests)
