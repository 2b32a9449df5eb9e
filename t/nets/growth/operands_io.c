/* Watchers of descriptors. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "growth.h"

static int checked(int fd)
{
    if (fd < 0) abort();
    return fd;
}

static void raise_fd(int fd) { eventfd_write(fd, 1); }

static void lower_fd(int fd)
{
    eventfd_t value;
    eventfd_read(fd, &value);
}

/* One for all; or a few. */

enum { few = 8 };

static int some[few];

static void one_open(World* world)
{
    (void)world;
    for (int i = 0; i < few; ++i) some[i] = counter();
}

static void one_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_io_init(&any->io, io_note, some[0], EV_READ);
}

static void few_init(World* world, Any* any, int i)
{
    (void)world;
    ev_io_init(&any->io, io_note, some[i % few], EV_READ);
}

static void few_ready(World* world, int i)
{
    (void)world;
    if (i < few) raise_fd(some[i]);
}

/* An fd each. */

static void each_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_io_init(&any->io, io_note, counter(), EV_READ);
}

static void each_ready(World* world, int i) { raise_fd(at(world, i)->io.fd); }

static void each_calm(World* world, int i) { lower_fd(at(world, i)->io.fd); }

static void dup_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_io_init(&any->io, io_note, checked(dup(some[0])), EV_READ);
}

/* A regular file is always ready. */
static void regular_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_io_init(&any->io, io_note, checked(open("/proc/self/exe", O_RDONLY)),
               EV_READ);
}

/* A watcher of such an fd is refused in the next iteration. */
static void refused_init(World* world, Any* any, int i)
{
    (void)world, (void)i;
    ev_io_init(&any->io, io_note, -1, EV_READ);
}

/* A loop whose user can observe when the time is read. */
static void hook(EV_P) { (void)EV_A; }

static void observed_open(World* world)
{
    ev_set_loop_release_cb(world->loop, hook, hook);
}

#define ROW(name, sort, open, init, ready, calm, flags, traits)           \
    {                                                                     \
        name, sort, open, init, io_on, io_off, ready, calm, flags, traits \
    }
#define EACH(name, sort, open, flags, traits) \
    ROW(name, sort, open, each_init, each_ready, each_calm, flags, traits)

const Operand operands_io[] = {
    ROW("io_one_fd", of_io, one_open, one_init, few_ready, NULL, 0,
        together | strided),
    ROW("io_few_fds", of_io, one_open, few_init, few_ready, NULL, 0, together),
    ROW("io_dups", of_fds, one_open, dup_init, few_ready, NULL, 0, together),
    EACH("io_fds", of_fds, NULL, 0, strided),
    EACH("io_fds_observed", of_fds_observed, observed_open, 0, 0),
    EACH("io_fds_poll", of_fds, NULL, EVBACKEND_POLL, 0),
    EACH("io_fds_select", of_fds, NULL, EVBACKEND_SELECT, 0),
    ROW("io_regular", of_regular, NULL, regular_init, NULL, NULL, 0, 0),
    ROW("io_refused", of_io, NULL, refused_init, NULL, NULL, 0, never_active),
    {0},
};
