/* Fork: stat and periodic watchers, and the fds that the library keeps. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <sys/stat.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "fds.h"
#include "forked.h"

/* A loop that watches a file in memory, and a periodic; and two gates. */
typedef struct Watched {
    struct ev_loop* loop;
    ev_stat stat;
    ev_periodic periodic;
    char path[64];
    int fd, changes, ticks;
    Gate to_parent, to_child;
} Watched;

static void stat_note(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)revents;
    ++((Watched*)w->data)->changes;
    ev_break(loop, EVBREAK_ONE);
}

static void periodic_note(struct ev_loop* loop, ev_periodic* w, int revents)
{
    (void)revents;
    if (++((Watched*)w->data)->ticks % 3 == 0) ev_break(loop, EVBREAK_ONE);
}

static void watched_new(Watched* watched)
{
    int in_memory = access("/dev/shm", W_OK) == 0;

    snprintf(watched->path, sizeof watched->path, "%s/fork-kinds-XXXXXX",
             in_memory ? "/dev/shm" : "/tmp");
    watched->fd = mkstemp(watched->path);
    assert_true(watched->fd >= 0);
    watched->loop = loop_new(0);
    watched->changes = watched->ticks = 0;
    watched->to_parent = gate_new();
    watched->to_child = gate_new();
    ev_stat_init(&watched->stat, stat_note, watched->path, 0.);
    watched->stat.data = watched;
    ev_periodic_init(&watched->periodic, periodic_note, 0., 0.005, NULL);
    watched->periodic.data = watched;
}

static void watched_free(Watched* watched)
{
    ev_loop_destroy(watched->loop);
    close(watched->fd);
    unlink(watched->path);
    gate_free(&watched->to_parent), gate_free(&watched->to_child);
}

/* Runs until the change number `count` is seen, or two seconds: too short for
 * the polling that a loop without inotify would fall back to. */
static int change_seen(Watched* watched, int count)
{
    for (int i = 0; i < 2 && watched->changes < count; ++i)
        run_for(watched->loop, 1.);
    return watched->changes == count;
}

static void stat_child_sees(void* arg)
{
    Watched* watched = arg;

    ev_loop_fork(watched->loop);
    turn(watched->loop);
    gate_open(&watched->to_parent);
    child_check(change_seen(watched, 1));
    child_check(watched->stat.attr.st_size == 1);
    gate_open(&watched->to_parent);
    child_check(gate_pass(&watched->to_child));
    child_check(change_seen(watched, 2));
    child_check(watched->stat.attr.st_size == 2);
}

static void test_fork_stat_changes_seen_in_both(void** state)
{
    /* R2.35: stat watchers based on inotify: the child opens its own inotify
     * instance and adds its paths again; both processes then see every
     * change, neither steals from the other. */
    Watched watched;

    (void)state;
    watched_new(&watched);
    ev_stat_start(watched.loop, &watched.stat);
    turn(watched.loop);
    pid_t pid = child_fork(stat_child_sees, &watched);
    assert_true(gate_pass(&watched.to_parent));
    byte_put(watched.fd);
    assert_true(gate_pass(&watched.to_parent)); /* the child looked first */
    assert_true(change_seen(&watched, 1));
    assert_int_equal(watched.stat.attr.st_size, 1);

    byte_put(watched.fd);
    assert_true(change_seen(&watched, 2)); /* the parent looks first */
    assert_int_equal(watched.stat.attr.st_size, 2);
    gate_open(&watched.to_child);
    assert_child_passes(pid);
    watched_free(&watched);
}

static void periodic_child_fires(void* arg)
{
    Watched* watched = arg;
    int before = watched->ticks;
    ev_loop_fork(watched->loop);
    ev_run(watched->loop, 0);
    ev_run(watched->loop, 0);
    child_check(watched->ticks - before >= 3);
    ev_periodic_stop(watched->loop, &watched->periodic);
    child_check(ev_run(watched->loop, 0) == 0);
}

static void test_fork_periodic_fires_in_both(void** state)
{
    /* R2.36: periodics fire on in both processes. */
    Watched watched;

    (void)state;
    watched_new(&watched);
    ev_periodic_start(watched.loop, &watched.periodic);
    ev_run(watched.loop, 0);
    assert_int_equal(watched.ticks, 3);
    pid_t pid = child_fork(periodic_child_fires, &watched);
    ev_run(watched.loop, 0);
    assert_int_equal(watched.ticks, 6);
    assert_child_passes(pid);
    ev_run(watched.loop, 0);
    assert_int_equal(watched.ticks, 9);
    watched_free(&watched);
}

/* 0 if that fd here and that one of the process are one open file; less if the
 * system does not say. */
static long file_differs(int mine, pid_t of, int its)
{
#ifdef __linux__
    enum { kcmp_file = 0 };
    return syscall(SYS_kcmp, getpid(), of, kcmp_file, mine, its);
#else
    (void)mine, (void)of, (void)its;
    return -1;
#endif
}

/* Is it an epoll set, an eventfd, an inotify instance or a timerfd? */
static int is_kernel_state(int fd)
{
    static const char* const kinds[] = {"eventpoll", "eventfd", "inotify",
                                        "timerfd"};
    char path[64], target[64] = "";

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (readlink(path, target, sizeof target - 1) < 0) return 0;
    if (strncmp(target, "anon_inode:", 11)) return 0;
    for (int i = 0; i < 4; ++i)
        if (strstr(target, kinds[i])) return 1;
    return 0;
}

static int kernel_state_count(void)
{
    int count = 0;
    for (int fd = 0; fd < 128; ++fd) count += is_kernel_state(fd);
    return count;
}

static void nothing_on_async(struct ev_loop* loop, ev_async* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

static void own_child_compares(void* arg)
{
    Watched* watched = arg;
    int before = kernel_state_count();

    ev_loop_fork(watched->loop);
    turn(watched->loop);
    for (int mine = 0; mine < 128; ++mine) {
        if (!is_kernel_state(mine)) continue;
        for (int parents = 0; parents < 128; ++parents)
            child_check(file_differs(mine, getppid(), parents) != 0);
    }
    child_check(kernel_state_count() == before + !child_inherits(backend));
    ev_loop_destroy(watched->loop);
    child_check(kernel_state_count() == 0);
}

static void test_fork_told_child_shares_no_kernel_state(void** state)
{
    /* R2.32, R2.35, R2.36: the child has a wake-up channel, an inotify
     * instance and a timerfd of its own, as R2.29 asks of the epoll set, and
     * keeps none of its parent's. */
    Watched watched;
    ev_async async;

    (void)state;
    if (file_differs(0, getpid(), 0) != 0) skip();
    watched_new(&watched);
    ev_async_init(&async, nothing_on_async);
    ev_async_start(watched.loop, &async);
    ev_stat_start(watched.loop, &watched.stat);
    ev_periodic_start(watched.loop, &watched.periodic);
    turn(watched.loop);
    assert_true(kernel_state_count() > 0);
    assert_child_passes(child_fork(own_child_compares, &watched));
    watched_free(&watched);
}

static const Test tests[] = {
    EACH(test_fork_stat_changes_seen_in_both),
    EACH(test_fork_periodic_fires_in_both),
    EACH(test_fork_told_child_shares_no_kernel_state),
};

HARNESS_MAIN("fork_kinds", tests)
