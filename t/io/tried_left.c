/* ev_io: an iteration is left after an fd was found to want EV_WRITE newly, and
 * before the wait. Nothing of it may be remembered that the program changes. */
#define _GNU_SOURCE
#include "forked.h"
#include "tried.h"

static void test_io_tried_and_left_number_reused_is_read(void** state)
{
    /* R4.3, A1: the writer is stopped, its number is another file's, which has
     * a reader. */
    int q[2];
    (void)state;
    writer_left();
    io_off(loop, &io);
    pair_open(q);
    bytes_fill(q[0]);
    fd_renumber(q[0], s[0]);
    io_on(loop, &io, s[0], EV_READ);
    turn(loop);
    assert_took(&io, 0);
    byte_put(q[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    close(q[1]);
    finish();
}

static void test_io_tried_and_left_then_read_is_read(void** state)
{
    /* R4.3, A1: the same file, now with a reader only. */
    (void)state;
    writer_left();
    io_mask(loop, &io, EV_READ);
    turn(loop);
    byte_put(s[1]);
    turn(loop);
    assert_took(&io, EV_READ);
    finish();
}

static void test_io_tried_and_left_then_stopped_does_not_spin(void** state)
{
    /* R4.3, A1: nobody wants the fd any more, which becomes writable. */
    (void)state;
    writer_left();
    io_off(loop, &io);
    turn(loop);
    bytes_drain(s[1]);
    assert_in_range(woken_of_ten(), 0, 1);
    assert_took(&io, 0);
    finish();
}

static void test_io_tried_and_left_then_table_shrinks_is_forgotten(void** state)
{
    /* R4.3, A1: the fd is stopped, and the loop gives back the part of its
     * table that has it. */
    enum { far = 12000 };
    (void)state;
    rlim_t was = fds_limit(far + 100);
    if (fcntl(s[0] = 0, F_DUPFD, far) != far) {
        print_message("# skipped: no fd %d is allowed here\n", far);
        fds_limit(was);
        skip();
    }
    close(far);
    begin();
    bytes_fill(s[0]);
    fd_renumber(s[0], far);
    s[0] = far;
    io_on(loop, &io, far, EV_WRITE);
    run_left();
    io_off(loop, &io);
    for (int i = 0; i < 3; ++i) {
        clock_advance(1.);
        assert_true(run_waits());
    }
    assert_took(&io, 0);
    finish();
    fds_limit(was);
}

static int failures; /* so many waits fail */

static int wait_fails(const char* name)
{
    return is_try(name) || !failures ? 0 : (--failures, EFAULT);
}

static void leave_syserr(const char* what)
{
    (void)what;
    longjmp(left, 1);
}

static void test_io_tried_then_syserr_leaves_is_writable_ever_after(
    void** state)
{
    /* R4.3, A1: the wait fails, and the syserr callback leaves. 4.33 takes
     * the next run for one inside the first. */
    (void)state;
    begin();
    io_on(loop, &io, s[0], EV_WRITE);
    failures = 2;
    waits_call = wait_fails;
    ev_set_syserr_cb(leave_syserr);
    for (volatile int i = 0; i < 2; ++i)
        if (!setjmp(left)) ev_run(loop, EVRUN_ONCE);
    ev_set_syserr_cb(NULL);
    failures = 0;
    assert_writable_ever_after();
}

static void verify_syserr(const char* what)
{
    (void)what;
    ev_verify(loop);
}

static void child_verifies(void* unused)
{
    (void)unused;
    ev_set_syserr_cb(verify_syserr);
    failures = 1;
    waits_call = wait_fails;
    run_waits();
    child_check(!failures);
    turn(loop);
    child_check(io.calls > 0 && io.revents == EV_WRITE);
}

static void test_io_tried_then_syserr_verifies_holds(void** state)
{
    /* R4.3, A1: ev_verify in the syserr callback finds all as it should be. */
    (void)state;
    begin();
    io_on(loop, &io, s[0], EV_WRITE);
    pid_t child = child_fork(child_verifies, NULL);
    clock_thaw(); /* to wait for the child */
    assert_child_passes(child);
    finish();
}

static const Test tests[] = {
    EACH(test_io_tried_and_left_number_reused_is_read),
    EACH(test_io_tried_and_left_then_read_is_read),
    EACH(test_io_tried_and_left_then_stopped_does_not_spin),
    EACH(test_io_tried_and_left_then_table_shrinks_is_forgotten),
    OURS(test_io_tried_then_syserr_leaves_is_writable_ever_after),
    EACH(test_io_tried_then_syserr_verifies_holds),
};

HARNESS_MAIN("io_tried_left", tests)
