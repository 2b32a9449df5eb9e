/* Fork: a thread of the parent is in the middle of a send. The child has its
 * memory, and not the thread.
 *
 * The loop is alone in its pages. While these are closed, a send marks what it
 * can mark, then touches the loop, and stays in the handler of SIGSEGV until
 * they are open again.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "fds.h"
#include "forked.h"

enum { room = 65536 };

static char* pages;
static int pages_asked; /* by the next allocation: that of the loop */

static void* plain(void* old, long size)
{
    if (size) return realloc(old, (size_t)size);
    free(old);
    return NULL;
}

static void* allocate(void* old, long size) EV_NOEXCEPT
{
    if (pages_asked) {
        pages_asked = 0;
        pages = mmap(NULL, room, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(pages != MAP_FAILED && size <= room);
        return pages;
    }
    if (old != pages || !old) return plain(old, size);
    munmap(pages, room);
    pages = NULL;
    return NULL;
}

typedef struct Sent {
    struct ev_loop* loop;
    ev_async async;
    ev_signal signal;
    int calls;
} Sent;

static Sent sent;
static atomic_int stopped, released;

static void async_note(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++sent.calls;
}

static void signal_note(struct ev_loop* loop, ev_signal* w, int revents)
{
    (void)loop, (void)w, (void)revents;
    ++sent.calls;
}

static void send_async(void) { ev_async_send(sent.loop, &sent.async); }

static void feed_signal(void) { ev_feed_signal(SIGUSR1); }

static void stay(int signum)
{
    const struct timespec moment = {0, 1000000};

    (void)signum;
    atomic_store(&stopped, 1);
    while (!atomic_load(&released)) nanosleep(&moment, NULL);
}

static void* thread_send(void* send)
{
    (*(void (**)(void))send)();
    return NULL;
}

static void sent_new(unsigned flags)
{
    ev_set_allocator(allocate);
    pages_asked = 1;
    sent.loop = loop_new(flags);
    sent.calls = 0;
    ev_async_init(&sent.async, async_note);
    ev_async_start(sent.loop, &sent.async);
    ev_signal_init(&sent.signal, signal_note, SIGUSR1);
    ev_signal_start(sent.loop, &sent.signal);
    turn(sent.loop);
}

static void sent_free(void)
{
    ev_async_stop(sent.loop, &sent.async);
    ev_signal_stop(sent.loop, &sent.signal);
    ev_loop_destroy(sent.loop);
    ev_set_allocator(NULL);
}

/* The status of a child that is made while a thread is in that send. */
static int status_after(void (*send)(void), void (*child)(void*))
{
    const struct timespec moment = {0, 1000000};
    pthread_t thread;

    atomic_store(&stopped, 0), atomic_store(&released, 0);
    signal(SIGSEGV, stay);
    mprotect(pages, room, PROT_NONE);
    assert_false(pthread_create(&thread, NULL, thread_send, &send));
    while (!atomic_load(&stopped)) nanosleep(&moment, NULL);
    mprotect(pages, room, PROT_READ | PROT_WRITE);
    signal(SIGSEGV, SIG_DFL);
    int status = child_status(child_fork(child, send));
    atomic_store(&released, 1);
    pthread_join(thread, NULL);
    return status;
}

static void hears(void (*send)(void))
{
    turn(sent.loop);
    int before = sent.calls; /* 4.33 misses the send that was not finished */
    child_check(before == 1);
    for (int i = 1; i < 4; ++i) {
        send();
        turn(sent.loop);
        child_check(sent.calls == before + i);
    }
}

static void child_is_told(void* send)
{
    ev_loop_fork(sent.loop);
    hears((void (*)(void))send);
}

static void child_finds_out(void* send) { hears((void (*)(void))send); }

static void each_send(void (*child)(void*), unsigned flags)
{
    void (*const sends[])(void) = {send_async, feed_signal};

    for (int i = 0; i < 2; ++i) {
        sent_new(flags);
        assert_int_equal(status_after(sends[i], child), 0);
        turn(sent.loop);
        assert_int_equal(sent.calls, 1);
        sent_free();
    }
}

static void test_fork_sender_stopped_midway_child_hears(void** state)
{
    /* R3.4: the child hears what was being sent, and later sends. */
    (void)state;
    each_send(child_is_told, 0);
    each_send(child_finds_out, EVFLAG_FORKCHECK);
}

static void child_starts_again(void* send)
{
    (void)send;
    ev_async_stop(sent.loop, &sent.async);
    ev_async_start(sent.loop, &sent.async);
    send_async();
    turn(sent.loop);
    child_check(sent.calls == 1);
}

static void test_fork_async_restarted_in_child_hears(void** state)
{
    /* R3.4: a watcher that the child starts again hears, even if nobody tells
     * the loop of the fork. */
    (void)state;
    sent_new(0);
    assert_int_equal(status_after(send_async, child_starts_again), 0);
    sent_free();
}

static const Test tests[] = {
    OURS(test_fork_sender_stopped_midway_child_hears),
    EACH(test_fork_async_restarted_in_child_hears),
};

HARNESS_MAIN("fork_sender", tests)
