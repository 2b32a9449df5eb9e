/* relev_fd_forget: no event of a closed descriptor comes for the next owner of
 * its number, whatever state its registration was in. */

#include <fcntl.h>

#include "forget_help.h"

static void test_fd_forget_leaves_no_event_for_the_next_owner(void** state)
{
    /* 2.5: a dup keeps the old file open, and registered but for that; also
     * if the watcher was stopped long before. */
    (void)state;
    for (int stopped = 0; stopped < 2; ++stopped) {
        int old, other;
        ev_io w;
        begin();
        w = io_of("o", ends[0], EV_READ);
        ev_io_start(loop, &w);
        turn(loop);
        if (stopped) ev_io_stop(loop, &w), turn(loop);
        other = replace(ends[0], &old);
        assert_int_equal(registrations(ends[0]), 0);
        check_owner(ends[0], other);
        close(old), close(other);
        end();
    }
}

static void test_fd_forget_of_a_writer_leaves_nothing(void** state)
{
    /* 2.5: its registration may be put off, for a try to write. */
    (void)state;
    for (int turns = 0; turns < 4; ++turns) {
        int old, other;
        ev_io w;
        begin();
        w = io_of("w", ends[0], EV_WRITE);
        ev_io_start(loop, &w);
        for (int i = 0; i < turns; ++i) turn(loop);
        calls_clear();
        other = replace(ends[0], &old);
        assert_int_equal(registrations(ends[0]), 0);
        check_owner(ends[0], other);
        close(old), close(other);
        end();
    }
}

static void test_fd_forget_of_a_file_leaves_nothing(void** state)
{
    /* 2.5: a regular file is always ready; the next owner is not. */
    int pipes[2], fd;
    ev_io w;
    (void)state;
    begin();
    fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    w = io_of("f", fd, EV_READ);
    ev_io_start(loop, &w);
    turn(loop);
    assert_calls("f");
    assert_int_equal(relev_fd_forget(loop, fd), 1);
    close(fd);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(pipes[0], fd);
    check_owner(pipes[0], pipes[1]);
    close(pipes[0]), close(pipes[1]);
    end();
}

static void test_fd_forget_in_an_embedded_loop_leaves_nothing(void** state)
{
    /* 2.5: it does not wake the outer loop; what is embedded stays. */
    struct ev_loop* outer;
    ev_embed embed;
    ev_io w, keep;
    int old, other;
    (void)state;
    begin_with(ev_loop_new(embeddable_backend()));
    outer = loop_new(0);
    ev_embed_init(&embed, NULL, loop);
    ev_embed_start(outer, &embed);
    w = io_of("o", ends[0], EV_READ), keep = io_of("k", ends[1], EV_READ);
    ev_io_start(loop, &w), ev_io_start(loop, &keep);
    turn(outer), turn(outer);
    assert_int_equal(relev_fd_forget(outer, ends[0]), 0);
    assert_int_equal(relev_fd_forget(loop, ends[0]), 1);
    other = replace(ends[0], &old);
    int before = (int)ev_iteration(outer);
    run_for(outer, .02);
    assert_true((int)ev_iteration(outer) - before < 8);
    assert_calls("");
    assert_int_equal(write(old, "x", 1), 1);
    turn(outer);
    assert_calls("k");
    ev_embed_stop(outer, &embed);
    ev_loop_destroy(outer);
    ev_io_stop(loop, &keep);
    close(old), close(other);
    end();
}

static void forgets_in_child(void* arg)
{
    (void)arg;
    child_check(relev_fd_forget(loop, ends[0]) == 1);
    close(ends[0]);
    turn(loop);
    child_check(relev_refs(loop) == 0);
}

static void test_fd_forget_in_a_child_leaves_the_parents_set(void** state)
{
    /* 2.5: without ev_loop_fork, too. */
    ev_io w;
    (void)state;
    begin();
    w = io_of("w", ends[0], EV_READ);
    ev_io_start(loop, &w);
    turn(loop);
    int before = registrations(ends[0]);
    assert_child_passes(child_fork(forgets_in_child, NULL));
    assert_int_equal(registrations(ends[0]), before);
    assert_int_equal(write(ends[1], "x", 1), 1);
    turn(loop);
    assert_calls("w");
    assert_int_equal(relev_fd_forget(loop, ends[0]), 1);
    end();
}

static ev_io next;
static int forgotten, starts_next;

/* After the kernel was asked, and before its answer is read. */
static void replaces(struct ev_loop* l) EV_NOEXCEPT
{
    (void)l;
    if (!forgotten++) return;
    if (forgotten > 2) return;
    relev_fd_forget(loop, ends[0]);
    close(ends[0]);
    assert_int_equal(dup(ends[1]), ends[0]);
    if (!starts_next) return;
    next = io_of("n", ends[0], EV_READ);
    ev_io_start(loop, &next);
}

static void ignores(struct ev_loop* l) EV_NOEXCEPT { (void)l; }

static void test_fd_forget_during_the_wait_leaves_no_event(void** state)
{
    /* 2.5: in the acquire callback, when the kernel has reported an event;
     * with and without a watcher of the next owner. */
    (void)state;
    for (starts_next = 0; starts_next < 2; ++starts_next) {
        ev_io w;
        begin();
        w = io_of("o", ends[0], EV_READ);
        ev_io_start(loop, &w);
        forgotten = 0;
        ev_set_loop_release_cb(loop, ignores, replaces);
        turn(loop);
        assert_int_equal(write(ends[1], "x", 1), 1);
        turn(loop);
        ev_set_loop_release_cb(loop, NULL, NULL);
        turn(loop);
        assert_int_equal(forgotten, 2);
        assert_calls(starts_next ? "n" : ""); /* the other end hung up */
        if (starts_next) ev_io_stop(loop, &next);
        end();
    }
}

static const Test tests[] = {
    EACH(test_fd_forget_leaves_no_event_for_the_next_owner),
    EACH(test_fd_forget_of_a_writer_leaves_nothing),
    EACH(test_fd_forget_of_a_file_leaves_nothing),
    EACH(test_fd_forget_in_an_embedded_loop_leaves_nothing),
    EACH(test_fd_forget_in_a_child_leaves_the_parents_set),
    EACH(test_fd_forget_during_the_wait_leaves_no_event),
};

HARNESS_MAIN("relev_fd_forget_owner", tests)
