/* relev_dump in a service that is in trouble: it does not end it, nor hang, at
 * whatever instruction and wherever it writes. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dump_help.h"
#include "kinds.h"
#include "mapped_help.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

/* In the middle of realloc(), a dump reads memory that is free already, once it
 * has asked the kernel whether it is there. AddressSanitizer reports that. */
#ifdef __SANITIZE_ADDRESS__
enum { reports_freed = 1 };
#else
enum { reports_freed = 0 };
#endif

static void test_dump_to_a_closed_pipe_sends_no_signal(void** state)
{
    /* Issue 19 B6: SIGPIPE would end the program. One that is pending stays,
     * and so does the mask. */
    struct ev_loop* loop = loop_fresh(0);
    sigset_t pipe_set, pending, mask;
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    signal(SIGPIPE, SIG_DFL);
    assert_int_equal(relev_dump(loop, fds[1]), -1);
    assert_int_equal(errno, EPIPE);
    sigemptyset(&pipe_set);
    sigaddset(&pipe_set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe_set, &mask);
    assert_int_equal(sigismember(&mask, SIGPIPE), 0);
    raise(SIGPIPE);
    assert_int_equal(relev_dump(loop, fds[1]), -1);
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 1);
    signal(SIGPIPE, SIG_IGN); /* discards it */
    sigprocmask(SIG_SETMASK, &mask, NULL);
    signal(SIGPIPE, SIG_DFL);
    ev_loop_destroy(loop);
    close(fds[1]);
}

static void test_dump_to_a_full_pipe_gives_up(void** state)
{
    /* Issue 19 B6: nobody reads, so it would block for ever. */
    struct ev_loop* loop = loop_fresh(0);
    int fds[2];
    (void)state;

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
    while (write(fds[1], "x", 1) == 1) continue;
    assert_int_equal(fcntl(fds[1], F_SETFL, 0), 0);
    assert_int_equal(relev_dump(loop, fds[1]), -1);
    assert_int_equal(errno, EAGAIN);
    ev_loop_destroy(loop);
    close(fds[0]), close(fds[1]);
}

static struct ev_loop* seen; /* by the signal handler */
static volatile sig_atomic_t dumps, failures;
static int nowhere;

static void alarm_soon(void)
{
    static unsigned random = 1;
    struct itimerval once = {{0, 0}, {0, 1}};
    random = random * 1103515245 + 12345;
    once.it_value.tv_usec += random >> 16 & 1023;
    setitimer(ITIMER_REAL, &once, NULL);
}

enum { dumps_wanted = 200 };

static void on_alarm(int signum)
{
    int error = errno;
    (void)signum;
    failures += relev_dump(seen, nowhere) < 0;
    if (++dumps < dumps_wanted) alarm_soon();
    errno = error;
}

enum { many = 600 };

static void nothing(struct ev_loop* loop, ev_watcher* w, int revents)
{
    (void)loop, (void)w, (void)revents;
}

/* Arrays are moved, and entries of descriptors become lists. */
static void work(struct ev_loop* loop, const Kind* kind)
{
    static Any all[many];
    for (int i = 0; i < many; ++i) {
        kind_init(kind, &all[i]);
        ev_set_cb((ev_watcher*)&all[i], nothing);
        kind->start(loop, &all[i]);
    }
    turn(loop);
    for (int i = 0; i < many; ++i) kind->stop(loop, &all[i]);
}

static void work_of_every_kind(struct ev_loop* loop)
{
    for (int k = 0; k < kinds_count; ++k)
        if (strcmp(kinds[k].name, "embed")) work(loop, &kinds[k]);
}

