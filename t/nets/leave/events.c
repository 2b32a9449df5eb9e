/* What happens in a round: what the program starts, and what other threads and
 * processes do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../faults/plan.h"
#include "leave.h"

enum { burst_size = 3000, crowd_size = 700 };

static int child_gate; /* a child ends when this is closed */
static pid_t child_pid;
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
    if (now.seed % 3 == 0 && relev_fd_forget)
        relev_fd_forget(world.loop, item->fd);
    else item_stop(item);
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
    if (world.handed_to >= 0) close(world.handed_to);
    world.handed_to = dup(item->fd);
    reuse("handed", item->u.io.events & ~EV__IOFDSET);
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
    child_pid = pid;
    item_stop(item);
    ev_child_set(&item->u.child, pid, 0);
    item_start(item);
    /* Another loop than the default one refuses it without a pidfd. */
    int may_refuse = now.way == way_fail && !(world.program.has & has_default);
    item->owed += ev_is_active(&item->u.child) || !may_refuse;
    item_owe("any child");
}

Window window(Window armed)
{
    return world.round < rounds - 1 ? armed : window_none;
}

int round_is_small(void)
{
    return world.round == round_of_file || world.round == round_of_writer;
}

/* Many are started and stopped, which needs no memory. Signals and paths are
 * left out: they cost too much. */
static void crowd_come_and_go(int kind, int fd)
{
    static Item crowd[crowd_size];
    for (int i = 0; i < crowd_size; ++i) {
        Item* item = &crowd[i];
        *item = (Item){.name = "crowd", .kind = kind};
        ev_init(&item->u.w, on_event);
        if (kind == EV_IO) ev_io_set(&item->u.io, fd, EV_READ);
        if (kind == EV_TIMER) ev_timer_set(&item->u.timer, i, 0.);
        if (kind == EV_PERIODIC)
            ev_periodic_set(&item->u.periodic, 1e10 + i, 0., NULL);
        if (kind == EV_CHILD) ev_child_set(&item->u.child, 1 << 24 | i, 0);
        item_start(item);
    }
    world.window = window_stop;
    for (int i = 0; i < crowd_size; ++i) item_stop(&crowd[i]);
    world.window = window_none;
}

/* Memory for many, which is freed when the loop is quiet. */
static void burst_begin(void)
{
    static const int kinds[] = {EV_IO,      EV_TIMER, EV_PERIODIC,
                                EV_PREPARE, EV_CHECK, EV_ASYNC,
                                EV_IDLE,    EV_FORK,  EV_CHILD};
    int ends[2];
    int count = sizeof kinds / sizeof *kinds - !item_find("child");
    world.window = window_none;
    if (pipe(ends)) abort();
    for (int i = 0; i < count; ++i) crowd_come_and_go(kinds[i], ends[0]);
    close(ends[0]), close(ends[1]);
    for (int i = 0; i < burst_size; ++i) {
        ev_timer_init(&burst[i], on_burst, .1, 0.);
        ev_timer_start(world.loop, &burst[i]);
    }
}

/* Its number is another file's from now on, which cannot be written to. */
static void blocked_reuse(int events)
{
    char bytes[4096] = "";
    reuse("blocked", events);
    while (write(item_find("blocked")->fd, bytes, sizeof bytes) > 0) {}
}

static int blocked_waits(int events)
{
    const Item* item = item_find("blocked");
    return item && ev_is_active(&item->u.w) && item->u.io.events & events;
}

/* The library may remember that it tried to write. */
void blocked_read(void)
{
    if (blocked_waits(EV_WRITE)) blocked_reuse(EV_READ);
}

static void blocked_end(void)
{
    blocked_read();
    if (blocked_waits(EV_READ)) put("blocked"), item_owe("blocked");
}

/* Only one thing that nothing else wakes the loop for. The clock has jumped, so
 * periodics are rescheduled before the wait. */
static void starts_one(void)
{
    virtual_advance(outside_takes);
    virtual_jump(1000);
    world.window = window_start;
    if (world.round == round_of_file) restart("file");
    else reuse("reused", EV_WRITE), item_owe("reused");
    if (item_find("blocked") && !blocked_waits(EV_READ | EV_WRITE))
        blocked_reuse(EV_WRITE);
    world.window = window_none;
}

void starts(void)
{
    Item* item;
    world.since = 0;
    if (round_is_small()) return starts_one();
    world.window = window(window_start);
    if (world.round == round_of_wait && world.program.has & has_renewal)
        ev_loop_fork(world.loop);
    restart("writer"), restart("file"), restart("file reader");
    restart("inner writer"), restart("dead"), restart("timer");
    restart("nesting");
    reuse("reused", world.round % 2 ? EV_READ : EV_WRITE);
    item_owe("reused");
    if (world.round % 2) put("reused");
    blocked_end();
    park();
    if ((item = item_find("put off")))
        ev_timer_again(world.loop, &item->u.timer);
    if ((item = item_find("after")) && relev_timer_after) {
        relev_timer_after(world.loop, &item->u.timer, .5);
        ++item->owed;
    }
    if ((item = item_find("absolute"))) {
        ev_periodic_set(&item->u.periodic, ev_now(world.loop) + .5, 0., NULL);
        restart("absolute");
    }
    if ((item = item_find("into past"))) item_start(item);
    if ((item = item_find("once")))
        ev_once(world.loop, item->fd, EV_READ, 1e4, on_once, item);
    restart("idle");
    tasks_open();
    shared_start();
    child_begin();
    if ((item = item_find("fed"))) {
        ev_feed_event(world.loop, &item->u, EV_CUSTOM);
        ++item->owed;
    }
    if (world.program.has & has_burst && !world.round) burst_begin();
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
    while (waitid(P_PID, (id_t)child_pid, &info, WEXITED | WNOWAIT)
           && errno == EINTR) {}
}

/* By other threads and processes. */
void outside(void)
{
    Item* item;
    record("outside\n");
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
    tasks_post();
    shared_owe();
    path_change();
    child_ends();
    virtual_advance(outside_takes);
    virtual_jump(1000); /* periodics are rescheduled */
}

void outside_or_later(void)
{
    if (round_is_small()) return;
    world.window = window(window_start);
    if (world.round == round_of_wait) world.outside_waits = 1;
    else outside();
    world.window = window_none;
}
