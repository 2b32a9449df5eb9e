/* The program closed an end of the wake-up channel, an eventfd or a pipe, and
 * another file may have its number. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "fds.h"
#include "mistakes_help.h"

static int has_eventfd;

#ifdef __linux__

int eventfd(unsigned count, int flags)
{
    if (has_eventfd) return (int)syscall(SYS_eventfd2, count, flags);
    errno = ENOSYS;
    return -1;
}

static void eventfd_allow(void) { has_eventfd = 1; }

#else

static void eventfd_allow(void) { skip(); }

#endif

static ev_async async;
static struct ev_loop* loop;

static void* send_later(void* unused)
{
    const struct timespec moment = {0, 20000000};
    nanosleep(&moment, NULL);
    ev_async_send(loop, &async);
    return unused;
}

/* Returns the number of the write end. */
static int begin(void)
{
    int numbers[2];
    assert_int_equal(pipe(numbers), 0); /* the lowest that are free */
    loop = loop_fresh(0);
    close(numbers[0]), close(numbers[1]);
    ev_async_init(&async, note_async);
    async.data = (void*)"a";
    ev_async_start(loop, &async);
    turn(loop);
    int fd = numbers[!has_eventfd];
    assert_int_equal(fcntl(fd, F_GETFL) & O_WRONLY, has_eventfd ? 0 : O_WRONLY);
    return fd;
}

/* A send of another thread wakes the loop, and nothing else does. */
static void wakes_up(void)
{
    pthread_t sender;
    for (int i = 0; i < 4; ++i) turn_leaves(loop, 1);
    assert_calls("");
    assert_int_equal(pthread_create(&sender, NULL, send_later, NULL), 0);
    ev_timer late = timer_of("l", 20., 0.);
    ev_now_update(loop);
    ev_timer_start(loop, &late);
    for (int i = 0; i < 3 && !*calls; ++i) ev_run(loop, EVRUN_ONCE);
    ev_timer_stop(loop, &late);
    assert_int_equal(pthread_join(sender, NULL), 0);
    assert_calls("a");
}

static void end(void)
{
    ev_async_stop(loop, &async);
    reports_forget();
    turn_leaves(loop, 0);
    ev_loop_destroy(loop);
}

static void test_mistake_closed_write_end_is_opened_anew(void** state)
{
    /* Issue 18, R3.10: the loop neither spins nor misses a send. 4.33 does. */
    (void)state;
    close(begin());
    wakes_up();
    end();
}

static void reused(int forked)
{
    int end_fd = begin(), files[2];
    char byte;
    close(end_fd);
    pipe_open(files);
    if (files[0] == end_fd) files[0] = dup(end_fd);
    assert_int_equal(dup2(files[1], end_fd), end_fd);
    close(files[1]);
    if (forked) ev_loop_fork(loop);
    wakes_up();
    end();
    assert_int_equal(write(end_fd, "x", 1), 1); /* it is open, and empty */
    assert_int_equal(read(files[0], &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(end_fd), close(files[0]);
}

static void test_mistake_reused_write_end_is_left_alone(void** state)
{
    /* Issue 18, R3.10: the number is a file of the program now. */
    (void)state;
    reused(0);
    reused(1);
}

static void watched(void)
{
    char byte;
    int files[2], other[2], channel = dup(0);
    ev_io io;

    close(channel);
    loop = loop_fresh(0);
    ev_async_init(&async, note_async);
    async.data = (void*)"a";
    ev_async_start(loop, &async);
    turn(loop);
    close(channel);
    pipe_open(files);
    if (files[0] != channel) skip();
    io = io_of("i", channel, EV_READ);
    ev_io_start(loop, &io);
    assert_int_equal(write(files[1], "x", 1), 1);
    turn_leaves(loop, 2);
    turn_leaves(loop, 2);
    assert_int_equal(calls[0], 'i');
    calls_clear();
    assert_int_equal(read(channel, &byte, 1), 1);
    ev_io_stop(loop, &io);
    wakes_up();
    end();
    assert_int_equal(pipe(other), 0); /* the file was not closed */
    assert_true(other[0] != channel && other[1] != channel);
    close(other[0]), close(other[1]), close(channel), close(files[1]);
}

static void test_mistake_reused_channel_is_left_alone(void** state)
{
    /* Issue 18, R3.10: after ev_loop_fork. The file is not watched. */
    (void)state;
    eventfd_allow();
    reused(1);
    has_eventfd = 0;
}

static void test_mistake_reused_channel_is_replaced(void** state)
{
    /* Issue 18, R3.10: the program watches another file with that number. 4.33
     * reads what is in it. */
    (void)state;
    eventfd_allow();
    watched();
    has_eventfd = 0;
}

static const Test tests[] = {
    OURS(test_mistake_closed_write_end_is_opened_anew),
    OURS(test_mistake_reused_write_end_is_left_alone),
    OURS(test_mistake_reused_channel_is_left_alone),
    OURS(test_mistake_reused_channel_is_replaced),
};

HARNESS_MAIN("mistakes_closed_end", tests)
