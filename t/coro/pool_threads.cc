// relev.hpp: threads, a loop in each.

#include <map>
#include <set>

#include "pool_help.hh"

using namespace relev;

namespace {

int port_of(const descriptor& d)
{
    address a;
    assert_int_equal(getsockname(d.fd(), a.any(), &a.size), 0);
    return a.in.sin_port;
}

// CXX_API 10: as many threads as this process has processors.
void test_threads_are_as_many_as_processors(void**)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    threads pool(0, flags());
    assert_int_equal(pool.size(), CPU_COUNT(&set));
}

// CXX_API 10: the same task runs in each loop, each in a thread of its own.
void test_run_runs_task_in_each_loop(void**)
{
    threads pool(3, flags());
    for (int round = 0; round < 3; ++round) {
        std::mutex m;
        std::set<std::thread::id> ids;
        std::set<int> indexes;
        pool.run([&](loop& l, int index) -> task<> {
            assert_ptr_equal(&l, &pool[index]);
            co_await yield();
            std::lock_guard<std::mutex> locked(m);
            ids.insert(std::this_thread::get_id());
            indexes.insert(index);
        });
        assert_int_equal(ids.size(), 3);
        assert_int_equal(indexes.size(), 3);
        assert_true(ids.count(std::this_thread::get_id()));
    }
}

// CXX_API 10: the first error cancels the rest, and is rethrown.
void test_run_error_cancels_rest(void**)
{
    threads pool(3, flags());
    auto call = [&] {
        pool.run([](loop&, int index) -> task<> {
            if (index == 2) throw std::runtime_error("two");
            co_await sleep_for(1000s);
        });
    };
    assert_string_equal(thrown_by(call).c_str(), "two");
    pool.run([](loop&, int) -> task<> { co_return; });
}

// CXX_API 10: so does what a callback throws.
void test_run_callback_throws(void**)
{
    threads pool(2, flags());
    auto call = [&] {
        pool.run([](loop& l, int index) -> task<> {
            if (index == 0) co_await sleep_for(1000s);
            on_timer t{l, 1ms, [] { throw std::runtime_error("callback"); }};
            co_await sleep_for(1000s);
        });
    };
    assert_string_equal(thrown_by(call).c_str(), "callback");
}

task<> a_while() { co_await sleep_for(1ms); }

// CXX_API 10: stop cancels all; clean-up is awaited.
void test_stop_cancels_all(void**)
{
    threads pool(3, flags());
    std::atomic<int> started{0}, cleaned{0};
    std::thread stopper([&] {
        while (started < 3) std::this_thread::yield();
        pool.stop();
    });
    pool.run([&](loop&, int) -> task<> {
        bool ended = false;
        try {
            ++started;
            co_await sleep_for(1000s);
        } catch (const canceled&) {
            ended = true;
        }
        if (ended) co_await shielded(a_while());
        ++cleaned;
        if (ended) throw canceled{};
    });
    stopper.join();
    assert_int_equal(cleaned, 3);
}

// CXX_API 10: a loop runs tasks for the others until all have ended.
task<int> doubled(int n)
{
    co_await yield();
    co_return 2 * n;
}
void test_loop_serves_others_until_all_end(void**)
{
    threads pool(3, flags());
    std::atomic<int> sum{0};
    pool.run([&](loop&, int index) -> task<> {
        if (index) co_return;
        co_await sleep_for(2ms);
        for (int i = 0; i < pool.size(); ++i)
            sum += co_await on(pool[i], doubled, i);
    });
    assert_int_equal(sum, 6);
}

// CXX_API 10: the listening descriptors have the same port.
void test_listen_each_shares_port(void**)
{
    threads pool(3, flags());
    address a;
    auto all = listen_each(pool, a.any(), a.size);
    assert_int_equal(all.size(), 3);
    for (descriptor& d : all) assert_int_equal(port_of(d), port_of(all[0]));
    a.in.sin_port = htons(1);
    a.in.sin_addr.s_addr = htonl(0xc0000201);  // not of this machine
    auto call = [&] { listen_each(pool, a.any(), a.size); };
    assert_string_not_equal(thrown_by(call).c_str(), "");
}

struct counts {
    std::mutex m;
    std::map<std::thread::id, int> now;
    int total = 0;

    void add(int by)
    {
        std::lock_guard<std::mutex> locked(m);
        now[std::this_thread::get_id()] += by;
        total += by;
    }
};

