// White box: what a kernel may do, and the one that runs these tests does not:
// the last resort of several parts.

#include "ev.c"
#include "white.hh"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

// Everything that there is room for is ready, of fds that nobody has.
extern "C" int epoll_wait(int, epoll_event* events, int room, int)
{
    for (int i = 0; i < room; ++i) {
        events[i].events = EPOLLIN;
        events[i].data.u64 = 1 << 30;
    }
    return room;
}

// More is ready than was asked for.
extern "C" int poll(pollfd* fds, nfds_t count, int)
{
    for (nfds_t i = 0; i < count; ++i) fds[i].revents = POLLIN;
    return static_cast<int>(count) + 1;
}

namespace {

void test_unlikely_many_events_need_no_more_room(void**)
{
    /* R2.19: the room for events grows with them, up to a limit. */
    auto* loop = evi::dynamic_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    assert_non_null(loop);
    auto& room = evi::state<evi::Epoll>(*loop).events;
    for (int last = 0; room.capacity != last; loop->backend->poll(*loop, 0))
        last = room.capacity;
    assert_int_equal(room.capacity, 1 << 16);
    evi::dynamic_destroy(*loop);
}

void count_call(EV_P_ ev_io* w, int)
{
    static_cast<void>(EV_A);
    ++*static_cast<int*>(w->data);
}

void test_unlikely_more_ready_than_asked_for_ends(void**)
{
    /* R2.19: what poll returns is no reason to read beyond its fds. */
    auto* loop = evi::dynamic_new(EVBACKEND_POLL | EVFLAG_NOENV);
    assert_non_null(loop);
    int calls = 0;
    ev_io w;
    ev_io_init(&w, count_call, 0, EV_READ);
    w.data = &calls;
    ev_io_start(evi::c_loop(*loop), &w);
    assert_int_equal(ev_run(evi::c_loop(*loop), EVRUN_NOWAIT), 1);
    assert_int_equal(calls, 1);
    evi::dynamic_destroy(*loop);
}

void test_unlikely_wait_of_almost_a_second_is_a_second(void**)
{
    /* R2.23: never shorter than asked; nor are there 1e9 ns beside a second. */
    timespec t = evi::to_timespec(1.9999999999);
    assert_int_equal(t.tv_sec, 2);
    assert_int_equal(t.tv_nsec, 0);
    t = evi::to_timespec(0.25);
    assert_int_equal(t.tv_sec, 0);
    assert_in_range(t.tv_nsec, 250000000, 250000001);
}

char block[8];
size_t asked;

void* give_block(void*, long size)  // whose memory is never read
{
    asked = static_cast<size_t>(size);
    return block;
}

void test_unlikely_array_grows_to_the_wish_near_the_end_of_int(void**)
{
    /* R1.90: where twice as much would be more than an int can count. */
    evi::hooks.allocator = give_block;
    evi::Array<char> array{};
    array.count = 1 << 28;  // otherwise it marks an unused element
    array.reserve((1 << 29) + 1);
    array.reserve(array.capacity + 1);
    assert_int_equal(asked, (1 << 29) + 2);
    assert_int_equal(array.capacity, (1 << 29) + 2);
    evi::hooks.allocator = nullptr;
}

void pipe_open(int (&fds)[2])
{
    assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
}

void test_unlikely_pipe_with_much_in_it_is_emptied(void**)
{
    /* R2.63: a wake-up pipe that many wrote to does not wake twice. */
    int fds[2];
    pipe_open(fds);
    char bytes[1000] = {};
    assert_int_equal(write(fds[1], bytes, sizeof bytes), sizeof bytes);
    evi::channel_drain(fds[0]);
    assert_int_equal(read(fds[0], bytes, 1), -1);
    assert_int_equal(errno, EAGAIN);
    close(fds[0]), close(fds[1]);
}

void test_unlikely_signal_number_from_signalfd_is_ignored(void**)
{
    /* R2.46: signal numbers out of range are. */
    auto* loop = evi::dynamic_new(EVFLAG_NOENV);
    assert_true(evi::receiver_take(*loop));
    int fds[2];
    pipe_open(fds);
    signalfd_siginfo infos[2] = {};
    infos[1].ssi_signo = 100000;
    assert_int_equal(write(fds[1], infos, sizeof infos), sizeof infos);
    evi::signalfd_read(*loop, fds[0]);
    assert_int_equal(evi::pending_count(*loop), 0);
    close(fds[0]), close(fds[1]);
    evi::dynamic_destroy(*loop);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(test_unlikely_many_events_need_no_more_room),
        cmocka_unit_test(test_unlikely_more_ready_than_asked_for_ends),
        cmocka_unit_test(test_unlikely_wait_of_almost_a_second_is_a_second),
        cmocka_unit_test(
            test_unlikely_array_grows_to_the_wish_near_the_end_of_int),
        cmocka_unit_test(test_unlikely_pipe_with_much_in_it_is_emptied),
        cmocka_unit_test(test_unlikely_signal_number_from_signalfd_is_ignored),
    };
    return cmocka_run_group_tests_name("unlikely", tests, nullptr, nullptr);
}
