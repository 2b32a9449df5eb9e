/* The program closes the pidfd of a child watcher, and the loop replaces its
 * kernel objects. The new ones may have the number of the pidfd. */

#include "children_help.h"

static int own_errors;

static void on_error(struct ev_loop* loop, const struct relev_error* error,
                     void* data)
{
    (void)data;
    assert_ptr_equal(loop, other);
    own_errors += error->code == RELEV_E_FD_OWN;
}

static void on_child(struct ev_loop* loop, ev_child* w, int revents)
{
    calls_add(revents & EV_ERROR ? "e" : w->data);
    ev_child_stop(loop, w);
}

static ev_child first, watcher;
static pid_t one, two;

/* Closes the pidfd of the second one. */
static void begin_closed(void)
{
    begin();
    own_errors = 0;
    relev_set_error_cb(other, on_error, NULL);
    one = child_waits(), two = child_waits();
    child_begin(other, &first, "f", one, 0); /* opens the set, too */
    int fd = dup(0);
    close(fd);
    child_begin(other, &watcher, "w", two, 0);
    ev_set_cb(&first, on_child), ev_set_cb(&watcher, on_child);
    turn(other);
    close(fd);
}

/* The second one is reported, and then the first. */
static void end_closed(const char* expected)
{
    ev_loop_fork(other);
    turn(other);
    calls_come(other, 1);
    kill(one, SIGKILL);
    calls_come(other, 2);
    assert_calls(expected);
    assert_int_equal(own_errors, 1);
    assert_int_equal(turn(other), 0);
    end();
}

static void test_closed_pidfd_of_a_child_that_lives(void** state)
{
    /* 2.2: it is opened again. */
    (void)state;
    begin_closed();
    ev_loop_fork(other);
    turn(other);
    assert_calls("");
    kill(two, SIGKILL);
    end_closed("wf");
}

static void test_closed_pidfd_of_a_child_that_has_ended(void** state)
{
    /* 2.2: it is opened again. */
    (void)state;
    begin_closed();
    kill(two, SIGKILL);
    child_ended(two);
    end_closed("wf");
}

static void test_closed_pidfd_of_a_child_that_was_reaped(void** state)
{
    /* 2.2: the status is known from the default loop. */
    (void)state;
    begin_closed();
    struct ev_loop* loop = ev_default_loop(backend);
    kill(two, SIGKILL);
    child_ended(two);
    siginfo_t info;
    while (!waitid(P_PID, (id_t)two, &info, WEXITED | WNOHANG | WNOWAIT))
        turn(loop);
    end_closed("wf");
    ev_loop_destroy(loop);
}

static void test_closed_pidfd_of_a_lost_child(void** state)
{
    /* 2.2: the program has waited for it. */
    (void)state;
    begin_closed();
    kill(two, SIGKILL);
    assert_int_equal(waitpid(two, NULL, 0), two);
    end_closed("ef");
}

static void test_closed_pidfd_whose_number_is_another_watchers(void** state)
{
    /* 2.2: one of the two is opened again. */
    ev_child third;
    (void)state;
    begin_closed();
    pid_t three = child_waits();
    child_begin(other, &third, "t", three, 0);
    ev_set_cb(&third, on_child);
    ev_loop_fork(other);
    turn(other), turn(other);
    kill(three, SIGKILL);
    calls_come(other, 1);
    assert_calls("t");
    kill(two, SIGKILL);
    own_errors = 1; /* none: that number is a pidfd */
    end_closed("wf");
}

static const Test tests[] = {
    EACH(test_closed_pidfd_of_a_child_that_lives),
    EACH(test_closed_pidfd_of_a_child_that_has_ended),
    EACH(test_closed_pidfd_of_a_child_that_was_reaped),
    EACH(test_closed_pidfd_of_a_lost_child),
    EACH(test_closed_pidfd_whose_number_is_another_watchers),
};

HARNESS_MAIN("relev_children_closed", tests)
