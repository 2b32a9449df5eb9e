/* How a program runs: in rounds. In each everything happens once: what the
 * program starts, and what happens outside, before the iteration or while it
 * waits. The last round meets no exits: all must still work.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../faults/plan.h"
#include "leave.h"

/* The rounds. In the first all happens before the iteration, in the second
 * while the loop waits. In those after it only one fd is started. */
enum {
    round_of_wait = 1,
    round_of_file,
    round_of_writer,
    rounds = 5,
    burst_size = 3000
};

static int child_gate;     /* a child ends when this is closed */
static int handed_to = -1; /* another process's number for it */
static ev_timer burst[burst_size];

static void on_burst(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void put(const char* name)
{
    const Item* item = item_find(name);
    if (item && write(item->peer, "x", 1) != 1) abort();
}

static void restart(const char* name)
{
    Item* item = item_find(name);
    if (!item) return;
    item_start(item);
    ++item->owed;
}

/* Another file gets the number of one that was watched, perhaps for what was
 * not waited for before. */
static void reuse(const char* name, int events)
{
    Item* item = item_find(name);
    int ends[2];
    if (!item) return;
    item_stop(item);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends)) abort();
    if (dup2(ends[0], item->fd) != item->fd) abort();
    close(ends[0]), close(item->peer);
    item->peer = ends[1];
    ev_io_set(&item->u.io, item->fd, events);
    item_start(item);
}

/* A stopped fd that is ready must not wake the loop. "handed" goes to another
 * process, which holds it open. */
static void park(void)
{
    Item* item = item_find("parked");
    if (!item) return;
    if (world.round % 2) restart("parked");
    else put("parked"), item_stop(item);

    item = item_find("handed");
    put("handed");
    item_stop(item);
    if (handed_to >= 0) close(handed_to);
    handed_to = dup(item->fd);
    reuse("handed", EV_READ);
}

static void child_begin(void)
{
    Item* item = item_find("child");
    int gate[2];
    if (!item) return;
    if (pipe(gate)) abort();
    pid_t pid = (pid_t)fork();
    if (!pid) {
        close(gate[1]);
        syscall(SYS_read, gate[0], gate, 1);
        _exit(3);
    }
    close(gate[0]);
    child_gate = gate[1];
    item_stop(item);
    ev_child_set(&item->u.child, pid, 0);
    restart("child");
    item_owe("any child");
}

static Window window(Window armed)
{
    return world.round < rounds - 1 ? armed : window_none;
}

static int is_small(void)
{
    return world.round == round_of_file || world.round == round_of_writer;
}

/* Only one thing that nothing else wakes the loop for. */
static void starts_one(void)
{
    world.window = window_start;
    if (world.round == round_of_file) restart("file");
    else reuse("reused", EV_WRITE), item_owe("reused");
    world.window = window_none;
}

static void starts(void)
{
    Item* item;
    world.since = 0;
    if (is_small()) return starts_one();
    world.window = window(window_start);
    restart("writer"), restart("file"), restart("file reader");
    restart("inner writer"), restart("dead"), restart("timer");
    reuse("reused", world.round % 2 ? EV_READ : EV_WRITE);
    item_owe("reused");
    if (world.round % 2) put("reused");
    park();
    if ((item = item_find("put off"))) ev_timer_again(world.loop, &item->u.timer);
    if ((item = item_find("absolute"))) {
        ev_periodic_set(&item->u.periodic, ev_now(world.loop) + .5, 0., NULL);
        restart("absolute");
    }
    if ((item = item_find("into past"))) item_start(item);
    if ((item = item_find("once")))
        ev_once(world.loop, item->fd, EV_READ, 1e4, on_once, item);
    restart("idle");
    child_begin();
    if ((item = item_find("fed"))) {
        ev_feed_event(world.loop, &item->u, EV_CUSTOM);
        ++item->owed;
    }
    if (world.program.has & has_burst && !world.round)
        for (int i = 0; i < burst_size; ++i) {
            ev_timer_init(&burst[i], on_burst, .1, 0.);
            ev_timer_start(world.loop, &burst[i]);
        }
    world.window = window_none;
}

