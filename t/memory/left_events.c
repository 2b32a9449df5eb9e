/* An allocator that leaves an iteration by longjmp, as one does that has no
 * memory and gives up a task: at each allocation for the events that are queued
 * there. Nothing is lost: later iterations call each watcher, once. */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "clock.h"
#include "fds.h"
#include "forked.h"
#include "kinds.h"

enum {
    several = 9, /* a queue grows three times */
    started = 77 /* exit status: it was not left */
};

static jmp_buf out;
static int leave_in; /* allocations until it leaves; 0: it does not */
static long bytes;   /* that the library has */

static void* allocate(void* old, long size)
{
    long* block = old ? (long*)old - 2 : NULL;
    if (size && leave_in && !--leave_in) longjmp(out, 1);
    if (block) bytes -= *block;
    if (!size) {
        free(block);
        return NULL;
    }
    bytes += size;
    block = (long*)realloc(block, (size_t)size + 2 * sizeof *block);
    if (!block) abort();
    *block = size;
    return block + 2;
}

typedef struct Case {
    const char* name;
    char letter; /* of the kind */
    unsigned flags;
    int repeats, is_closed, is_shared, is_far;
    int leave_in;
} Case;

static const Case cases[] = {
    {.name = "io", .letter = 'I'},
    {.name = "io, one fd", .letter = 'I', .is_shared = 1},
    {.name = "io, closed", .letter = 'I', .is_closed = 1},
    {.name = "io, one closed fd",
     .letter = 'I',
     .is_closed = 1,
     .is_shared = 1},
    {.name = "io, refused", .letter = 'I', .is_far = 1},
    {.name = "timer", .letter = 'T'},
    {.name = "timer, repeating", .letter = 'T', .repeats = 1},
    {.name = "periodic", .letter = 'P'},
    {.name = "periodic, repeating", .letter = 'P', .repeats = 1},
    {.name = "signal", .letter = 'S'},
    {.name = "signalfd", .letter = 'S', .flags = EVFLAG_SIGNALFD},
    {.name = "child", .letter = 'K'},
    {.name = "stat", .letter = 'V', .flags = EVFLAG_NOINOTIFY},
    {.name = "stat, inotify", .letter = 'V'},
    {.name = "fork", .letter = 'F'},
    {.name = "async", .letter = 'A'},
};

static Case now;
static struct ev_loop* loop;
static Any w[several];
static int times[several];
static int read_end, far_fd = 30000;
static char path[40];

/* A wake-up, or a change of a path, is dispatched first: so it leaves later. */
static void count(EV_P_ ev_watcher* called, int revents)
{
    int error = now.is_closed || now.is_far ? EV_ERROR : 0;
    (void)EV_A;
    child_check(error ? revents & error
                      : revents == kind_of(now.letter)->type
                            || now.letter == 'I');
    ++times[(Any*)(void*)called - w];
}

static int signals;

static void signal_count(EV_P_ ev_signal* called, int revents)
{
    (void)EV_A, (void)called;
    child_check(revents == EV_SIGNAL);
    ++signals;
}

static void watcher_set(Any* any)
{
    int fd = now.is_shared ? read_end : now.is_far ? far_fd : dup(read_end);
    if (now.letter == 'I') ev_io_set(&any->io, fd, EV_READ);
    if (now.letter == 'T') ev_timer_set(&any->timer, 10., 1000. * now.repeats);
    if (now.letter == 'P')
        ev_periodic_set(&any->periodic, ev_now(loop) + 10., 1000. * now.repeats,
                        NULL);
    if (now.letter == 'K') ev_child_set(&any->child, 0, 0);
    if (now.letter == 'V') ev_stat_set(&any->stat, path, 5.);
}

static void begin(void)
{
    ev_set_allocator(allocate);
    clock_freeze();
    strcpy(path, "/tmp/memory_left.XXXXXX");
    close(mkstemp(path));
    kinds_open();
    read_end = kinds_pipe[0];
    loop = now.letter == 'K' ? loop_default(now.flags) : loop_new(now.flags);
    for (int i = 0; i < several; ++i) {
        kind_init(kind_of(now.letter), &w[i]);
        w[i].w.cb = count;
        watcher_set(&w[i]);
        ev_set_priority(&w[i].w, 1);
        kind_of(now.letter)->start(loop, &w[i]);
    }
    if (!now.is_closed && !now.is_far) turn(loop);
}

static void closes(void)
{
    for (int i = 0; i < several; ++i) close(w[i].io.fd);
}

