/* Connections that are handed to another process: a dup, which stands for that
 * process, keeps the file open and in the kernel's set when the loop has
 * stopped its watcher and the program has closed its own number.
 */
#include <assert.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "growth.h"

static int *peers, *kept; /* clients; the other process's numbers */

static int more_fds(int most)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur / 2 < (rlim_t)most ? (int)limit.rlim_cur / 2 : most;
}

/* Others that the loop watches, which are never ready. */
static void others_start(World* world, int count)
{
    ev_io* others = calloc((size_t)count, sizeof *others);
    int fd = counter();
    assert(others);
    for (int i = 0; i < count; ++i) {
        ev_io_init(others + i, io_note, dup(fd), EV_READ);
        assert(others[i].fd >= 0);
        ev_io_start(world->loop, others + i);
    }
    turn(world);
}

static void connections_make(World* world)
{
    peers = calloc((size_t)world->n, sizeof *peers);
    kept = calloc((size_t)world->n, sizeof *kept);
    assert(peers && kept);
}

static void thousand_open(World* world)
{
    connections_make(world), others_start(world, more_fds(1000));
}

static void myriad_open(World* world)
{
    connections_make(world), others_start(world, more_fds(10000));
}

static void handed_init(World* world, Any* any, int i)
{
    int ends[2];
    (void)world;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) abort();
    peers[i] = ends[1];
    ev_io_init(&any->io, io_note, ends[0], EV_READ);
}

/* The client sends something, which the other process does not read yet. */
static void client_sends(int i)
{
    if (write(peers[i], "x", 1) != 1) _exit(3);
}

static void other_reads(int i)
{
    char c;
    if (read(kept[i], &c, 1) != 1) _exit(3);
}

/* An iteration is between the stop and the close. */
static void hand_over(World* world, int i)
{
    ev_io* io = &at(world, i)->io;
    kept[i] = dup(io->fd);
    if (kept[i] < 0) _exit(3);
    ev_io_stop(world->loop, io);
    turn(world);
    close(io->fd);
}

/* An fd that has an event before its number is closed is taken out of the
 * kernel's set: that costs the same however many others there are (R4.6). Of
 * one that has its first event later nobody can take it out: all others have to
 * be registered again, in a new set, as in libev. */

/* One after the other, as they are accepted. */
static void run_each(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        hand_over(world, i);
        turn(world);
        client_sends(i);
        turn(world), turn(world);
        other_reads(i);
    }
}

/* The other process receives nothing, and then closes it. */
static void run_each_silent(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        hand_over(world, i);
        turn(world), turn(world);
        close(kept[i]);
        turn(world);
    }
}

/* There is data before the number is closed, and later the client hangs up. */
static void run_each_hung_up(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        ev_io_stop(world->loop, &at(world, i)->io);
        client_sends(i);
        turn(world);
        hand_over(world, i);
        turn(world);
        other_reads(i);
        close(peers[i]);
        turn(world), turn(world);
    }
}

/* Without an iteration in between. */
static void run_each_at_once(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        ev_io* io = &at(world, i)->io;
        kept[i] = dup(io->fd);
        ev_io_stop(world->loop, io);
        close(io->fd);
        client_sends(i);
        turn(world), turn(world);
        other_reads(i);
    }
}

/* The number is the next connection's at once. */
static void run_each_reused(World* world)
{
    for (int i = 0; i < world->n; ++i) {
        ev_io* io = &at(world, i)->io;
        int fd = io->fd;
        hand_over(world, i);
        if (counter() != fd) _exit(4);
        ev_io_set(io, fd, EV_READ);
        ev_io_start(world->loop, io);
        turn(world);
        client_sends(i);
        turn(world), turn(world);
        other_reads(i);
    }
}

/* All of them have data that nobody reads, while the loop waits. */
static unsigned waits;

static void end_note(EV_P_ ev_timer* w, int events)
{
    (void)EV_A, (void)w, (void)events;
}

static void run_together(World* world)
{
    ev_timer end;
    for (int i = 0; i < world->n; ++i) hand_over(world, i);
    turn(world);
    for (int i = 0; i < world->n; ++i) client_sends(i);
    ev_timer_init(&end, end_note, 100., 0.);
    ev_timer_start(world->loop, &end);
    waits = ev_iteration(world->loop);
    for (int i = 0; i < 4 * world->n && ev_is_active(&end); ++i)
        ev_run(world->loop, EVRUN_ONCE);
    waits = ev_iteration(world->loop) - waits;
    if (ev_is_active(&end)) waits = (unsigned)(4 * world->n);
}

/* Each woke it once at most. */
static int few_waits(const World* world)
{
    return waits <= (unsigned)world->n + 3;
}

#define ROW(name, sort, open, traits)                                       \
    {                                                                       \
        name, sort, open, handed_init, io_on, io_off, NULL, NULL, 0, traits \
    }

const Operand operands_handed[] = {
    ROW("io_handed_1k", of_handed | of_handed_at_once, thousand_open, quarter),
    ROW("io_handed_10k", of_handed, myriad_open, quarter | alike),
    {0},
};

const Operation operations_handed[] = {
    {"each", of_handed_at_once, started, run_each, none_called},
    {"each_silent", of_handed, started, run_each_silent, none_called},
    {"each_hung_up", of_handed, started, run_each_hung_up, none_called},
    {"each_at_once", of_handed_at_once, started, run_each_at_once, none_called},
    {"each_reused", of_handed_at_once, started, run_each_reused, none_called},
    {"together", of_handed_at_once, started, run_together, few_waits},
    {0},
};
