/* A thread with the smallest stack that pthread_create takes runs a loop that
 * has every kind of watcher.
 */
#define _GNU_SOURCE 1
#include <limits.h>
#include <pthread.h>
#include <sys/mman.h>

#include "fds.h"
#include "forked.h"
#include "kinds.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED 1 /* every function needs far more stack */
#else
#define SANITIZED 0
#endif

enum { stack_size = 16384 };

/* What the thread does with its loop. Everything that is not the library's is
 * outside that thread's stack. */
static struct Work {
    unsigned flags;
    Any any[kinds_count], missing, deep, soon, periodic, writer;
    char path[64], longest[PATH_MAX];
    int fd, p[2];
    Gate gate; /* then the child ends */
    int calls[kinds_count], missing_calls;
} work;

static void count(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

static int kind_index(int type)
{
    for (int i = 0; i < kinds_count; ++i)
        if (kinds[i].type == type) return i;
    return -1;
}

static Any* any_of(int type) { return &work.any[kind_index(type)]; }
static int calls_of(int type) { return work.calls[kind_index(type)]; }

static void stat_init(Any* any, const char* path)
{
    ev_stat_init(&any->stat, 0, path, 0.);
    named(any, (char*)&work.missing_calls, count);
}

/* The longest path there is, through directories that do not exist. */
static void longest_make(void)
{
    memset(work.longest, 'a', sizeof work.longest - 1);
    for (size_t i = 0; i < sizeof work.longest - 1; i += 200)
        work.longest[i] = '/';
    work.longest[sizeof work.longest - 1] = 0;
}

static void work_begin(unsigned flags)
{
    int in_memory = access("/dev/shm", W_OK) == 0;

    memset(&work, 0, sizeof work);
    work.flags = flags;
    snprintf(work.path, sizeof work.path, "%s/stack-XXXXXX",
             in_memory ? "/dev/shm" : "/tmp");
    work.fd = mkstemp(work.path);
    child_check(work.fd >= 0);
    longest_make();
    pipe_open(work.p);
    for (int i = 0; i < kinds_count; ++i) {
        kind_init(&kinds[i], &work.any[i]);
        named(&work.any[i], (char*)&work.calls[i], count);
    }
    work.gate = gate_new();
    pid_t pid = fork();
    if (!pid) _exit(!gate_pass(&work.gate));
    ev_set_priority(&any_of(EV_IDLE)->idle, EV_MAXPRI); /* others are ready */
    ev_child_set(&any_of(EV_CHILD)->child, pid, 0);
    ev_io_set(&any_of(EV_IO)->io, work.p[0], EV_READ);
    ev_stat_set(&any_of(EV_STAT)->stat, work.path, 0.);
    stat_init(&work.missing, "/nowhere/at/all");
    stat_init(&work.deep, work.longest);
    timer_init(&work.soon.timer, (char*)&work.missing_calls, count, -1., 0.);
    ev_periodic_init(&work.periodic.periodic, 0, 0., 0.001, 0);
    named(&work.periodic, (char*)&work.missing_calls, count);
    io_init(&work.writer.io, (char*)&work.missing_calls, count, work.p[1],
            EV_WRITE);
}

static void all_start(struct ev_loop* loop)
{
    for (int i = 0; i < kinds_count; ++i) kinds[i].start(loop, &work.any[i]);
    ev_stat_start(loop, &work.missing.stat);
    ev_stat_start(loop, &work.deep.stat);
    ev_timer_start(loop, &work.soon.timer);
    ev_periodic_start(loop, &work.periodic.periodic);
    ev_io_start(loop, &work.writer.io);
}

static void all_stop(struct ev_loop* loop)
{
    ev_io_stop(loop, &work.writer.io);
    ev_periodic_stop(loop, &work.periodic.periodic);
    ev_stat_stop(loop, &work.deep.stat);
    ev_stat_stop(loop, &work.missing.stat);
    for (int i = kinds_count; i-- > 0;) /* cleanup is called at the end */
        if (kind_holds(&kinds[i])) kinds[i].stop(loop, &work.any[i]);
}

/* Without inotify a change is seen after seconds only. */
static int stat_called(int times)
{
    return work.flags & EVFLAG_NOINOTIFY || calls_of(EV_STAT) >= times;
}

static int all_called(void)
{
    return calls_of(EV_IO) && calls_of(EV_SIGNAL) && calls_of(EV_CHILD)
        && calls_of(EV_ASYNC) && calls_of(EV_PREPARE) && calls_of(EV_CHECK)
        && calls_of(EV_IDLE) && stat_called(1);
}

static void* thread_runs(void* arg)
{
    struct ev_loop* loop = ev_default_loop(backend | work.flags);

    child_check(loop != NULL);
    all_start(loop);
    for (int i = 0; i < 3; ++i) turn(loop);
    child_check(write(work.fd, "x", 1) == 1);
    child_check(write(work.p[1], "x", 1) == 1);
    ev_async_send(loop, &any_of(EV_ASYNC)->async);
    gate_open(&work.gate);
    raise(SIGUSR1);
    while (!all_called()) turn(loop);
    unlink(work.path); /* its directory is watched from now on */
    while (!stat_called(2)) turn(loop);
    ev_loop_fork(loop);
    turn(loop);
    child_check(calls_of(EV_FORK) == 1);
    ev_suspend(loop);
    ev_resume(loop);
    ev_verify(loop);
    turn(loop);
    all_stop(loop);
    turn(loop);
    ev_loop_destroy(loop);
    child_check(calls_of(EV_CLEANUP) == 1);
    return arg;
}

static void work_end(void)
{
    gate_free(&work.gate);
    both_close(work.p);
    close(work.fd);
}

/* A stack of that size, and below it memory that is not accessible. */
static void stack_make(pthread_attr_t* attr)
{
    size_t guard = 65536;
    char* memory = mmap(NULL, guard + stack_size, PROT_NONE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    child_check(memory != MAP_FAILED);
    child_check(!mprotect(memory + guard, stack_size, PROT_READ | PROT_WRITE));
    pthread_attr_init(attr);
    child_check(!pthread_attr_setstack(attr, memory + guard, stack_size));
}

static void set_blocked(int signum)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signum);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

/* First on the large stack: the loader binds the symbols there. Without a
 * handler SIGCHLD would be lost in this thread, so it is blocked. */
static void child_runs(void* arg)
{
    pthread_attr_t attr;
    pthread_t thread;

    kinds_open();
    work_begin(*(unsigned*)arg);
    thread_runs(NULL);
    work_end();
    work_begin(*(unsigned*)arg);
    stack_make(&attr);
    if (work.flags & EVFLAG_SIGNALFD) set_blocked(SIGCHLD);
    child_check(!pthread_create(&thread, &attr, thread_runs, NULL));
    child_check(!pthread_join(thread, NULL));
    work_end();
}

static void stack_check(unsigned flags)
{
    /* the debug library and sanitizers need more */
    if (getenv("RELEV_DEBUG") || SANITIZED
        || (size_t)sysconf(_SC_THREAD_STACK_MIN) > stack_size)
        skip();
    assert_child_passes(child_fork(child_runs, &flags));
}

static void test_threads_smallest_stack_runs_every_kind(void** state)
{
    /* R4.7, A6: 16 KiB of stack are enough for an iteration with every kind of
     * watcher, ev_stat with inotify and paths that do not exist included. */
    (void)state;
    stack_check(0);
}

static void test_threads_smallest_stack_runs_signalfd(void** state)
{
    /* R4.7, A6: the same with a signalfd, and with EVFLAG_FORKCHECK. */
    (void)state;
    stack_check(EVFLAG_SIGNALFD | EVFLAG_FORKCHECK);
}

static void test_threads_smallest_stack_runs_without_inotify(void** state)
{
    /* R4.7, A6: the same without inotify and without a timerfd. */
    (void)state;
    stack_check(EVFLAG_NOINOTIFY | EVFLAG_NOTIMERFD);
}

static const Test tests[] = {
    EACH(test_threads_smallest_stack_runs_every_kind),
    EACH(test_threads_smallest_stack_runs_signalfd),
    EACH(test_threads_smallest_stack_runs_without_inotify),
};

HARNESS_MAIN("threads_stack", tests)
