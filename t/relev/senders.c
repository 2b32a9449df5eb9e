/* relev_signal_info: who sent a signal. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child_help.h"
#include "relev.h"
#include "signal_help.h"

static struct relev_sender by;
static struct ev_loop* loop;
static ev_signal w;

static int ask(void)
{
    by = (struct relev_sender){.signum = -1};
    errno = 0;
    return relev_signal_info(loop, &w, &by, sizeof by);
}

static void begin(unsigned flags, int signum)
{
    signals_reset();
    loop = loop_new(flags);
    signal_begin(loop, &w, "w", signum);
    ask(); /* from now on */
}

static void end(void)
{
    ev_loop_destroy(loop);
    signals_reset();
}

/* A signal came, and its callback was called. */
static void assert_sender(int code, int pid)
{
    usleep(0); /* valgrind and ThreadSanitizer deliver it here */
    turn(loop);
    assert_calls("w");
    assert_int_equal(ask(), 0);
    assert_int_equal(by.signum, w.signum);
    assert_int_equal(by.code, code);
    assert_int_equal(by.pid, pid);
    assert_int_equal(by.uid, pid ? getuid() : 0);
}

static void test_sender_of_each_way(void** state)
{
    /* 2.2: process, user and value, with a handler and with a signalfd. */
    static const unsigned flags[] = {0, EVFLAG_SIGNALFD};
    (void)state;
    for (int i = 0; i < 2; ++i) {
        begin(flags[i], SIGUSR1);
        kill(getpid(), SIGUSR1);
        assert_sender(SI_USER, getpid());
        assert_true(!by.value && !by.pointer);
        sigqueue(getpid(), SIGUSR1, (union sigval){.sival_ptr = &w});
        assert_sender(SI_QUEUE, getpid());
        assert_ptr_equal(by.pointer, &w);
        sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 7});
        assert_sender(SI_QUEUE, getpid());
        assert_int_equal(by.value, 7);
        pthread_kill(pthread_self(), SIGUSR1);
        assert_sender(SI_TKILL, getpid());
        assert_int_equal(by.value, 0);
        end();
    }
}

static void test_sender_is_a_timer(void** state)
{
    /* 2.2: a value, and no process. */
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
                             .sigev_signo = SIGUSR1,
                             .sigev_value.sival_int = 9};
    struct itimerspec soon = {.it_value.tv_nsec = 1};
    timer_t timer;
    (void)state;
    begin(0, SIGUSR1);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    timer_settime(timer, 0, &soon, NULL);
    ev_run(loop, EVRUN_ONCE);
    timer_delete(timer);
    assert_sender(SI_TIMER, 0);
    assert_int_equal(by.value, 9);
    end();
}

static void test_sender_is_another_process(void** state)
{
    /* 2.2: of SIGCHLD, the child and its exit status. */
    (void)state;
    begin(0, SIGUSR2);
    pid_t child = fork();
    if (!child) _exit(kill(getppid(), SIGUSR2));
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_sender(SI_USER, child);
    end();

    for (int i = 0; i < 2; ++i) {
        begin(i ? EVFLAG_SIGNALFD : 0, SIGCHLD);
        child = fork();
        if (!child) _exit(5);
        assert_int_equal(waitpid(child, NULL, 0), child);
        assert_sender(CLD_EXITED, child);
        assert_int_equal(by.value, 5);
        assert_null(by.pointer);
        end();
    }
}

static void test_sender_is_the_latest_and_that_of_all_loops(void** state)
{
    /* 2.2: the record is the process's. */
    struct ev_loop* first;
    ev_signal other;
    (void)state;
    begin(0, SIGUSR1);
    first = loop;
    struct ev_loop* second = loop_new(0);
    signal_begin(second, &other, "o", SIGUSR1);
    for (int i = 0; i < 9; ++i) {
        sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = i});
        usleep(0);
    }
    assert_sender(SI_QUEUE, getpid());
    assert_int_equal(by.value, 8);
    loop = second;
    turn(second);
    assert_calls("o");
    assert_true(!ask() && by.value == 8);
    ev_feed_signal(SIGUSR1);
    turn(second);
    assert_calls("o");
    assert_true(!ask() && by.value == 8); /* nobody sent it */
    ev_loop_destroy(second);
    loop = first;
    end();
}

static void test_sender_reads_a_prefix_and_refuses_mistakes(void** state)
{
    /* A1: the structure may grow. A2: -1 with errno. */
    struct relev_sender part = {.code = -9}, more[2] = {{0}, {0}};
    static int signum; /* another one for each backend */
    ev_signal none;
    (void)state;
    begin(0, signum = signum ? signum + 1 : SIGRTMIN);
    assert_int_equal(ask(), -1);
    assert_int_equal(errno, ENODATA);
    assert_int_equal(by.signum, -1);
    raise(signum);
    turn(loop);
    assert_calls("w");
    assert_int_equal(relev_signal_info(loop, &w, &part, sizeof(int)), 0);
    assert_true(part.signum == signum && part.code == -9);
    more[1].code = 1;
    assert_int_equal(relev_signal_info(loop, &w, more, sizeof more), 0);
    assert_true(more[0].pid == getpid() && !more[1].code);

    ev_signal_init(&none, NULL, 0);
    assert_int_equal(relev_signal_info(loop, &none, &by, sizeof by), -1);
    assert_int_equal(errno, EINVAL);
    assert_int_equal(relev_signal_info(NULL, &w, &by, sizeof by), -1);
    assert_int_equal(relev_signal_info(loop, NULL, &by, sizeof by), -1);
    assert_int_equal(relev_signal_info(loop, &w, NULL, sizeof by), -1);
    assert_true(relev_features() & RELEV_FEATURE_SENDERS);
    end();
}

static const Test tests[] = {
    EACH(test_sender_reads_a_prefix_and_refuses_mistakes),
    EACH(test_sender_of_each_way),
    EACH(test_sender_is_a_timer),
    EACH(test_sender_is_another_process),
    EACH(test_sender_is_the_latest_and_that_of_all_loops),
};

HARNESS_MAIN("relev_senders", tests)
