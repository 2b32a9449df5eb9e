/* Broken programs (issue 19, B): each is found, with the text of its case. */
#include "table.h"

#define IO "ev_io 0x.* \\(callback .*\\), fd [0-9]*: "

/* B9: a watched descriptor is closed, and its number given to a file of the
 * same kind. */
static void reuse(int first, int again(void))
{
    ev_io io;
    ev_io_init(&io, on_io, first, EV_READ);
    ev_io_start(loop, &io);
    ev_run(loop, EVRUN_NOWAIT);
    close(first);
    MUST(again() == first);
    run(loop);
}

static int new_eventfd(void) { return eventfd(0, 0); }
static int new_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, 0); }

static int other_end; /* of a pipe or a pair of sockets */
static int dup_of_other(void) { return dup(other_end); }

static void reused_eventfd(void) { reuse(new_eventfd(), new_eventfd); }
static void reused_timerfd(void) { reuse(new_timerfd(), new_timerfd); }

/* The same inode: only epoll can tell. */
static void reused_pipe(void)
{
    int fds[2];
    MUST(!pipe(fds));
    other_end = fds[1];
    reuse(fds[0], dup_of_other);
}

static int new_terminal(void) { return open("/dev/ptmx", O_RDWR | O_NOCTTY); }
static void reused_path(void) { reuse(new_terminal(), new_terminal); }

/* The file stays open elsewhere, so epoll goes on reporting it. */
static void reused_dup(void)
{
    int first = new_eventfd();
    MUST(dup(first) >= 0);
    reuse(first, new_eventfd);
}

static const struct entry all[] = {
    {"reused_eventfd", reused_eventfd, 0,
     IO "closed while watched; the number is now of anon_inode:\\[eventfd\\].*"},
    {"reused_timerfd", reused_timerfd, 0,
     IO "closed while watched; the number is now of anon_inode:\\[timerfd\\].*"},
    {"reused_pipe", reused_pipe, 0,
     IO "closed while watched; the number is now of pipe.*"},
    {"reused_path", reused_path, 0,
     IO "closed while watched; the number is now of /dev/p.*"},
    {"reused_dup", reused_dup, 0,
     IO "closed while watched; the number is now of anon_inode.*"},
};

int main(int argc, char** argv)
{
    (void)argc;
    return table(all, sizeof all / sizeof *all, argv);
}
