/* ev_io: files that stay open in a copy while their number is closed. */
#define _GNU_SOURCE 1
#include "fds.h"
#include "forked.h"
#include "spy.h"

/* Two files on one number: `fd` names the new one and is watched by `io`,
 * while `copy` keeps open the old one, which was registered with the kernel
 * under the number too. Write into old_end and new_end to make them readable.
 */
typedef struct Parted {
    struct ev_loop* loop;
    Io old, io;
    int fd, copy, old_end, new_end;
} Parted;

static void parted_new(Parted* parted, int turns_between)
{
    int old[2], next[2];

    parted->loop = loop_new(0);
    pipe_open(old);
    parted->fd = old[0];
    parted->old_end = old[1];
    io_on(parted->loop, &parted->old, old[0], EV_READ);
    turn(parted->loop);

    parted->copy = dup(old[0]);
    io_off(parted->loop, &parted->old);
    close(old[0]);
    for (int i = 0; i < turns_between; ++i) turn(parted->loop);
    pipe_open(next);
    assert_int_equal(next[0], parted->fd);
    parted->new_end = next[1];
    io_on(parted->loop, &parted->io, parted->fd, EV_READ);
}

static void parted_free(Parted* parted)
{
    ev_loop_destroy(parted->loop);
    close(parted->fd), close(parted->copy);
    close(parted->old_end), close(parted->new_end);
}

static void parted_check(int turns_between)
{
    Parted parted;
    Io other;
    int p[2];

    parted_new(&parted, turns_between);
    pipe_open(p);
    io_on(parted.loop, &other, p[0], EV_READ);
    byte_put(parted.old_end);
    assert_in_range(waits_in(parted.loop, 0.02), 1, 20);
    assert_took(&parted.old, 0);
    assert_took(&parted.io, 0);
    assert_took(&other, 0);
    if (backend == EVBACKEND_EPOLL)
        assert_int_equal(epoll_entries(parted.fd), 1);

    byte_put(parted.new_end);
    byte_put(p[1]);
    turn(parted.loop);
    assert_took(&parted.old, 0);
    assert_took(&parted.io, EV_READ);
    assert_took(&other, EV_READ);
    bytes_drain(parted.fd);
    bytes_drain(p[0]);
    assert_in_range(waits_in(parted.loop, 0.02), 1, 20);
    assert_took(&parted.io, 0);
    assert_took(&other, 0);
    parted_free(&parted);
    both_close(p);
}

static void test_io_dup_of_closed_fd_readable_reaches_nobody(void** state)
{
    /* R2.9: epoll goes on reporting a closed fd while a dup keeps the file
     * open. Such an event reaches nobody, least of all a new watcher that has
     * the same number for another file, and does not make the loop spin. */
    (void)state;
    parted_check(0);
}

static void test_io_dup_of_closed_fd_known_gone_reaches_nobody(void** state)
{
    /* R2.9: the same with iterations between the close and the reuse. */
    (void)state;
    parted_check(2);
}