/* What calls each of them. */
static void happens(void)
{
    if (now.is_closed) closes();
    else if (now.letter == 'I' && !now.is_far) byte_put(kinds_pipe[1]);
    if (strchr("TP", now.letter)) clock_advance(20.);
    if (now.letter == 'S') raise(SIGUSR1);
    if (now.letter == 'F') ev_loop_fork(loop);
    if (now.letter == 'V') child_check(!chmod(path, 0400));
    if (now.letter == 'V') clock_advance(20.);
    if (now.letter == 'K' && !fork()) _exit(0);
    for (int i = 0; now.letter == 'A' && i < several; ++i)
        ev_async_send(loop, &w[i].async);
}

/* True: an iteration was left. */
static int run_left(void)
{
    volatile int left = 0;
    leave_in = now.leave_in;
    if (setjmp(out)) left = 1;
    for (int i = left; i < 4; ++i) {
        int blocks = now.letter == 'K' && !times[0] && !left;
        ev_run(loop, blocks ? EVRUN_ONCE : EVRUN_NOWAIT);
    }
    leave_in = 0;
    return left;
}

static void child_leaves_run(void* unused)
{
    (void)unused;
    begin();
    memset(times, 0, sizeof times);
    happens();
    int left = run_left();
    if (now.letter == 'I' && !now.is_closed && !now.is_far)
        for (int i = 0; i < several; ++i) times[i] = !!times[i];
    for (int i = 0; i < several; ++i) child_check(times[i] == 1);
    ev_verify(loop);
    for (int i = 0; i < several; ++i) kind_of(now.letter)->stop(loop, &w[i]);
    ev_loop_destroy(loop);
    kinds_close();
    unlink(path);
    child_check(!bytes);
    _exit(left ? 0 : started);
}

static void (*child_leaves)(void*) = child_leaves_run;

static int case_fails(const Case* c)
{
    int status = 0;
    now = *c;
    for (now.leave_in = 1; !status; ++now.leave_in)
        status = child_status(child_fork(child_leaves, NULL));
    if (WIFEXITED(status) && WEXITSTATUS(status) == started) return 0;
    fprintf(stderr, "# %s, allocation %d: status %#x\n", c->name,
            now.leave_in - 1, status);
    return 1;
}

static void test_memory_run_left_loses_no_event(void** state)
{
    /* R4.3: each watcher is called once, of whichever kind. */
    int failed = 0;
    (void)state;
    child_leaves = child_leaves_run;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i)
        failed += case_fails(&cases[i]);
    assert_int_equal(failed, 0);
}

/* The watchers of a path and a signal, in a loop that replaces what belongs to
 * its parent. */
static void child_leaves_fork(void* unused)
{
    ev_signal signal;
    (void)unused;
    begin();
    ev_signal_init(&signal, signal_count, SIGUSR2);
    ev_signal_start(loop, &signal);
    turn(loop);
    memset(times, 0, sizeof times);
    child_check(!chmod(path, 0400));
    ev_loop_fork(loop);
    int left = run_left();
    for (int i = 0; i < several; ++i) child_check(times[i] == 1);
    child_check(!chmod(path, 0600));
    raise(SIGUSR2);
    turn(loop), turn(loop);
    for (int i = 0; i < several; ++i) child_check(times[i] == 2);
    child_check(signals == 1);
    ev_verify(loop);
    ev_loop_destroy(loop);
    unlink(path);
    _exit(left ? 0 : started);
}

static void test_memory_fork_left_is_made_again(void** state)
{
    /* R4.3: all descriptors are replaced and watched, in later iterations. */
    static const Case c = {
        .name = "fork", .letter = 'V', .flags = EVFLAG_SIGNALFD};
    (void)state;
    child_leaves = child_leaves_fork;
    assert_false(case_fails(&c));
}

/* Each allocation of a start on an fd that has a watcher is left. */
static void test_memory_start_left_on_an_fd_frees_all(void** state)
{
    /* R4.3: no memory is left behind. */
    Io io[2];
    volatile int nth = 0;
    (void)state;
    ev_set_allocator(allocate);
    kinds_open();
    long before = bytes;
    loop = loop_new(0);
    io_on(loop, &io[0], kinds_pipe[0], EV_READ);
    if (setjmp(out)) assert_false(ev_is_active(&io[1].w));
    leave_in = ++nth;
    io_on(loop, &io[1], kinds_pipe[0], EV_READ);
    assert_true(nth > 2);
    leave_in = 0;
    byte_put(kinds_pipe[1]);
    turn(loop);
    assert_int_equal(io[0].calls, 1);
    assert_int_equal(io[1].calls, 1);
    io_off(loop, &io[0]), io_off(loop, &io[1]);
    ev_loop_destroy(loop);
    assert_int_equal(bytes, before);
    kinds_close();
}

static const Test tests[] = {
    OURS(test_memory_run_left_loses_no_event),
    OURS(test_memory_fork_left_is_made_again),
    OURS(test_memory_start_left_on_an_fd_frees_all),
};

HARNESS_MAIN("memory_left_events", tests)
