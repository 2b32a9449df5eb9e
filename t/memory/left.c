/* An allocator that leaves a start by longjmp, as one does that has no memory
 * and gives up a task: at each allocation of each start. The watcher is not
 * active then, or it is and works, and nothing else has changed. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/stat.h>

#include "clock.h"
#include "fds.h"
#include "forked.h"
#include "kinds.h"

/* So many of the kind are active before. With 1, 5, 8, 13 or 16 an array is
 * full. */
static const int others[] = {0, 1, 5, 8, 13, 16};
enum { others_most = 16, started = 77 /* exit status: it was not left */ };

static jmp_buf out;
static int leave_in; /* allocations until it leaves; 0: it does not */

static void* allocate(void* old, long size)
{
    if (!size) {
        free(old);
        return NULL;
    }
    if (leave_in && !--leave_in) longjmp(out, 1);
    return realloc(old, (size_t)size);
}

typedef struct Case {
    const Kind* kind;
    unsigned flags;
    int others, leave_in;
    int shared; /* watchers of one fd */
} Case;

static Case now;
static struct ev_loop* loop;
static Any other[others_most], tested;
static Io inside; /* in the embedded loop */
static char path[40];
static int times;

static void silent(EV_P_ ev_watcher* w, int revents)
{
    (void)EV_A, (void)w, (void)revents;
}

static void count(EV_P_ ev_watcher* w, int revents)
{
    (void)EV_A, (void)w;
    child_check(revents == now.kind->type);
    ++times;
}

static void watcher_init(Any* any, Callback cb)
{
    int type = now.kind->type;
    kind_init(now.kind, any);
    any->w.cb = cb;
    if (type == EV_IO && !now.shared)
        ev_io_set(&any->io, dup(kinds_pipe[0]), EV_READ);
    if (type == EV_STAT) ev_stat_set(&any->stat, path, 0.);
    if (type == EV_CHILD) ev_child_set(&any->child, 0, 0);
    if (cb == count) return;
    if (type == EV_TIMER) ev_timer_set(&any->timer, 1e6, 0.);
    if (type == EV_PERIODIC) ev_periodic_set(&any->periodic, 1e12, 0., 0);
}

static void path_new(void)
{
    strcpy(path, "/tmp/memory_left.XXXXXX");
    int fd = mkstemp(path);
    child_check(fd >= 0);
    close(fd);
}

static void begin(void)
{
    ev_set_allocator(allocate);
    clock_freeze();
    path_new();
    kinds_open();
    if (now.kind->type == EV_EMBED)
        io_on(kinds_embedded, &inside, kinds_pipe[0], EV_READ);
    int child = now.kind->type == EV_CHILD;
    loop = child ? loop_default(now.flags) : loop_new(now.flags);
    for (int i = 0; i < now.others; ++i) {
        watcher_init(&other[i], silent);
        now.kind->start(loop, &other[i]);
    }
    watcher_init(&tested, count);
}

/* True: the start was left. */
static int start_left(void)
{
    volatile int left = 0;
    leave_in = now.leave_in;
    if (setjmp(out)) left = 1;
    else now.kind->start(loop, &tested);
    leave_in = 0;
    return left;
}

static void* send_later(void* unused)
{
    const struct timespec moment = {0, 10000000};
    nanosleep(&moment, NULL);
    ev_async_send(loop, &tested.async);
    return unused;
}

/* Calls the watcher once. */
static void called(void)
{
    int type = now.kind->type;
    pthread_t sender;
    times = 0;
    if (type == EV_IO || type == EV_EMBED) byte_put(kinds_pipe[1]);
    if (type == EV_TIMER || type == EV_PERIODIC) clock_advance(200.);
    if (type == EV_SIGNAL) raise(SIGUSR1);
    if (type == EV_CHILD && !fork()) _exit(0);
    if (type == EV_STAT) child_check(!chmod(path, 0400));
    if (type == EV_FORK) ev_loop_fork(loop);
    if (type == EV_ASYNC)
        child_check(!pthread_create(&sender, NULL, send_later, NULL));
    int waits = type == EV_ASYNC || type == EV_CHILD;
    for (int i = 0; i < 3 && !times; ++i)
        if (waits) child_check(run_once(loop));
        else turn(loop);
    if (type == EV_ASYNC) pthread_join(sender, NULL);
    child_check(times == 1);
}

