/* RELEV_EXCLUSIVE: one of several processes wakes up. The number of wake-ups is
 * counted by bench/exclusive (t/relev/exclusive.sh). */

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/utsname.h>

#include "forget_help.h"

enum { both = EV_READ | EV_WRITE };
static const unsigned usual = EPOLLIN | EPOLLERR | EPOLLHUP;

/* How the fd is registered with epoll; other backends have nothing to show. */
static void check_set(int fd, int is_exclusive)
{
    unsigned events = 0;
    if (backend != EVBACKEND_EPOLL) return;
    assert_int_equal(registered(fd, &events), 1);
    assert_int_equal((events & EPOLLEXCLUSIVE) != 0, is_exclusive);
    assert_int_equal(events & usual, usual);
}

static ev_io reader(const char* name, int fd, int events)
{
    ev_io w = io_of(name, fd, events);
    ev_io_start(loop, &w);
    ev_io_stop(loop, &w);
    return w;
}

static void put(void) { assert_int_equal(write(ends[1], "x", 1), 1); }

static void test_exclusive_watcher_receives_its_events(void** state)
{
    /* 2.3: EV_READ, and no other bit; its mask stays as it was set. */
    ev_io w;
    (void)state;
    begin();
    w = reader("w", ends[0], EV_READ | RELEV_EXCLUSIVE);
    ev_io_start(loop, &w);
    turn(loop);
    check_set(ends[0], 1);
    put();
    for (int i = 0; i < 3; ++i) turn(loop);
    assert_calls("www");
    assert_int_equal(calls_revents, EV_READ);
    assert_int_equal(w.events, EV_READ | RELEV_EXCLUSIVE);
    ev_io_stop(loop, &w);
    end();
}

static void test_exclusive_watcher_that_stops_leaves_the_set(void** state)
{
    /* 2.3: at once, or it would take the wake-up of another process. */
    ev_io w;
    (void)state;
    begin();
    w = reader("w", ends[0], EV_READ | RELEV_EXCLUSIVE);
    for (int i = 0; i < 3; ++i) {
        ev_io_start(loop, &w);
        turn(loop);
        check_set(ends[0], 1);
        ev_io_stop(loop, &w);
        turn(loop);
        if (backend == EVBACKEND_KQUEUE) continue; /* which has no such */
        assert_int_equal(registrations(ends[0]), 0);
    }
    end();
}

static void test_exclusive_needs_all_watchers_of_the_fd(void** state)
{
    /* 2.3: another watcher may be added, changed and removed. */
    static const int masks[] = {EV_READ, EV_WRITE, both};
    ev_io a, b;
    (void)state;
    for (int i = 0; i < 6; ++i) {
        int also = i < 3 ? 0 : RELEV_EXCLUSIVE;
        begin();
        a = reader("a", ends[0], EV_READ | RELEV_EXCLUSIVE);
        b = reader("b", ends[0], masks[i % 3] | also);
        ev_io_start(loop, i % 2 ? &a : &b);
        turn(loop);
        ev_io_start(loop, i % 2 ? &b : &a);
        turn(loop), turn(loop);
        check_set(ends[0], also != 0);
        calls_clear();
        put();
        turn(loop), turn(loop);
        assert_calls(i % 2 ? "abab" : "baba");
        ev_io_stop(loop, &b);
        turn(loop);
        check_set(ends[0], 1);
        assert_calls("a");
        ev_io_start(loop, &b), ev_io_stop(loop, &a);
        turn(loop), turn(loop);
        assert_calls("bb");
        ev_io_stop(loop, &b);
        end();
    }
}

static void test_exclusive_watcher_may_be_changed(void** state)
{
    /* 2.3: within an iteration or not, and for the fd's next file. */
    ev_io w;
    (void)state;
    begin();
    w = io_of("w", ends[0], EV_READ);
    for (int i = 0; i < 16; ++i) {
        int exclusive = i & 1 ? RELEV_EXCLUSIVE : 0;
        int write_too = i & 4 ? EV_WRITE : 0;
        ev_io_stop(loop, &w);
        if (i & 2) turn(loop);
        if (i & 8) ev_io_set(&w, ends[0], EV_READ | write_too | exclusive);
        else ev_io_modify(&w, EV_READ | write_too | exclusive);
        ev_io_start(loop, &w);
        turn(loop), turn(loop);
        check_set(ends[0], exclusive != 0);
        assert_calls(write_too ? "ww" : "");
    }
    ev_io_set(&w, ends[0], EV_READ | RELEV_EXCLUSIVE);
    turn(loop);
    close(ends[0]);
    assert_int_equal(dup(ends[1]), ends[0]);
    ev_io_stop(loop, &w);
    ev_io_set(&w, ends[0], EV_READ | RELEV_EXCLUSIVE);
    ev_io_start(loop, &w);
    turn(loop);
    check_set(ends[0], 1);
    assert_calls("w"); /* the other end is closed */
    ev_io_stop(loop, &w);
    end();
}

