// relev.hpp: how threads::serve accepts.

#include "pool_help.hh"

using namespace relev;

namespace {

struct iterations {
    unsigned first = 0, last = 0;
    int count = 0;
};

struct noting_session {
    task<> operator()(descriptor) const
    {
        loop& l = co_await this_loop();
        seen->last = ev_iteration(l.raw());
        if (!seen->count++) seen->first = seen->last;
    }
    iterations* seen;
};

task<> until_count(const iterations& seen, int count)
{
    while (seen.count < count) co_await yield();
}

// Issue 20, "speed": one at a time, a burst would wait for as many iterations,
// each of which calls all sessions that are ready.
void test_serve_burst_is_accepted_in_one_iteration(void**)
{
    threads pool(1, flags());
    address a;
    descriptor listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    std::vector<descriptor> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(connected(listener));
    iterations seen;
    pool.run([&](loop&, int) -> task<> {
        co_await when_any(pool.serve(listener.fd(), noting_session{&seen}),
                          until_count(seen, 10));
    });
    assert_int_equal(seen.count, 10);
    assert_int_equal(seen.first, seen.last);
}

// Issue 20, "speed": the listener may block, for example one of a parent. Then
// only a first accept cannot wait for a connection that does not come: there is
// one for each iteration.
void test_serve_blocking_listener_accepts_one_at_a_time(void**)
{
    threads pool(1, flags());
    address a;
    descriptor listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    fcntl(listener.fd(), F_SETFL, 0);
    timeval limit = {0, 50000};  // for an accept that waits: then it fails
    setsockopt(listener.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::vector<descriptor> clients;
    for (int i = 0; i < 3; ++i) clients.push_back(connected(listener));
    iterations seen;
    pool.run([&](loop&, int) -> task<> {
        co_await when_any(pool.serve(listener.fd(), noting_session{&seen}),
                          until_count(seen, 3));
    });
    assert_int_equal(seen.count, 3);
    assert_true(seen.last - seen.first >= 2);
}

int open_fds()
{
    int count = 0;
    for (int fd = 0; fd < 1000; ++fd) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

enum class event_of_burst { stop, error };

// Copied for each connection, in the middle of the burst.
struct ending_session {
    ending_session(threads& pool, event_of_burst what, int at)
        : pool_(&pool),
          what_(what),
          left_(std::make_shared<std::atomic<int>>(at))
    {
    }
    ending_session(const ending_session& other)
        : pool_(other.pool_), what_(other.what_), left_(other.left_)
    {
        if ((*left_)--) return;
        if (what_ == event_of_burst::stop) pool_->stop();
        else throw std::runtime_error("copy");
    }
    ending_session& operator=(const ending_session&) = delete;

    task<> operator()(descriptor d) const { co_await nothrow(d.readable()); }

private:
    threads* pool_;
    event_of_burst what_;
    std::shared_ptr<std::atomic<int>> left_;
};

// All descriptors are closed, whatever ends the burst after so many copies.
void ends_burst(int loops, event_of_burst what, int at)
{
    threads pool(loops, flags());
    address a;
    descriptor listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    std::vector<descriptor> clients;
    for (int i = 0; i < 6; ++i) clients.push_back(connected(listener));
    int before = open_fds();
    std::string error = thrown_by([&] {
        pool.run([&](loop&, int index) -> task<> {
            ending_session session(pool, what, at);
            if (!index) co_await pool.serve(listener.fd(), session);
            else co_await sleep_for(1000s);
        });
    });
    if (what == event_of_burst::error)
        assert_string_equal(error.c_str(), "copy");
    assert_int_equal(open_fds(), before);
    if (what == event_of_burst::error)
        return;  // the others wait to be accepted
    char c;
    for (descriptor& d : clients)
        assert_true(recv(d.fd(), &c, 1, MSG_DONTWAIT) == 0);
}

// Issue 20, A14: a stop or an error in the middle of a burst leaks none of its
// descriptors, and every client sees the end.
void test_serve_burst_that_ends_leaks_nothing(void**)
{
    for (int loops = 1; loops <= 2; ++loops) {
        for (int at = 0; at < 14; ++at) {
            ends_burst(loops, event_of_burst::stop, at);
            ends_burst(loops, event_of_burst::error, at);
        }
    }
}

const Test tests[] = {
    EACH(test_serve_burst_is_accepted_in_one_iteration),
    EACH(test_serve_blocking_listener_accepts_one_at_a_time),
    EACH(test_serve_burst_that_ends_leaks_nothing),
};

}  // namespace

HARNESS_MAIN("pool_accept", tests)