static void end(int left)
{
    if (now.kind->type != EV_CLEANUP) called();
    times = 0;
    if (now.kind->type == EV_CLEANUP) ev_loop_destroy(loop);
    else now.kind->stop(loop, &tested);
    child_check(times == (now.kind->type == EV_CLEANUP));
    unlink(path);
    _exit(left ? 0 : started);
}

static void child_leaves_start(void* unused)
{
    int references = now.kind->type == EV_EMBED ? 4 : 1;
    (void)unused;
    begin();
    int before = turn(loop);
    int left = start_left();
    child_check(left != ev_is_active(&tested.w));
    if (left) child_check(turn(loop) == before);
    ev_verify(loop);
    now.kind->start(loop, &tested);
    child_check(ev_is_active(&tested.w));
    ev_verify(loop);
    child_check(turn(loop) == before + references * kind_holds(now.kind));
    end(left);
}

static void (*child_leaves)(void*) = child_leaves_start;

/* At each allocation. False: it fails at one. */
static int case_passes(void)
{
    int status = 0;
    for (now.leave_in = 1; !status; ++now.leave_in)
        status = child_status(child_fork(child_leaves, NULL));
    if (WIFEXITED(status) && WEXITSTATUS(status) == started) return 1;
    fprintf(stderr, "# %s, %d others, allocation %d: status %#x\n",
            now.kind->name, now.others, now.leave_in - 1, status);
    return 0;
}

static int kind_fails(int kind, unsigned flags, int shared)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i) {
        now = (Case){&kinds[kind], flags, others[i], 0, shared};
        failed += !case_passes();
    }
    return failed;
}

static void test_memory_start_left_changes_nothing(void** state)
{
    /* Issue 18, R4.3: of each kind. 4.33 counts a watcher first, and then has
     * no room for it. */
    int failed = 0;
    (void)state;
    for (int kind = 0; kind < kinds_count; ++kind)
        failed += kind_fails(kind, 0, 0);
    assert_int_equal(failed, 0);
}

static void test_memory_start_left_of_a_shared_fd_changes_nothing(void** state)
{
    /* Issue 18, R4.3: the watchers of one fd are in a list. */
    (void)state;
    assert_int_equal(kinds[0].type, EV_IO);
    assert_int_equal(kind_fails(0, 0, 1), 0);
}

static void test_memory_start_left_with_a_signalfd_changes_nothing(void** state)
{
    /* Issue 18, R4.3: the first signal opens it. */
    int failed = 0;
    (void)state;
    for (int kind = 0; kind < kinds_count; ++kind)
        if (kinds[kind].type == EV_SIGNAL)
            failed += kind_fails(kind, EVFLAG_SIGNALFD, 0);
    assert_int_equal(failed, 0);
}

static void once_called(int revents, void* arg)
{
    (void)arg;
    child_check(revents == EV_READ);
    ++times;
}

static void child_leaves_once(void* unused)
{
    volatile int left = 0;
    (void)unused;
    begin();
    int before = turn(loop), fd = dup(kinds_pipe[0]);
    leave_in = now.leave_in;
    if (setjmp(out)) left = 1;
    else ev_once(loop, fd, EV_READ, 50., once_called, NULL);
    leave_in = 0;
    child_check(turn(loop) == before + 2 * !left);
    ev_verify(loop);
    if (left) ev_once(loop, fd, EV_READ, 50., once_called, NULL);
    child_check(turn(loop) == before + 2);
    byte_put(kinds_pipe[1]);
    turn(loop);
    clock_advance(100.);
    child_check(turn(loop) == before);
    child_check(times == 1);
    ev_verify(loop);
    ev_loop_destroy(loop);
    unlink(path);
    _exit(left ? 0 : started);
}

static void test_memory_once_left_changes_nothing(void** state)
{
    /* Issue 18, R4.3: neither the descriptor nor the time is watched. */
    (void)state;
    child_leaves = child_leaves_once;
    int timer = 0;
    while (kinds[timer].type != EV_TIMER) ++timer;
    assert_int_equal(kind_fails(timer, 0, 0), 0);
    child_leaves = child_leaves_start;
}

static const Test tests[] = {
    OURS(test_memory_start_left_changes_nothing),
    OURS(test_memory_start_left_of_a_shared_fd_changes_nothing),
    OURS(test_memory_start_left_with_a_signalfd_changes_nothing),
    OURS(test_memory_once_left_changes_nothing),
};

HARNESS_MAIN("memory_left", tests)