static void test_exclusive_where_the_kernel_refuses_it_is_usual(void** state)
{
    /* 2.3: an epoll set cannot be exclusive, a regular file not be watched; a
     * closed fd is EV_ERROR. */
    ev_io w;
    struct ev_loop* other;
    (void)state;
    begin();
    other = ev_loop_new(embeddable_backend());
    int set = epoll_create1(0), file = open("/proc/self/exe", O_RDONLY);
    struct epoll_event event = {.events = EPOLLIN};
    assert_int_equal(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event), 0);
    w = reader("s", set, EV_READ | RELEV_EXCLUSIVE);
    ev_io_start(loop, &w);
    turn(loop);
    check_set(set, 0);
    put();
    turn(loop), turn(loop);
    assert_calls("ss");
    ev_io_stop(loop, &w);
    w = reader("f", file, EV_READ | RELEV_EXCLUSIVE);
    ev_io_start(loop, &w);
    turn(loop), turn(loop);
    assert_calls("ff");
    ev_io_stop(loop, &w);
    turn(loop);
    close(file);
    ev_io_start(loop, &w);
    while (!errors) turn(loop);
    turn(loop);
    assert_calls("f");
    assert_true(calls_revents & EV_ERROR);
    assert_false(ev_is_active(&w));
    close(set);
    ev_loop_destroy(other);
    end();
}

static void test_exclusive_far_fd_is_refused_and_forgotten(void** state)
{
    /* 2.3: as for any watcher; a mask with other bits is illegal. */
    ev_io w = io_of("w", 50000, EV_READ | RELEV_EXCLUSIVE);
    (void)state;
    begin();
    ev_io_start(loop, &w);
    assert_int_equal(errors, 0);
    turn(loop);
    assert_int_equal(errors, 1);
    assert_calls("w");
    ev_io_start(loop, &w);
    assert_int_equal(dup2(ends[0], 50000) == 50000 || errno == EBADF, 1);
    turn(loop);
    assert_int_equal(relev_fd_forget(loop, 50000) <= 1, 1);
    close(50000);
    errors = 0;
    ev_io_set(&w, ends[0], EV_READ | RELEV_EXCLUSIVE << 1);
    ev_io_start(loop, &w);
    assert_int_equal(errors, 1);
    ev_io_stop(loop, &w);
    w = io_of("w", ends[0], EV_READ | RELEV_EXCLUSIVE);
    ev_io_start(loop, &w);
    turn(loop);
    assert_int_equal(relev_fd_forget(loop, ends[0]), 1);
    assert_int_equal(registrations(ends[0]), 0);
    end();
}

static void renews(void* arg)
{
    (void)arg;
    ev_loop_fork(loop);
    turn(loop);
    check_set(ends[0], 1);
    child_check(relev_fd_forget(loop, ends[0]) == 1);
    child_check(registrations(ends[0]) == 0);
}

static void forgets(void* arg)
{
    (void)arg;
    child_check(relev_fd_forget(loop, ends[0]) == 1);
    turn(loop);
}

static void test_exclusive_in_a_child_leaves_the_parents_set(void** state)
{
    /* 2.3: a pre-fork server; with and without ev_loop_fork. */
    ev_io w;
    (void)state;
    begin();
    w = reader("w", ends[0], EV_READ | RELEV_EXCLUSIVE);
    ev_io_start(loop, &w);
    turn(loop);
    assert_child_passes(child_fork(renews, NULL));
    assert_child_passes(child_fork(forgets, NULL));
    check_set(ends[0], 1);
    ev_io_stop(loop, &w);
    end();
}

static void test_exclusive_is_in_a_dump(void** state)
{
    /* 1.2: the events of the watcher, as they were set. */
    char text[4096] = "";
    ev_io w;
    (void)state;
    begin();
    w = io_of("w", ends[0], EV_READ | RELEV_EXCLUSIVE);
    ev_io_start(loop, &w);
    assert_int_equal(relev_dump(loop, ends[1]), 1);
    assert_true(read(ends[0], text, sizeof text - 1) > 0);
    assert_non_null(strstr(text, "EV_READ|RELEV_EXCLUSIVE,"));
    ev_io_stop(loop, &w);
    end();
}

static void test_exclusive_feature_is_that_of_the_kernel(void** state)
{
    /* 2.3: Linux 4.5, also if it is asked again. */
    struct utsname system;
    int major = 0, minor = 0;
    (void)state;
    assert_int_equal(uname(&system), 0);
    assert_int_equal(sscanf(system.release, "%d.%d", &major, &minor), 2);
    int has = major > 4 || (major == 4 && minor >= 5);
    for (int i = 0; i < 2; ++i)
        assert_int_equal(!(relev_features() & RELEV_FEATURE_EXCLUSIVE), !has);
    assert_true(RELEV_EXCLUSIVE == (int)EPOLLEXCLUSIVE);
}

static const Test tests[] = {
    EACH(test_exclusive_watcher_receives_its_events),
    EACH(test_exclusive_watcher_that_stops_leaves_the_set),
    EACH(test_exclusive_needs_all_watchers_of_the_fd),
    EACH(test_exclusive_watcher_may_be_changed),
    EACH(test_exclusive_where_the_kernel_refuses_it_is_usual),
    EACH(test_exclusive_far_fd_is_refused_and_forgotten),
    EACH(test_exclusive_in_a_child_leaves_the_parents_set),
    EACH(test_exclusive_is_in_a_dump),
    ONCE(test_exclusive_feature_is_that_of_the_kernel),
};

HARNESS_MAIN("relev_exclusive", tests)
