/* The stage: loops, watchers, the two threads. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "relev.h"
#include "steps.h"

Shared* shared;
struct ev_loop *loop, *second, *ear;
ev_async async, other;
ev_signal signal_first, signal_second;
volatile int calls[call_kinds];
const Function* function;
const Action* action;
unsigned backend;

enum { page = 4096, decoys_most = 4 };

static ev_io command_io;
static int command_fd, answer_fd;
static int decoy_fds[decoys_most], decoys_open;
static int before;  /* events before those that are counted */
static int had;     /* when the action began */
static int settled; /* after all */

void wrong(const char* format, ...)
{
    if (shared->wrong[0]) return;
    va_list more;
    va_start(more, format);
    vsnprintf(shared->wrong, sizeof shared->wrong, format, more);
    va_end(more);
}

/* Each block has pages of its own, which nobody can touch once it is freed.
 * The first of them has its size. */
static void* block_resize(void* old, long size)
{
    char* block = NULL;
    size_t had = old ? *(size_t*)((char*)old - page) : 0;
    size_t wanted = (size_t)size;

    if (size) {
        block = mmap(NULL, wanted + page, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED) return NULL;
        *(size_t*)block = wanted;
        block += page;
        if (old) memcpy(block, old, had < wanted ? had : wanted);
    }
    if (old) mprotect((char*)old - page, had + page, PROT_NONE);
    return block;
}

/* What goes wrong is seen otherwise. */
static void syserr_ignore(const char* what) { (void)what; }

static void count(ev_watcher* w, int kind)
{
    ++calls[kind];
    if (!ev_is_active(w)) wrong("a stopped watcher was called");
}

static void async_called(struct ev_loop* l, ev_async* w, int revents)
{
    (void)l, (void)revents;
    count((ev_watcher*)w, w == &other ? call_other : call_async);
}

static void signal_called(struct ev_loop* l, ev_signal* w, int revents)
{
    (void)l, (void)revents;
    count((ev_watcher*)w, call_signal);
}

/* The command itself is read once the loop has been left. */
static void command_ready(struct ev_loop* l, ev_io* w, int revents)
{
    (void)l, (void)w, (void)revents;
}

static void send_async(void) { ev_async_send(loop, &async); }
static void send_feed(void) { ev_feed_signal(signum); }

static void send_kill(void)
{
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signum);
}

const Source by_send = {call_async, send_async};
const Source by_feed = {call_signal, send_feed};
const Source by_kill = {call_signal, send_kill};

static void own_handler(int number)
{
    (void)number;
    if (is_task()) by_post.send();
    else ev_async_send(loop, &async);
}

const Source* source(void)
{
    return function->source ? function->source : action->source;
}

int heard(void) { return calls[source()->kind]; }

void look(void)
{
    if (loop) ev_run(loop, EVRUN_NOWAIT);
    ev_run(second, EVRUN_NOWAIT);
}

void decoys(void)
{
    while (decoys_open < decoys_most)
        decoy_fds[decoys_open++] = eventfd(0, EFD_NONBLOCK);
}

static void decoys_check(void)
{
    uint64_t bytes;
    for (int i = 0; i < decoys_open; ++i)
        if (read(decoy_fds[i], &bytes, sizeof bytes) > 0)
            wrong("written to a file that was opened after the destruction");
}

void check_one(void)
{
    int had = heard();
    source()->send();
    look();
    if (heard() != had + 1)
        wrong("a later event was heard %d times", heard() - had);
}

static char state_of(pid_t pid, pid_t tid)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    text[got > 0 ? got : 0] = '\0';
    char* end = strrchr(text, ')');
    return end ? end[2] : '?';
}

int blocked(pid_t pid, pid_t tid) { return state_of(pid, tid) == 'S'; }

/* A thread that was woken is not in this state any more, also if it has not run
 * yet. So this does not depend on how fast the machine is. */
int blocked_for_good(pid_t pid, pid_t tid)
{
    const struct timespec moment = {0, 1000000};
    for (int i = 0; i < 10; ++i) {
        if (!blocked(pid, tid)) return 0;
        nanosleep(&moment, NULL);
    }
    return 1;
}

static void stage_set(void)
{
    struct sigaction own = {.sa_handler = own_handler};
    unsigned flags = backend | EVFLAG_NOENV;

    ev_set_allocator(block_resize);
    ev_set_syserr_cb(syserr_ignore);
    loop = ear = ev_loop_new(flags);
    second = ev_loop_new(flags);
    if (!loop || !second) abort();
    sigaction(signum_own, &own, NULL);
    ev_async_init(&async, async_called);
    ev_async_init(&other, async_called);
    ev_signal_init(&signal_first, signal_called, signum);
    ev_signal_init(&signal_second, signal_called, signum);
    ev_io_init(&command_io, command_ready, command_fd, EV_READ);
    ev_async_start(loop, &async);
    ev_async_start(loop, &other);
    ev_signal_start(loop, &signal_first);
    if (relev_post_open(loop)) abort();
    if (function->what & all_senders) ev_io_start(loop, &command_io);
    look();
}

void __attribute__((noinline)) walk_over(void) { __asm__ volatile(""); }

/* The driver lets it run, or not, at each SIGSTOP. */
static void* walk(void* unused)
{
    (void)unused;
    shared->walker = (pid_t)syscall(SYS_gettid);
    if (function->prepare) function->prepare();
    if (ptrace(PTRACE_TRACEME, 0, 0, 0)) wrong("ptrace: %s", strerror(errno));
    raise(SIGSTOP);
    function->call();
    walk_over();
    raise(SIGSTOP);
    source()->send();
    raise(SIGSTOP);
    for (;;) pause();
    return NULL;
}

static void wait_for_one(void)
{
    shared->waiting = 1;
    ev_run(ear, EVRUN_ONCE);
    shared->waiting = 0;
}

static void act(void)
{
    had = heard();
    if (!function->source) before = had;
    action->act();
}

/* What the action and the call had to lead to; then more events of each kind
 * must be heard. */
static void judge(void)
{
    look();
    int n = heard() - before;
    int most = action->most ? action->most + function->before : had;
    if (n < action->least) wrong("an event was lost");
    if (heard() > most) wrong("%d events heard, not %d", heard(), most);
    if (action->after) action->after();
    look();
    if (heard() - before != n) wrong("an event was heard that nobody sent");
    check_one();
    if (loop) {
        ev_async_send(loop, &other);
        look();
        if (!calls[call_other]) wrong("the other watcher is deaf");
    }
    decoys_check();
    settled = heard();
}

static void judge_end(void)
{
    look();
    if (heard() != settled + 1)
        wrong("the last event was heard %d times", heard() - settled);
}

static void obey(char command)
{
    if (command == do_wait) wait_for_one();
    if (command == do_act) act();
    if (command == do_judge) judge();
    if (command == do_end) judge_end();
    if (write(answer_fd, &command, 1) != 1) abort();
}

void stage_play(int commands, int answers)
{
    pthread_t thread;
    char command;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    command_fd = commands, answer_fd = answers;
    stage_set();
    if (pthread_create(&thread, NULL, walk, NULL)) abort();
    while (read(commands, &command, 1) == 1) obey(command);
    _exit(0);
}
