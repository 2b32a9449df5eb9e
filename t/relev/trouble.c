/* The functions of relev.h that read, while another thread or the loop's own is
 * in the middle of something: they neither wait nor read what is gone. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "mapped_help.h"

static struct ev_loop* loop;
static int nowhere;

static void on_time(struct ev_loop* l, ev_timer* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void begin(ev_timer* w)
{
    loop = loop_default(0);
    nowhere = open("/dev/null", O_WRONLY);
    assert_true(nowhere >= 0);
    relev_metrics_enable(loop, 2);
    ev_timer_init(w, on_time, 0., 1000.);
    ev_timer_start(loop, w);
    ev_run(loop, EVRUN_ONCE);
}

#ifdef DLFO_STRUCT_HAS_EH_DBASE /* glibc 2.35 */

static char path[] = "/tmp/relev-trouble-XXXXXX";
static int fifo;
static volatile sig_atomic_t waited;

/* Ends the dlopen, which reads an empty file then. */
static void on_alarm(int signum)
{
    (void)signum;
    waited = 1;
    close(fifo);
}

static void* opens(void* arg)
{
    assert_null(dlopen(path, RTLD_NOW));
    return arg;
}

static void test_dump_does_not_wait_for_dlopen(void** state)
{
    /* Issue 19 B7: a thread in dlopen may hang, here in reading a FIFO, and the
     * names of callbacks are found nevertheless. */
    static char text[60000];
    pthread_t thread;
    ev_timer w;
    (void)state;

    begin(&w);
    assert_true(mkdtemp(path));
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(pthread_create(&thread, NULL, opens, NULL), 0);
    fifo = open(path, O_WRONLY); /* it is in dlopen now */
    assert_true(fifo >= 0);
    waited = 0;
    signal(SIGALRM, on_alarm);
    alarm(60);
    assert_int_equal(relev_dump(loop, nowhere), 1);
    assert_true(relev_metrics_text(loop, text, sizeof text, NULL) > 0);
    alarm(0);
    assert_false(waited);
    close(fifo);
    assert_int_equal(pthread_join(thread, NULL), 0);
    signal(SIGALRM, SIG_DFL);
    unlink(path);
    close(nowhere);
    ev_loop_destroy(loop);
}

#endif

static volatile sig_atomic_t handled;
static struct relev_task task;

static void on_task(struct ev_loop* l, struct relev_task* posted)
{
    (void)l, (void)posted;
}

static void on_free(int signum)
{
    static char text[60000];
    struct relev_metrics metrics;
    struct relev_callback busy[2];
    struct relev_progress progress;
    int error = errno;
    (void)signum;
    relev_dump(loop, nowhere);
    if (relev_metrics_read(loop, &metrics, sizeof metrics) < 0
        || relev_callbacks_read(loop, busy, sizeof *busy, 2) < 0
        || relev_metrics_text(loop, text, sizeof text, NULL) < 0)
        abort();
    relev_progress_read(loop, &progress, sizeof progress);
    relev_refs(loop);
    task.run = on_task;
    if (!handled++) relev_post(loop, &task);
    errno = error;
}

static void test_handler_while_the_loop_is_destroyed(void** state)
{
    /* Issue 19 A4: a signal handler of the loop's thread cannot know whether it
     * interrupts ev_loop_destroy. */
    ev_timer w;
    (void)state;

    signal(SIGALRM, SIG_IGN);
    ev_set_allocator(mapped_resize);
    begin(&w);
    assert_int_equal(relev_post_open(loop), 0);
    handled = 0;
    signal(SIGALRM, on_free);
    ev_loop_destroy(loop);
    signal(SIGALRM, SIG_DFL);
    ev_set_allocator(malloc_resize);
    assert_true(handled > 1);
    close(nowhere);
}

static const Test tests[] = {
#ifdef DLFO_STRUCT_HAS_EH_DBASE
    ONCE(test_dump_does_not_wait_for_dlopen),
#endif
    EACH(test_handler_while_the_loop_is_destroyed),
};

HARNESS_MAIN("relev_trouble", tests)