static void test_io_dup_readable_number_unused_reaches_nobody(void** state)
{
    /* R2.9: the same if nobody uses the number again. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2];

    (void)state;
    pipe_open(p);
    io_on(loop, &io, p[0], EV_READ);
    turn(loop);
    int copy = dup(p[0]);
    io_off(loop, &io);
    close(p[0]);
    byte_put(p[1]);
    assert_in_range(waits_in(loop, 0.02), 1, 20);
    assert_took(&io, 0);
    ev_loop_destroy(loop);
    close(copy), close(p[1]);
}

static void test_io_dups_of_many_generations_reach_nobody(void** state)
{
    /* R2.9: the same with a row of old files behind one number, all of them
     * readable, and a last one that is not. */
    struct ev_loop* loop = loop_new(0);
    Io io;
    int p[2], copies[8], ends[8];

    (void)state;
    pipe_open(p);
    for (int i = 0; i < 8; ++i) {
        io_on(loop, &io, p[0], EV_READ);
        turn(loop);
        io_off(loop, &io);
        copies[i] = dup(p[0]);
        ends[i] = p[1];
        byte_put(p[1]);
        int number = p[0];
        close(number);
        pipe_open(p);
        assert_int_equal(p[0], number);
    }
    io_on(loop, &io, p[0], EV_READ);
    assert_in_range(waits_in(loop, 0.02), 1, 40);
    assert_took(&io, 0);
    byte_put(p[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    ev_loop_destroy(loop);
    for (int i = 0; i < 8; ++i) close(copies[i]), close(ends[i]);
    both_close(p);
}

static struct {
    Io old, io;
    int p[2], copy, done;
} swap;

/* Replaces the file of a watched number, as another thread may do while the
 * loop waits. */
static void swap_files(struct ev_loop* loop) EV_NOEXCEPT
{
    if (swap.done++) return;
    int fd = swap.p[0], ends[2];
    io_off(loop, &swap.old);
    swap.copy = dup(fd);
    close(fd);
    pipe_open(ends);
    byte_put(swap.p[1]);
    close(swap.p[1]);
    swap.p[1] = ends[1];
    io_on(loop, &swap.io, fd, EV_READ);
}

static void swap_nothing(struct ev_loop* loop) EV_NOEXCEPT { (void)loop; }

static void test_io_number_reused_while_released_is_new_file(void** state)
{
    /* R2.9: an event of the old file does not reach a new watcher of the same
     * number either if both came between the release callback and the poll. */
    struct ev_loop* loop = loop_new(0);

    (void)state;
    memset(&swap, 0, sizeof swap);
    pipe_open(swap.p);
    io_on(loop, &swap.old, swap.p[0], EV_READ);
    turn(loop);
    ev_set_loop_release_cb(loop, swap_files, swap_nothing);
    for (int i = 0; i < 3; ++i) {
        turn(loop);
        assert_took(&swap.old, 0);
        assert_took(&swap.io, 0);
    }
    assert_int_equal(swap.io.w.fd, swap.p[0]);
    byte_put(swap.p[1]);
    turn(loop);
    assert_took(&swap.io, EV_READ);
    ev_loop_destroy(loop);
    both_close(swap.p), close(swap.copy);
}

static void copy_hold(void* gate) { child_check(gate_pass(gate)); }

static void tick_note(struct ev_loop* loop, ev_timer* w, int revents)
{
    (void)loop, (void)revents;
    ++*(int*)w->data;
}

static void copy_in_child_check(Gate* gate)
{
    struct ev_loop* loop = loop_new(0);
    ev_timer tick;
    Io io, other;
    int p[2], q[2], ticks = 0;

    pipe_open(p);
    pipe_open(q);
    io_on(loop, &io, p[0], EV_READ);
    io_on(loop, &other, q[0], EV_READ);
    turn(loop);
    pid_t pid = child_fork(copy_hold, gate);

    io_off(loop, &io);
    close(p[0]);
    byte_put(p[1]);
    spy_waits = 0;
    run_for(loop, 0.05);
    assert_in_range(spy_waits, 1, 19);
    assert_took(&io, 0);

    ev_timer_init(&tick, tick_note, 0.005, 0.005);
    tick.data = &ticks;
    ev_timer_start(loop, &tick);
    byte_put(q[1]);
    turn(loop);
    assert_took(&other, EV_READ);
    bytes_drain(q[0]);
    run_for(loop, 0.02);
    assert_in_range(ticks, 1, 6);
    assert_took(&other, 0);

    gate_open(gate);
    assert_child_passes(pid);
    ev_loop_destroy(loop);
    close(p[1]);
    both_close(q);
}

static void test_io_copy_held_by_child_reaches_nobody(void** state)
{
    /* R2.10: the parent stops and closes, the copy held by a forked child
     * becomes readable: no callback, fewer than 20 wake-ups in 50 ms, timers
     * and other fds keep working. */
    Gate gate = gate_new();

    (void)state;
    copy_in_child_check(&gate);
    gate_free(&gate);
}

static const Test tests[] = {
    EACH(test_io_dup_of_closed_fd_readable_reaches_nobody),
    EACH(test_io_dup_of_closed_fd_known_gone_reaches_nobody),
    EACH(test_io_dup_readable_number_unused_reaches_nobody),
    EACH(test_io_dups_of_many_generations_reach_nobody),
    EACH(test_io_number_reused_while_released_is_new_file),
    EACH(test_io_copy_held_by_child_reaches_nobody),
};

HARNESS_MAIN("io_copies", tests)