static void test_dump_in_a_signal_handler_is_safe(void** state)
{
    /* Issue 19 B7: at any instruction of the loop's thread. */
    (void)state;
    if (reports_freed) skip();

    seen = loop_default(0);
    kinds_open();
    nowhere = open("/dev/null", O_WRONLY);
    assert_true(nowhere >= 0);
    dumps = failures = 0;
    signal(SIGALRM, on_alarm);
    alarm_soon();
    while (dumps < dumps_wanted) work_of_every_kind(seen);
    assert_int_equal(failures, 0);
    ev_verify(seen);
    ev_loop_destroy(seen);
    kinds_close();
    close(nowhere);
    signal(SIGALRM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
}

static void test_dump_while_an_array_moves_is_safe(void** state)
{
    /* Issue 19 B7: the loop refers to memory that is gone. */
    (void)state;

    ev_set_allocator(mapped_resize);
    seen = NULL;
    dumps = dumps_wanted, failures = 0; /* no timer */
    signal(SIGALRM, SIG_IGN);
    struct ev_loop* loop = loop_default(0);
    kinds_open();
    nowhere = open("/dev/null", O_WRONLY);
    assert_true(nowhere >= 0);
    seen = loop;
    signal(SIGALRM, on_alarm);
    work_of_every_kind(seen);
    signal(SIGALRM, SIG_IGN);
    assert_int_equal(failures, 0);
    assert_true(dumps > dumps_wanted + kinds_count);
    ev_loop_destroy(seen);
    kinds_close();
    ev_set_allocator(malloc_resize);
    close(nowhere);
    signal(SIGALRM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
}

static void test_dump_survives_watchers_that_are_gone(void** state)
{
    /* Issue 19 B7: memory that was unmapped while the watchers were active. */
    struct ev_loop* loop = loop_fresh(0);
    size_t size = 1 << 16;
    char* memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ev_timer* gone = (ev_timer*)memory;
    ev_timer t = timer_of("t", 1000, 0);
    (void)state;

    assert_true(memory != MAP_FAILED);
    *gone = t;
    ev_timer_start(loop, gone);
    ev_timer_start(loop, &t);
    ev_feed_event(loop, gone, EV_TIMER);
    assert_int_equal(dump(loop), 2);
    munmap(memory, size);
    assert_int_equal(dump(loop), 1);
    assert_non_null(strstr(dumped, "not readable: 2 ("));
    ev_loop_destroy(loop);
}

#ifdef __linux__

static int copies_forbidden;

/* The library's, too. */
ssize_t process_vm_readv(pid_t pid, const struct iovec* to, unsigned long to_n,
                         const struct iovec* from, unsigned long from_n,
                         unsigned long flags)
{
    errno = EPERM;
    if (copies_forbidden) return -1;
    return syscall(SYS_process_vm_readv, pid, to, to_n, from, from_n, flags);
}

static void test_dump_needs_no_permission_to_copy(void** state)
{
    /* Issue 19 B7: a sandbox may forbid process_vm_readv. valgrind reports the
     * call that is made then. */
    const char* loaded = getenv("LD_PRELOAD");

    if (loaded && strstr(loaded, "vgpreload")) skip();
    copies_forbidden = 1;
    test_dump_survives_watchers_that_are_gone(state);
    test_dump_while_an_array_moves_is_safe(state);
    copies_forbidden = 0;
}

#endif

static void test_dump_of_a_path_that_is_gone_says_so(void** state)
{
    /* Issue 19 B7, B17: the path is the program's memory, and may have any
     * byte. */
    struct ev_loop* loop = loop_fresh(0);
    ev_stat s;
    (void)state;

    ev_stat_init(&s, NULL, "/none\nreferences: 0\t\\", 0.);
    ev_stat_start(loop, &s);
    dump(loop);
    assert_non_null(
        strstr(dumped, ": path /none\\x0areferences: 0\\x09\\x5c\n"));
    s.path = (const char*)16;
    dump(loop);
    assert_non_null(strstr(dumped, ": path  (not readable)\n"));
    ev_stat_stop(loop, &s);
    ev_loop_destroy(loop);
}

static void test_dump_of_no_loop_is_refused(void** state)
{
    /* Issue 19 B5, B7: a debugger may pass anything. */
    static long zeros[1000];
    char* end = (char*)&zeros + sizeof zeros;
    void* wrong[] = {NULL, (void*)16, (void*)-8, zeros, (char*)zeros + 1, end};
    struct ev_loop* loop = loop_fresh(0);
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        errno = 0;
        assert_int_equal(relev_dump((struct ev_loop*)wrong[i], 2), -1);
        assert_int_equal(errno, EINVAL);
    }
    relev_metrics_enable(loop, 1); /* it has another backend then */
    dump(loop);
    ev_loop_destroy(loop);
}

static const Test tests[] = {
    ONCE(test_dump_to_a_closed_pipe_sends_no_signal),
    ONCE(test_dump_to_a_full_pipe_gives_up),
    EACH(test_dump_in_a_signal_handler_is_safe),
    EACH(test_dump_while_an_array_moves_is_safe),
    EACH(test_dump_survives_watchers_that_are_gone),
#ifdef __linux__
    EACH(test_dump_needs_no_permission_to_copy),
#endif
    EACH(test_dump_of_a_path_that_is_gone_says_so),
    EACH(test_dump_of_no_loop_is_refused),
};

HARNESS_MAIN("relev_dump_safe", tests)
