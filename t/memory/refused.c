/* An allocator that refuses: what gives memory back needs none. And a loop that
 * does the same all the time asks for none. */
#define _GNU_SOURCE
#include "clock.h"
#include "fds.h"
#include "forked.h"
#include "kinds.h"

enum { many = 1300, burst = 1500 };

static Any any[many];
static int requests; /* calls of the allocator */
static int refuses;  /* from now on there is no memory */

static void* allocate(void* old, long size)
{
    ++requests;
    if (!size) {
        free(old);
        return NULL;
    }
    return refuses ? NULL : realloc(old, (size_t)size);
}

static void silent(EV_P_ ev_watcher* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

/* Watchers of a kind; the kernel has one of some. */
typedef struct Group {
    const Kind* kind;
    struct ev_loop* loop;
    int count;
} Group;

static Group group_new(int kind, int count)
{
    Group group = {&kinds[kind], NULL, count};
    int type = group.kind->type;

    clock_freeze();
    ev_set_allocator(allocate);
    group.loop = type == EV_CHILD ? loop_default(0) : loop_new(0);
    kinds_open();
    if (type == EV_EMBED) group.count = 1;
    for (int i = 0; i < group.count; ++i) {
        kind_init(group.kind, &any[i]);
        any[i].w.cb = silent;
    }
    return group;
}

static void group_start(Group* group)
{
    for (int i = 0; i < group->count; ++i)
        group->kind->start(group->loop, &any[i]);
}

static void group_stop(Group* group)
{
    for (int i = 0; i < group->count; ++i)
        group->kind->stop(group->loop, &any[i]);
}

/* All active, after a round that got all that an iteration needs. */
static void group_warm(Group* group)
{
    for (int i = 0; i < 2; ++i) {
        group_stop(group);
        turn(group->loop);
        group_start(group);
        turn(group->loop);
    }
}

/* Cleanup watchers are called, which is another test. */
static void group_end(Group* group)
{
    if (group->kind->type == EV_CLEANUP) group_stop(group);
    ev_loop_destroy(group->loop);
}

static void group_feed(Group* group)
{
    for (int i = 0; i < group->count; ++i)
        ev_feed_event(group->loop, &any[i], EV_CUSTOM);
}

/* Two seconds, in steps in which the loop gives memory back. */
static void calm(struct ev_loop* loop)
{
    for (int i = 0; i < 4; ++i) {
        clock_advance(0.625);
        turn(loop);
    }
    ev_verify(loop);
}

/* Does body(&kind), a test that ends the process if it fails, for all kinds;
 * only ev_io depends on the backend. Names those that fail. */
static void all_kinds(void (*body)(void*))
{
    char failed[200] = "";
    int count = backend == EVBACKEND_EPOLL ? kinds_count : 1;

    for (int kind = 0; kind < count; ++kind) {
        if (child_status(child_fork(body, &kind)) == 0) continue;
        strcat(failed, kinds[kind].name);
        strcat(failed, " ");
    }
    assert_string_equal(failed, "");
}

static void child_stops(void* kind)
{
    Group group = group_new(*(int*)kind, many);
    group_warm(&group);
    refuses = 1;
    group_stop(&group);
    turn(group.loop);
    calm(group.loop);
    for (int i = 0; i < group.count; ++i) child_check(!ev_is_active(&any[i].w));
    ev_loop_destroy(group.loop);
}

static void test_memory_is_not_needed_to_stop(void** state)
{
    /* R4.2, A5: many of a kind are stopped, and the loop is destroyed. */
    (void)state;
    all_kinds(child_stops);
}

static void child_stops_some(void* kind)
{
    Group group = group_new(*(int*)kind, many);
    group_warm(&group);
    refuses = 1;
    group.count -= group.count / 50;
    group_stop(&group);
    turn(group.loop);
    calm(group.loop);
    group.count = many;
    group_end(&group);
}

static void test_memory_is_not_needed_to_stop_most(void** state)
{
    /* R4.2, A5: some stay, in containers that could shrink. */
    (void)state;
    all_kinds(child_stops_some);
}

static void child_clears(void* kind)
{
    Group group = group_new(*(int*)kind, many);
    group_start(&group);
    group_feed(&group);
    refuses = 1;
    for (int i = 0; i < group.count; ++i)
        child_check(ev_clear_pending(group.loop, &any[i]) & EV_CUSTOM);
    group_end(&group);
}

static void test_memory_is_not_needed_to_clear_or_destroy(void** state)
{
    /* R4.2, A5: events are cleared; the loop is destroyed with its watchers. */
    (void)state;
    all_kinds(child_clears);
}

static void child_cleans_up(void* unused)
{
    int cleanup = (int)(kind_of('X') - kinds);
    (void)unused;
    Group group = group_new(cleanup, many);
    child_check(group.kind->type == EV_CLEANUP);
    group_warm(&group);
    refuses = 1;
    ev_loop_destroy(group.loop);
}

static void test_memory_is_not_needed_to_call_cleanup_watchers(void** state)
{
    /* R4.2: destroying a loop that has many of them. 4.33 aborts. */
    (void)state;
    assert_child_passes(child_fork(child_cleans_up, NULL));
}

static void child_fires(void* kind)
{
    Group group = group_new(*(int*)kind, many);
    group_warm(&group);
    for (int round = 0; round < 2; ++round) {
        group_feed(&group);
        clock_advance(200.);
        turn(group.loop);
    }
    refuses = 1;
    calm(group.loop);
    group_stop(&group);
    calm(group.loop);
    ev_loop_destroy(group.loop);
}

static void test_memory_is_not_needed_after_a_burst(void** state)
{
    /* R4.2, A5: after many events in an iteration, and expired timers. */
    (void)state;
    all_kinds(child_fires);
}

static void child_many_fds(void* unused)
{
    static Io io[burst], other;
    int p[2], q[2];
    (void)unused;

    struct ev_loop* loop = loop_new(0);
    pipe_open(p), pipe_open(q);
    byte_put(p[1]);
    byte_put(q[1]); /* is never read */
    io_on(loop, &other, q[0], EV_READ);
    for (int i = 0; i < burst; ++i) io_on(loop, &io[i], dup(p[0]), EV_READ);
    for (int i = 0; i < 10; ++i) turn(loop);
    child_check(io[burst - 1].calls > 0);
    bytes_drain(p[0]);
    refuses = 1;
    calm(loop);
    for (int i = 0; i < burst; ++i) io_off(loop, &io[i]);
    for (int i = 0; i < burst; ++i) close(io[i].w.fd);
    calm(loop);
    ev_loop_destroy(loop);
}

static void test_memory_is_not_needed_after_a_burst_of_fds(void** state)
{
    /* R4.2, A5: of ready fds, and the table is nearly empty afterwards. */
    (void)state;
    rlim_t was = fds_limit(burst + 200);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    int enough = limit.rlim_cur >= burst + 200;
    ev_set_allocator(allocate);
    if (enough) {
        pid_t child = child_fork(child_many_fds, NULL);
        fds_limit(was);
        assert_child_passes(child);
    } else {
        fds_limit(was);
        skip();
    }
}

static void child_steady(void* kind)
{
    Group group = group_new(*(int*)kind, 560);
    for (int step = 0; step < 20; ++step) { /* of half a second */
        if (step == 6) requests = 0;
        group_start(&group);
        group_feed(&group);
        turn(group.loop);
        group_stop(&group);
        turn(group.loop);
        clock_advance(0.5);
    }
    child_check(!requests);
    ev_loop_destroy(group.loop);
}

static void test_memory_is_not_asked_for_in_a_steady_loop(void** state)
{
    /* R4.2, A5: the same watchers are started, called and stopped again and
     * again: no call of the allocator after the first seconds. */
    (void)state;
    all_kinds(child_steady);
}

static const Test tests[] = {
    EACH(test_memory_is_not_needed_to_stop),
    EACH(test_memory_is_not_needed_to_stop_most),
    EACH(test_memory_is_not_needed_to_clear_or_destroy),
    OURS_ONCE(test_memory_is_not_needed_to_call_cleanup_watchers),
    EACH(test_memory_is_not_needed_after_a_burst),
    EACH(test_memory_is_not_needed_after_a_burst_of_fds),
    EACH(test_memory_is_not_asked_for_in_a_steady_loop),
};

HARNESS_MAIN("memory_refused", tests)
