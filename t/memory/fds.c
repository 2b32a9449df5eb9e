/* What a burst of some thousand files needed is given back, and the numbers
 * serve again.
 *
 * They are copies of one end of a pipe with a byte in it, so that every watcher
 * is called in each turn.
 */

#include "memory_count.h"

enum { many = 3000 };

static Io ios[many];
static int fds[many];
static rlim_t limit_was;

static void fds_close(void)
{
    for (int i = 0; i < many; ++i)
        if (fds[i] >= 0) close(fds[i]);
    fds_limit(limit_was);
}

static void fds_open(void)
{
    int p[2];
    limit_was = fds_limit(many + 100);
    pipe_open(p);
    byte_put(p[1]);
    for (int i = 0; i < many; ++i) fds[i] = dup(p[0]);
    both_close(p);
    if (fds[many - 1] < 0) fds_close(), skip(); /* the hard limit is too low */
}

static void all_on(struct ev_loop* loop)
{
    for (int i = 0; i < many; ++i) io_on(loop, &ios[i], fds[i], EV_READ);
}

static void all_off_but(struct ev_loop* loop, int left)
{
    for (int i = 0; i < many; ++i)
        if (i != left) io_off(loop, &ios[i]);
}

/* All of them, after some turns at the most. */
static void all_are_called(struct ev_loop* loop)
{
    for (int i = 0; i < 12; ++i) turn(loop);
    for (int i = 0; i < many; ++i) {
        assert_true(ios[i].calls > 0);
        assert_int_equal(ios[i].revents, EV_READ);
    }
}

static void one_is_called(struct ev_loop* loop, Io* io)
{
    io->calls = 0;
    turn(loop);
    /* The epoll set may be recreated; kqueue may first report what is not
     * wanted any more, of twice as many fds each time. */
    int more = backend == EVBACKEND_KQUEUE ? 8 : 1;
    for (; !io->calls && more; --more) turn(loop);
    assert_took(io, EV_READ);
}

static void one_on_and_off(struct ev_loop* loop, int i)
{
    io_on(loop, &ios[i], fds[i], EV_READ);
    turn(loop);
    one_is_called(loop, &ios[i]);
    io_off(loop, &ios[i]);
    turn(loop);
}

static void test_memory_of_fds_is_given_back(void** state)
{
    /* R1.90: memory follows the number of files, up and down; R2.8: the
     * numbers, high and low, serve again. */
    fds_open();
    struct ev_loop* loop = memory_begin();
    (void)state;

    memory_calm(loop);
    long before = memory_bytes;
    for (int round = 0; round < 2; ++round) {
        all_on(loop);
        all_are_called(loop);
        assert_true(memory_bytes > before + many * (long)sizeof(void*));
        all_off_but(loop, -1);
        memory_calm(loop);
        assert_true(memory_bytes <= before + memory_small);
        one_on_and_off(loop, 0);
        one_on_and_off(loop, many - 1);
        memory_calm(loop);
    }
    memory_end(loop);
    fds_close();
}

static void test_memory_of_fds_watched_is_kept(void** state)
{
    /* R1.90: of some thousand files the one with the highest number is left,
     * or the lowest, or one between, and is served. */
    static const int left[] = {many - 1, 0, many / 2, many / 10};
    fds_open();
    (void)state;
    for (int k = 0; k < 4; ++k) {
        struct ev_loop* loop = memory_begin();
        all_on(loop);
        all_are_called(loop);
        all_off_but(loop, left[k]);
        for (int i = 0; i < 3; ++i) {
            memory_calm(loop);
            one_is_called(loop, &ios[left[k]]);
        }
        io_off(loop, &ios[left[k]]);
        memory_end(loop);
    }
    fds_close();
}

static void test_memory_of_fds_with_several_watchers_is_given_back(void** state)
{
    /* R1.90: the fd with the highest number is left, so the table stays, and
     * with it nothing that the others needed. */
    static Io seconds[many];
    fds_open();
    struct ev_loop* loop = memory_begin();
    (void)state;

    all_on(loop);
    all_are_called(loop);
    long before = memory_bytes;
    for (int i = 0; i < many; ++i) io_on(loop, &seconds[i], fds[i], EV_READ);
    all_are_called(loop);
    assert_true(memory_bytes > before + many * (long)sizeof(void*));
    for (int i = 0; i < many; ++i) io_off(loop, &seconds[i]);
    all_off_but(loop, many - 1);
    memory_calm(loop);
    assert_true(memory_bytes <= before + memory_small);
    one_is_called(loop, &ios[many - 1]);
    one_on_and_off(loop, 0);
    memory_end(loop);
    fds_close();
}

static void test_memory_of_fd_started_again_and_again_is_small(void** state)
{
    /* R4.12: initialized while active and started again, it takes no memory
     * each time. In 4.33 the list of the fd runs in a circle. */
    Io other, io;
    int p[2];
    struct ev_loop* loop = memory_begin();
    (void)state;

    pipe_open(p);
    io_on(loop, &other, p[0], EV_READ);
    turn(loop);
    long before = memory_bytes;
    for (int i = 0; i < 100000; ++i) io_on(loop, &io, p[0], EV_READ);
    assert_true(memory_bytes <= before + memory_small);
    byte_put(p[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    assert_took(&other, EV_READ);
    io_off(loop, &io), io_off(loop, &other);
    both_close(p);
    memory_end(loop);
}

static void test_memory_of_fd_found_dead_is_kept_until_told(void** state)
{
    /* R2.12: the highest number is found dead in a wait after which the loop
     * frees memory: its watchers are told, and the number serves again. */
    fds_open();
    (void)state;
    for (int round = 0; round < 2; ++round) {
        struct ev_loop* loop = memory_begin();
        Io* last = &ios[many - 1];
        io_on(loop, &ios[0], fds[0], EV_READ);
        io_on(loop, last, fds[many - 1], EV_READ);
        turn(loop);
        assert_took(last, EV_READ);

        close(fds[many - 1]);
        if (round) io_mask(loop, last, EV_READ | EV_WRITE);
        clock_advance(0.625);
        for (int i = 0; i < 3; ++i) turn(loop);
        ev_verify(loop);
        if (round || !forgets_closed(backend)) /* a copy is open */
            assert_took(last, EV_ERROR | EV_READ | EV_WRITE);
        io_off(loop, last);

        fds[many - 1] = fcntl(fds[0], F_DUPFD, fds[many - 2] + 1);
        one_on_and_off(loop, many - 1);
        one_is_called(loop, &ios[0]);
        io_off(loop, &ios[0]);
        memory_end(loop);
    }
    fds_close();
}

static const Test tests[] = {
    OURS(test_memory_of_fds_is_given_back),
    OURS(test_memory_of_fds_watched_is_kept),
    OURS(test_memory_of_fd_started_again_and_again_is_small),
    OURS(test_memory_of_fds_with_several_watchers_is_given_back),
    OURS(test_memory_of_fd_found_dead_is_kept_until_told),
};

HARNESS_MAIN("memory_fds", tests)