static void path_change(void)
{
    if (!item_find("path")) return;
    int fd = open("path", O_WRONLY | O_APPEND | O_CLOEXEC);
    if (fd < 0 || write(fd, "more", 4) != 4 || close(fd)) abort();
    if (world.round % 2) unlink("absent");
    else close(open("absent", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    item_owe("path"), item_owe("absent");
}

static void child_ends(void)
{
    siginfo_t info;
    if (!item_find("child")) return;
    close(child_gate);
    while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT) && errno == EINTR) {}
}

/* By other threads and processes. */
void outside(void)
{
    Item* item;
    put("reader"), put("inner reader");
    put("once"), item_owe("once");
    item_owe("reader"), item_owe("second reader"), item_owe("inner reader");
    /* libev 4.33 fails an assertion if a signal of a signalfd is fed. */
    int feeds = !world.is_reference || !(world.program.flags & EVFLAG_SIGNALFD);
    if (item_find("usr1")) kill(getpid(), SIGUSR1);
    if (item_find("usr2") && feeds) ev_feed_signal(SIGUSR2);
    else if (item_find("usr2")) kill(getpid(), SIGUSR2);
    item_owe("usr1"), item_owe("usr1 again"), item_owe("usr2");
    if ((item = item_find("async"))) ev_async_send(world.loop, &item->u.async);
    if ((item = item_find("other async")))
        ev_async_send(world.loop, &item->u.async);
    if ((item = item_find("inner async")))
        ev_async_send(world.inner, &item->u.async);
    item_owe("async"), item_owe("other async"), item_owe("inner async");
    path_change();
    child_ends();
    virtual_advance(.625);
    virtual_jump(1000); /* periodics are rescheduled */
}

static void outside_or_later(void)
{
    if (is_small()) return;
    world.window = window(window_start);
    if (world.round == round_of_wait) world.outside_waits = 1;
    else outside();
    world.window = window_none;
}

static void iterate(void)
{
    record("round %d, iteration %d\n", world.round, world.since);
    int waits = world.round == round_of_wait || is_small();
    ev_run(world.loop, waits ? EVRUN_ONCE : EVRUN_NOWAIT);
    world.broken = 0;
    if (world.continues) _exit(0);
    ev_verify(world.loop);
    state_record();
}

static int all_told(void)
{
    for (int i = 0; i < world.items_count; ++i)
        if (world.items[i].told < world.items[i].owed) return 0;
    return 1;
}

/* When calls fail, polling may do for being told. */
static void iterate_slowly(void)
{
    for (int i = 0; i < 20 && !all_told(); ++i) {
        virtual_advance(.3);
        iterate();
    }
}

static void iterations(void)
{
    if (is_small() && all_told()) return;
    world.window = window(window_run);
    while (world.since < settled) {
        ++world.since;
        iterate();
    }
    if (now.way == way_fail && result->left) iterate_slowly();
    for (int i = 0; i < 2 && item_find("idle") && !all_told(); ++i) iterate();
    world.window = window_none;
    if (world.outside_waits) {
        world.outside_waits = world.since = 0;
        outside();
        iterations();
    }
}

static int may_miss(const Item* item)
{
    int call = now.way == way_fail ? result->exits[now.k].kind : -1;
    if (now.may & may_starve) return 1;
    if (now.may & may_spin && item->kind == EV_IDLE) return 1;
    return call == call_lstat && item->kind == EV_STAT && world.round < rounds - 1;
}

static int may_repeat(const Item* item)
{
    int call = now.way == way_fail ? result->exits[now.k].kind : -1;
    if (item->is_free || (now.may && world.errors)) return 1;
    if (now.may & may_spin) return 1; /* taken for a regular file */
    return call == call_lstat && item->kind == EV_STAT;
}

