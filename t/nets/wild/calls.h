/* What the loop calls: the watchers' callbacks and the hooks. */
#ifndef WILD_CALLS_H_
#define WILD_CALLS_H_

#include <sys/stat.h>

#include "kernel.h"
#include "outside.h"

/* Files that exist for ev_stat only; and a real one, for inotify. */
enum { file_count = 3, real_file = 2 };
static int file_sizes[file_count];
static const char* file_names[file_count] = {"./first", "./second", "./third"};

/* While it is open, the kernel keeps what inotify knows of it, though a child
 * unlinks it. */
static int file_hold(void)
{
    rlim_t old = limit_set(limit_high);
    int fd = open(file_names[real_file], O_RDONLY | O_CLOEXEC);
    int held = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, slot_copy(slot_count));
    close(fd);
    limit_set(old);
    return held;
}

static void file_write(int size)
{
    rlim_t old = limit_set(limit_high);
    int fd = open(file_names[real_file], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (size < 1) unlink(file_names[real_file]);
    else if (ftruncate(fd, size)) abort();
    close(fd);
    limit_set(old);
}

#include "../diff/files.h"

/* The next part of a cell's script. */
static void script_run(Cell* c)
{
    int now = c->played++;
    if (now >= c->length || world.ending) return;
    ++world.nesting;
    for (int i = 0; i < c->script[now].count; ++i)
        op_run(&c->script[now].ops[i]);
    --world.nesting;
}

static void cell_stop(Cell* c);

static int is_on_file(const Cell* c)
{
    int s = c->kind == 'I' ? slot_of_fd(c->u->io.fd) : -1;
    return s >= 0 && slots[s].kind == plain_file;
}

/* 4.33 does not report asyncs, and with epoll regular files, in an iteration
 * whose wait ended with a signal. Nor does it report writers, which ours may
 * ask for before the wait. */
static int is_late(const Cell* c)
{
    int writes = c->kind == 'I' && c->u->io.events & EV_WRITE;
    return c->kind == 'A'
        || (world.backend >= EVBACKEND_EPOLL && (is_on_file(c) || writes));
}

/* No rule says when it is called, if at all. Another file has its number; or it
 * is a timer, set while it was put off; or a signal ended a wait. Of what
 * inotify reports before a fork 4.33 tells the parent only, ours the child,
 * too.
 */
static int is_free(const Cell* c)
{
    int inotify = world.flags[loop_flags] & loop_inotify;
    if (c->kind == 'V' && inotify && world.in_child) return 1;
    if (world.wait_failed && (c->late || is_late(c))) return 1;
    return strchr("TI", c->kind) && c->tainted;
}

/* Reads what made it ready, as programs do. */
static void io_serve(Cell* c, int revents)
{
    c->served |= c->served == 0;
    if (revents & EV_READ && !(revents & EV_ERROR) && !c->lazy
        && slot_of_fd(c->u->io.fd) >= 0)
        fd_drain(c->u->io.fd);
}

static void on_event(struct ev_loop* loop, ev_watcher* w, int revents)
{
    Cell* c = (Cell*)w->data;
    world.idle_waits = 0;
    world.called |= !strchr("RCDFE", c->kind);
    if (&c->u->w != w) wrong("calls a watcher that is gone");
    if (c->stopped && !world.mistaken)
        wrong("calls %c%d, which was stopped", c->kind, c->index);
    if (loop != loop_of(c) && !world.mistaken)
        wrong("calls %c%d in another loop", c->kind, c->index);
    say_line();
    say("%c%d %x at %d%s", c->kind, c->index, (unsigned)revents, (int)ticks(),
        is_free(c) ? " or not" : "");
    c->owed = c->put_off = 0;
    if (c->kind == 'I') io_serve(c, revents);
    if (c->kind == 'E') ev_embed_sweep(loop, &c->u->embed);
    if (++c->calls >= calls_most && !strchr("RCF", c->kind)) cell_stop(c);
    script_run(c);
}

static void on_embed(struct ev_loop* loop, ev_embed* w, int revents)
{
    on_event(loop, (ev_watcher*)w, revents);
}

/* Of the kinds of periodics; the last breaks the rules from its second time. */
enum { absolute, at_intervals, by_callback, into_past, periodic_sorts };

static ev_tstamp on_reschedule(ev_periodic* w, ev_tstamp now)
{
    Cell* c = (Cell*)w->data;
    if (c->tag < 0 && c->calls++) return now - 1;
    return now + steps(abs(c->tag) + 1) + steps(c->index + 5) / 10;
}

static void on_release(struct ev_loop* loop) { (void)loop; }

static void on_acquire(struct ev_loop* loop) { (void)loop; }

/* No program can mend what a wait complains of. */
static int is_of_wait(const char* what)
{
    return !strcmp(what, "(libev) poll") || !strcmp(what, "(libev) select")
        || !strcmp(what, "(libev) epoll_wait");
}

/* The way out of a failure is documented: mend it, and return. */
static void on_syserr(const char* what)
{
    int mistake = errno == EINVAL, is_short = !mistake && none_free();
    if (is_of_wait(what)) wrong("told %s", what);
    say_line(), say("told %s%s",
                    mistake    ? "a mistake: "
                    : is_short ? "a shortage: "
                               : "",
                    what);
    if (++world.idle_waits > idle_waits_most && !world.mistaken) wrong("spins");
    if (!mistake) limit_raise();
    if (mistake && world.flags[on_failure] == how_jump && world.may_jump)
        siglongjmp(world.jump, 1);
}

static void on_guard(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)revents;
    world.called = 1;
    say_line(), say("guard at %d", (int)ticks());
    if (w->data) ev_break(loop, EVBREAK_ONE);
}

/* The program's own handler. */
static void on_signal(int signum)
{
    (void)signum;
    ++outside.interrupts;
    world.interrupted = 1;
}

#endif
