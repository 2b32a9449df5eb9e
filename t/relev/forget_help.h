/* For tests of relev_fd_forget and RELEV_EXCLUSIVE: a loop with both ends of a
 * pair of sockets, and what is registered of a descriptor.
 */
#ifndef FORGET_HELP_H_
#define FORGET_HELP_H_

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "forked.h"
#include "kinds.h"
#include "relev.h"

static struct ev_loop* loop;
static int ends[2];
static int errors, error_number;

static inline void on_error(struct ev_loop* l, const struct relev_error* error,
                            void* data)
{
    (void)l, (void)data;
    ++errors;
    error_number = error->number;
}

static inline void begin_with(struct ev_loop* fresh)
{
    loop = fresh;
    errors = 0;
    relev_set_error_cb(loop, on_error, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
}

static inline void begin(void) { begin_with(loop_fresh(0)); }

static inline void end(void)
{
    ev_verify(loop);
    assert_int_equal(relev_refs(loop), 0);
    ev_loop_destroy(loop);
    close(ends[0]), close(ends[1]);
}

/* The lines of /proc/self/fdinfo of all epoll sets that name this fd; the event
 * mask of the last one. */
static inline int registered(int fd, unsigned* events)
{
    int count = 0;
    DIR* all = opendir("/proc/self/fdinfo");
    char path[300], line[200];
    assert_non_null(all);
    for (struct dirent* entry; (entry = readdir(all));) {
        snprintf(path, sizeof path, "/proc/self/fdinfo/%s", entry->d_name);
        FILE* file = fopen(path, "re");
        while (file && fgets(line, sizeof line, file)) {
            int number;
            unsigned mask;
            int n = sscanf(line, "tfd: %d events: %x", &number, &mask);
            if (n != 2 || number != fd) continue;
            ++count;
            *events = mask;
        }
        if (file) fclose(file);
    }
    closedir(all);
    return count;
}

static inline int registrations(int fd)
{
    unsigned events;
    return registered(fd, &events);
}

/* Another file gets the number of fd; the old one stays open, and is ready for
 * all. Returns the other end of the new one. */
static inline int replace(int fd, int* old)
{
    int pair[2];
    assert_int_equal(relev_fd_forget(loop, fd) >= 0, 1);
    *old = dup(fd);
    assert_int_equal(write(ends[1], "x", 1), 1);
    close(fd);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(pair[0], fd);
    return pair[1];
}

/* No event of the old file comes; those of the new one do. */
static inline void check_owner(int fd, int other)
{
    ev_io w = io_of("n", fd, EV_READ);
    ev_io_start(loop, &w);
    int before = (int)ev_iteration(loop);
    run_for(loop, .02);
    assert_calls("");
    assert_true((int)ev_iteration(loop) - before < 8); /* nothing spins */
    assert_int_equal(write(other, "x", 1), 1);
    turn(loop);
    assert_calls("n");
    ev_io_stop(loop, &w);
}

#endif
