/* ev_io: connections are accepted, stopped, handed to another process and
 * closed here, as a forking server does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/epoll.h>

#include "fds.h"
#include "forked.h"
#include "frozen.h"

enum { others_count = 400, handed = 40 };

static struct ev_loop* loop;
static Io others[others_count], io;
static int idle[2];
static int copies[others_count];
static int ctls; /* calls of epoll_ctl and epoll_create1 so far */
static int woken;

int epoll_ctl(int ep, int op, int fd, struct epoll_event* event)
{
    static int (*next)(int, int, int, struct epoll_event*);
    if (!next) *(void**)&next = dlsym(RTLD_NEXT, "epoll_ctl");
    ++ctls;
    return next(ep, op, fd, event);
}

int epoll_create1(int flags)
{
    static int (*next)(int);
    if (!next) *(void**)&next = dlsym(RTLD_NEXT, "epoll_create1");
    ++ctls;
    return next(flags);
}

static int wake_count(int ep, struct epoll_event* events, int ready)
{
    (void)ep, (void)events;
    woken += ready > 0;
    return ready;
}

/* A loop that watches many fds of which nothing comes. */
static void begin(void)
{
    clock_freeze();
    waits_filter = wake_count;
    loop = loop_new(0);
    pipe_open(idle);
    for (int i = 0; i < others_count; ++i) {
        copies[i] = dup(idle[0]);
        assert_true(copies[i] >= 0);
        io_on(loop, &others[i], copies[i], EV_READ);
    }
    turn(loop);
    ctls = woken = 0;
}

static void turns(int count)
{
    for (int i = 0; i < count; ++i) turn(loop);
}

/* The others are served in the end. */
static void finish(void)
{
    turns(2);
    byte_put(idle[1]);
    turns(16); /* a wait reports so many events, and no more */
    for (int i = 0; i < others_count; ++i) assert_true(others[i].calls > 0);
    ev_verify(loop);
    ev_loop_destroy(loop);
    for (int i = 0; i < others_count; ++i) close(copies[i]);
    both_close(idle);
    waits_filter = NULL;
    clock_thaw();
}

/* A new connection of which a request is read: its fds are in `s`, this end
 * first. Part of the request is unread when its watcher is stopped. */
static void accepted(int s[2])
{
    pair_open(s);
    byte_put(s[1]);
    io_on(loop, &io, s[0], EV_READ);
    turn(loop);
    assert_took(&io, EV_READ);
    io_off(loop, &io);
    turn(loop); /* the event that nobody wants is met here */
    assert_took(&io, 0);
}

static void test_io_handed_over_costs_few_calls_each(void** state)
{
    /* R4.6, A4: the other process has the file, and more data and the hang-up
     * come after the close here. */
    (void)state;
    begin();
    for (int i = 0; i < handed; ++i) {
        int s[2];
        accepted(s);
        int copy = dup(s[0]); /* as if in a child */
        close(s[0]);
        turn(loop);
        byte_put(s[1]);
        turn(loop);
        close(s[1]);
        turns(2);
        close(copy);
        turn(loop);
        assert_took(&io, 0);
    }
    assert_in_range(ctls, 0, 5 * handed);
    finish();
}

static void test_io_handed_over_at_once_costs_few_calls_each(void** state)
{
    /* R4.6, A4: all are open in the other process at the same time, and hang up
     * together. */
    int s[handed][2], copy[handed];
    (void)state;
    begin();
    for (int i = 0; i < handed; ++i) {
        accepted(s[i]);
        copy[i] = dup(s[i][0]);
        close(s[i][0]);
    }
    turn(loop);
    for (int i = 0; i < handed; ++i) close(s[i][1]);
    turns(4);
    assert_took(&io, 0);
    assert_in_range(ctls, 0, 5 * handed);
    for (int i = 0; i < handed; ++i) close(copy[i]);
    finish();
}

static void test_io_handed_over_then_hung_up_wakes_once(void** state)
{
    /* R4.6, A4: for nobody, when it hangs up after the close. */
    int s[2];
    (void)state;
    begin();
    accepted(s);
    int copy = dup(s[0]);
    close(s[0]);
    turns(2);
    woken = ctls = 0;
    byte_put(s[1]);
    turns(2);
    close(s[1]);
    turns(5);
    assert_in_range(woken, 0, 1);
    assert_in_range(ctls, 0, 2);
    close(copy);
    finish();
}

static void test_io_stopped_with_data_then_hung_up_wakes_once_each(void** state)
{
    /* R4.6: the same without a close here: for the data, and the hang-up. */
    int s[2];
    (void)state;
    begin();
    accepted(s);
    turns(3);
    assert_in_range(woken, 0, 2); /* one of them for the watcher */
    woken = ctls = 0;
    close(s[1]);
    turns(5);
    assert_in_range(woken, 0, 1);
    assert_in_range(ctls, 0, 2);
    close(s[0]);
    finish();
}

static int peer;

/* The child has the connection, and not the other end. */
static void child_holds(void* gate)
{
    close(peer);
    gate_open((Gate*)gate + 1);
    clock_thaw(); /* to wait at the gate */
    child_check(gate_pass((Gate*)gate));
}

static void test_io_handed_over_to_a_child_costs_few_calls(void** state)
{
    /* R4.6, A4: with a process that has it, and the number used again. */
    int s[2], next[2];
    Gate gates[] = {gate_new(), gate_new()};
    (void)state;
    begin();
    accepted(s);
    peer = s[1];
    pid_t child = child_fork(child_holds, gates);
    char ready;
    assert_int_equal(read(gates[1].fd[0], &ready, 1), 1);
    close(s[0]);
    turn(loop);
    pair_open(next);
    assert_int_equal(next[0], s[0]); /* the lowest that is free */
    close(s[1]);
    ctls = woken = 0;
    io_on(loop, &io, next[0], EV_READ);
    turns(5);
    assert_took(&io, 0);
    assert_in_range(woken, 0, 1);
    assert_in_range(ctls, 0, 5);
    byte_put(next[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    both_close(next);
    gate_open(&gates[0]);
    clock_thaw(); /* to wait for the child */
    assert_child_passes(child);
    gate_free(&gates[0]), gate_free(&gates[1]);
    io_off(loop, &io);
    finish();
}

static const Test tests[] = {
    EACH(test_io_handed_over_costs_few_calls_each),
    EACH(test_io_handed_over_at_once_costs_few_calls_each),
    EACH(test_io_handed_over_then_hung_up_wakes_once),
    EACH(test_io_stopped_with_data_then_hung_up_wakes_once_each),
    EACH(test_io_handed_over_to_a_child_costs_few_calls),
};

HARNESS_MAIN("io_handed", tests)