static void check(void)
{
    for (int i = 0; i < world.items_count; ++i) {
        Item* item = &world.items[i];
        if (item->told < item->owed && !may_miss(item))
            wrong("'%s' is not told", item->name);
        if (item->told > item->owed && !may_repeat(item))
            wrong("'%s' is told %d times too often", item->name,
                  item->told - item->owed);
        item->told = item->owed = 0;
    }
}

static void on_guard(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    if (++*(int*)w->data == 8) ev_break(loop, EVBREAK_ALL);
}

/* Nothing happens for some seconds, but memory may be freed. */
static void quiet(void)
{
    static ev_timer guard;
    static int expired;
    expired = 0;
    if (is_small()) return;
    if (!ev_is_active(&guard)) {
        ev_timer_init(&guard, on_guard, .3, .3);
        guard.data = &expired;
        ev_timer_start(world.loop, &guard);
    }
    world.window = window(window_quiet);
    int iterations = (int)ev_iteration(world.loop);
    record("round %d, quiet\n", world.round);
    ev_run(world.loop, 0);
    world.broken = 0;
    world.window = window_none;
    if (world.continues) _exit(0);
    iterations = (int)ev_iteration(world.loop) - iterations;
    if (iterations > 60 && !(now.may & may_spin)) wrong("it spins when quiet");
    ev_timer_stop(world.loop, &guard);
    state_record();
}

static void end(void)
{
    world.window = window_stop;
    for (int i = 0; i < world.items_count; ++i)
        if (world.items[i].kind != EV_CLEANUP && world.items[i].kind != EV_CUSTOM)
            item_stop(&world.items[i]);
    item_owe("cleanup");
    world.window = window_destroy;
    ev_loop_destroy(world.loop);
    if (world.continues) _exit(0);
    if (world.inner) ev_loop_destroy(world.inner);
    if (world.continues) _exit(0);
    world.window = window_none;
    check();
    for (int i = 0; i < world.items_count; ++i)
        close(world.items[i].fd), close(world.items[i].peer);
    close(handed_to);
    if (fds_count() != world.fds)
        wrong("%d descriptors, %d before", fds_count(), world.fds);
    result->ended = 1;
}

static void (*const steps[])(void) = {starts, outside_or_later, iterations,
                                      check,  quiet,            check};

enum { round_steps = sizeof steps / sizeof *steps };

/* Also goes on where another thread, or control, left. */
static void* play_on(void* mask)
{
    if (mask) pthread_sigmask(SIG_SETMASK, mask, NULL);
    setjmp(world.jump);
    world.busy = 0;
    while (world.step < rounds * round_steps) {
        world.round = world.step / round_steps;
        steps[world.step % round_steps]();
        if (world.continues) _exit(0);
        ++world.step;
    }
    end();
    return NULL;
}

/* In a thread that is cancelled; then this one plays on. */
static void play_in_thread(void)
{
    sigset_t all, mask;
    pthread_t thread;
    void* value;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    if (pthread_create(&thread, NULL, play_on, &mask)) abort();
    pthread_join(thread, &value);
    if (value == PTHREAD_CANCELED) play_on(&world.mask);
}

static void files_make(void)
{
    unlink("absent"), unlink("file");
    close(open("path", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
}

void play(void)
{
    unsigned flags = now.backend | EVFLAG_NOENV;
    files_make();
    world.program = program_of(now.seed);
    if (world.is_reference) world.program.has &= ~(unsigned)has_mistakes;
    world.fds = fds_count();
    virtual_begin();
    exits_begin();
    flags |= world.program.flags;
    world.loop = world.program.has & has_default ? ev_default_loop(flags)
                                                 : ev_loop_new(flags);
    if (!world.loop) wrong("no loop");
    items_make();
    hooks_set();
    ev_run(world.loop, EVRUN_NOWAIT), ev_run(world.loop, EVRUN_NOWAIT);
    for (int i = 0; i < world.items_count; ++i) world.items[i].told = 0;
    state_record();
    if (now.way == way_cancel) play_in_thread();
    else play_on(NULL);
}
