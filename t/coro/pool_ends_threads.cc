// relev.hpp: how pools end while tasks of other threads are there, or come.

#include "call_help.hh"
#include "pool_help.hh"

using namespace relev;

namespace {

// Issue 20, A4: a task of another loop is ready when the own task of its loop
// ends. It continues, for the other tasks of the pool have not ended.
task<int> yields(std::atomic<bool>& there)
{
    there = true;
    for (int i = 0; i < 100; ++i) co_await yield();
    co_return 7;
}
void test_pool_task_ends_others_continue(void**)
{
    threads pool(2, flags());
    std::atomic<bool> there{false};
    int value = 0;
    pool.run([&](loop&, int index) -> task<> {
        if (index == 0) value = co_await on(pool[1], yields, std::ref(there));
        while (!there) co_await sleep_for(0s);
    });
    assert_int_equal(value, 7);
}

// Issue 20, A8: a pool ends. Its next run takes calls from the beginning.
void test_pool_ends_others_are_canceled(void**)
{
    threads pool(2, flags());
    caller a(pool[0]), b(pool[1]);
    pool.run([](loop&, int) -> task<> { co_await until_waiting(2); });
    assert_int_equal(waiting, 0);
    a.is_canceled();
    b.is_canceled();
    assert_string_equal(call_from_here(pool[1]).c_str(), "canceled");
    pool.run([&](loop&, int index) -> task<> {
        assert_int_equal(co_await on(pool[1 - index], soon, 4), 4);
    });
}

// Issue 20, A9: the cancel of a failed run does not reach the next one.
void test_failed_run_spares_next(void**)
{
    threads pool(4, flags());
    for (int i = 0; i < 50; ++i) {
        auto fail = [&] {
            pool.run([](loop&, int) -> task<> {
                co_await yield();
                throw std::runtime_error("failed");
            });
        };
        assert_string_equal(thrown_by(fail).c_str(), "failed");
        std::atomic<int> ended{0};
        pool.run([&](loop&, int) -> task<> {
            co_await soon(0);
            ++ended;
        });
        assert_int_equal(ended, 4);
    }
}

// Issue 20, A10: a stop while the loops call each other is no error.
void test_stop_while_loops_call_each_other(void**)
{
    threads pool(3, flags());
    for (int i = 0; i < 50; ++i) {
        std::atomic<int> started{0};
        std::thread stopper([&] {
            while (started < 3) std::this_thread::yield();
            pool.stop();
        });
        pool.run([&](loop&, int index) -> task<> {
            ++started;
            co_await on(pool[(index + 2) % 3], endless);
        });
        stopper.join();
    }
}

// Issue 20, A9: a stop before a run cancels that.
void test_stop_before_run_cancels_it(void**)
{
    threads pool(2, flags());
    pool.stop();
    pool.run([&](loop&, int) -> task<> { co_await endless(); });
    std::atomic<int> ended{0};
    pool.run([&](loop&, int) -> task<> {
        co_await soon(0);
        ++ended;
    });
    assert_int_equal(ended, 2);
}

// Issue 20, part A: a loop that is stopped before its part of serve has begun
// closes the connections that it got.
struct waiting_session {
    std::atomic<int>* begun;
    task<> operator()(descriptor d)
    {
        ++*begun;
        co_await d.readable();
    }
};
task<> stops_other(threads& pool, std::atomic<int>& begun,
                   std::atomic<bool>& go_on, int client)
{
    while (begun < 2) co_await sleep_for(1ms);
    pool[1].stop();
    go_on = true;  // it gets the second connection, and the stop
    co_await readable(client);
}
void test_serve_loop_stopped_early_closes_its_connections(void**)
{
    threads pool(2, flags());
    address a;
    auto listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    std::vector<descriptor> clients;
    std::atomic<int> begun{0};
    std::atomic<bool> go_on{false};
    for (int i = 0; i < 3; ++i) clients.push_back(connected(listener));
    pool.run([&](loop&, int index) -> task<> {
        if (index == 1)
            while (!go_on) std::this_thread::yield();
        if (index == 1) co_return;
        co_await when_any(pool.serve(listener.fd(), waiting_session{&begun}),
                          stops_other(pool, begun, go_on, clients[1].fd()));
    });
    assert_int_equal(begun, 2);
}

const Test tests[] = {
    EACH(test_pool_task_ends_others_continue),
    EACH(test_pool_ends_others_are_canceled),
    EACH(test_failed_run_spares_next),
    EACH(test_stop_while_loops_call_each_other),
    EACH(test_stop_before_run_cancels_it),
    EACH(test_serve_loop_stopped_early_closes_its_connections),
};

}  // namespace

HARNESS_MAIN("pool_ends", tests)