task<> session(descriptor d, counts& c)
{
    struct counted {
        counts& c;
        explicit counted(counts& to) : c(to) { c.add(1); }
        ~counted() { c.add(-1); }
    } here(c);
    co_await d.readable();
}

struct bound_session {
    counts* c;
    task<> operator()(descriptor d) { return session(std::move(d), *c); }
};

task<> until_all_run(threads& pool, counts& c, int connections)
{
    for (;;) {
        co_await sleep_for(1ms);
        std::lock_guard<std::mutex> locked(c.m);
        if (c.total == connections) break;
    }
    for (auto& [id, n] : c.now)
        assert_in_range(n, connections / 3, connections / 3 + 1);
    assert_int_equal(c.now.size(), 3);
    pool.stop();
}

// CXX_API 10: connections go to the loop with the fewest: two loops differ by
// at most one. A stop ends the sessions.
void test_serve_spreads_connections(void**)
{
    constexpr int connections = 20;
    threads pool(3, flags());
    address a;
    auto listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    counts c;
    std::vector<descriptor> clients;
    pool.run([&](loop&, int index) -> task<> {
        if (index) co_return;
        for (int i = 0; i < connections; ++i)
            clients.push_back(connected(listener));
        co_await when_all(pool.serve(listener.fd(), bound_session{&c}),
                          until_all_run(pool, c, connections));
    });
    assert_int_equal(c.total, 0);
}

// CXX_API 10: an error of a session ends all.
struct failing_session {
    task<> operator()(descriptor)
    {
        co_await yield();
        throw std::runtime_error("session");
    }
};
void test_serve_session_fails(void**)
{
    threads pool(2, flags());
    address a;
    auto listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    auto one = connected(listener), two = connected(listener);
    for (int i = 0; i < 2; ++i) pool[i].on_unhandled([](std::exception_ptr) {});
    auto call = [&] {
        pool.run([&](loop&, int index) -> task<> {
            if (index == 0)
                co_await pool.serve(listener.fd(), failing_session());
        });
    };
    assert_string_equal(thrown_by(call).c_str(), "session");
}

// Issue 20, part A: so does one on another loop, when no session fails here.
struct failing_elsewhere {
    loop* there;
    task<> operator()(descriptor d)
    {
        loop& here = co_await this_loop();
        if (&here == there) throw std::runtime_error("elsewhere");
        co_await d.readable();
    }
};
void test_serve_session_fails_on_other_loop(void**)
{
    threads pool(2, flags());
    address a;
    auto listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    auto one = connected(listener), two = connected(listener);
    auto call = [&] {
        pool.run([&](loop&, int index) -> task<> {
            failing_elsewhere session{&pool[1]};
            auto serves = [&] { return pool.serve(listener.fd(), session); };
            if (index == 0) co_await with_timeout(20s, serves());
        });
    };
    assert_string_equal(thrown_by(call).c_str(), "elsewhere");
}

// Issue 20, A25: what has connected when serve is canceled is handed over, too,
// and finds what it has sent.
struct counting_session {
    std::atomic<int>* received;
    task<> operator()(descriptor d)
    {
        char c = 0;
        (void)co_await nothrow(d.readable());  // canceled, or not yet
        if (::read(d.fd(), &c, 1) == 1) ++*received;
    }
};
void test_serve_canceled_hands_over_what_has_connected(void**)
{
    threads pool(3, flags());
    address a;
    auto listener = std::move(listen_each(pool, a.any(), a.size)[0]);
    std::vector<descriptor> clients;
    std::atomic<int> received{0};
    for (int i = 0; i < 20; ++i) {
        clients.push_back(connected(listener));
        assert_int_equal(::write(clients.back().fd(), "x", 1), 1);
    }
    pool.run([&](loop&, int index) -> task<> {
        if (index == 0)
            assert_false(co_await try_for(
                0ms, pool.serve(listener.fd(), counting_session{&received})));
    });
    assert_int_equal(received, 20);
}

const Test tests[] = {
    EACH(test_threads_are_as_many_as_processors),
    EACH(test_run_runs_task_in_each_loop),
    EACH(test_run_error_cancels_rest),
    EACH(test_run_callback_throws),
    EACH(test_stop_cancels_all),
    EACH(test_loop_serves_others_until_all_end),
    EACH(test_listen_each_shares_port),
    EACH(test_serve_spreads_connections),
    EACH(test_serve_session_fails),
    EACH(test_serve_session_fails_on_other_loop),
    EACH(test_serve_canceled_hands_over_what_has_connected),
};

}  // namespace

HARNESS_MAIN("pool", tests)
