// relev.hpp: blocking, functions that run in a pool of threads.

#include <signal.h>

#include "block_help.hh"

using namespace relev;

namespace {

std::string joined(const std::string& text, std::unique_ptr<int> number)
{
    return text + std::to_string(*number);
}
task<> delivers(blocking_pool& p)
{
    std::thread::id here = std::this_thread::get_id();
    assert_true(co_await blocking(p, std::this_thread::get_id) != here);
    assert_true(std::this_thread::get_id() == here);
    std::string text =
        co_await blocking(p, joined, "abc", std::make_unique<int>(4));
    assert_string_equal(text.c_str(), "abc4");
}

// Issue 20, B3: f runs in another thread; arguments and results are moved.
void test_blocking_delivers_result(void**)
{
    blocking_pool p(2);
    run_clean(delivers, std::ref(p));
}

void fails(bool by_system)
{
    if (by_system) throw std::system_error(EIO, std::generic_category());
    throw std::runtime_error("there");
}
task<> fails_there(blocking_pool& p) { co_await blocking(p, fails, false); }
task<> asks_for_error(blocking_pool& p)
{
    auto ended = co_await nothrow(blocking(p, fails, true));
    assert_true(ended.error() == std::errc::io_error);
    auto value = co_await nothrow(blocking(p, [] { return 3; }));
    assert_int_equal(*value, 3);
}

// Issue 20, B3: an error travels.
void test_blocking_error_comes_back(void**)
{
    blocking_pool p(1);
    auto call = [&] { run_clean(fails_there, std::ref(p)); };
    assert_string_equal(thrown_by(call).c_str(), "there");
    run_clean(asks_for_error, std::ref(p));
}

struct numbered {
    std::vector<int> order;
    std::atomic<int> now{0}, most{0};
};
void number(numbered* all, int n)
{
    if (++all->now > all->most) all->most = all->now.load();
    static std::mutex lock;
    {
        std::lock_guard<std::mutex> locked(lock);
        all->order.push_back(n);
    }
    std::this_thread::yield();
    --all->now;
}
task<> one_number(blocking_pool& p, numbered& all, int n)
{
    co_await blocking(p, number, &all, n);
}
task<> many_numbers(blocking_pool& p, numbered& all)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 0; i < 200; ++i)
            n.spawn(one_number, std::ref(p), std::ref(all), i);
        co_return;
    });
}

// Issue 20, B3: the pool is bounded; what has no thread waits, in order.
void test_blocking_full_pool_waits(void**)
{
    for (int threads : {1, 3}) {
        blocking_pool p(threads);
        numbered all;
        run_clean(many_numbers, std::ref(p), std::ref(all));
        assert_int_equal(all.order.size(), 200);
        assert_in_range(all.most, 1, threads);
        for (int i = 0; threads == 1 && i < 200; ++i)
            assert_int_equal(all.order[static_cast<size_t>(i)], i);
        assert_int_equal(p.queued(), 0);
        assert_int_equal(p.size(), threads);
    }
}

task<> waits_at(blocking_pool& p, door& d)
{
    co_await blocking(p, at_door, &d);
}
task<> two_at(blocking_pool& p, door& d)
{
    co_await when_all(waits_at(p, d), waits_at(p, d), [](door& both) -> task<> {
        co_await until_at(both, 2);
        both.open();
    }(d));
}

// Issue 20, B3: a thread is made for each function, up to the size.
void test_blocking_functions_run_at_a_time(void**)
{
    blocking_pool p(2);
    door d;
    run_clean(two_at, std::ref(p), std::ref(d));
}

void runs_with(const trace&, bool* ran) { *ran = true; }
task<> ends_in_pool(blocking_pool& p, std::thread::id& where, bool& ran)
{
    co_await blocking(p, runs_with, trace(&where), &ran);
    assert_true(where != std::thread::id());  // before this continues
}

// Issue 20, B3: arguments are destroyed where f ran.
void test_blocking_arguments_are_destroyed_there(void**)
{
    blocking_pool p(1);
    std::thread::id where;
    bool ran = false;
    run_clean(ends_in_pool, std::ref(p), std::ref(where), std::ref(ran));
    assert_true(ran);
    assert_true(where != std::this_thread::get_id());
}

task<> give_up_queued(blocking_pool& p, door& d, std::thread::id& where,
                      bool& ran)
{
    co_await when_all(
        waits_at(p, d),
        [](blocking_pool& pool, door& at, std::thread::id& w,
           bool& r) -> task<> {
            co_await until_at(at);
            assert_false(co_await try_for(1ms, ends_in_pool(pool, w, r)));
            assert_int_equal(pool.queued(), 0);
            assert_true(w == std::this_thread::get_id());
            at.open();
        }(p, d, where, ran));
}

// Issue 20, B3: canceled in the queue, it never runs, and is destroyed here.
void test_blocking_cancel_in_queue_never_runs(void**)
{
    blocking_pool p(1);
    door d;
    std::thread::id where;
    bool ran = false;
    run_clean(give_up_queued, std::ref(p), std::ref(d), std::ref(where),
              std::ref(ran));
    assert_false(ran);
}

trace late(door* d, std::thread::id* where)
{
    d->go_through();
    return trace(where);
}
task<> waits_for_late(blocking_pool& p, door& d, std::thread::id& where)
{
    co_await blocking(p, late, &d, &where);
}
task<> give_up_running(blocking_pool& p, door& d, std::thread::id& where)
{
    co_await when_any(waits_for_late(p, d, where), until_at(d));
    assert_true(where == std::thread::id());  // it did not wait for f
    d.open();
    while (where == std::thread::id()) co_await sleep_for(1ms);
    assert_true(where == std::this_thread::get_id());
}

// Issue 20, B3: canceled while f runs, it returns at once; the late result is
// destroyed here.
void test_blocking_cancel_while_running_returns(void**)
{
    blocking_pool p(1);
    door d;
    std::thread::id where;
    run_clean(give_up_running, std::ref(p), std::ref(d), std::ref(where));
}

task<> in_canceled_scope(blocking_pool& p, bool& ran)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        n.cancel();
        co_await blocking(
            p, [](bool* r) { *r = true; }, &ran);
    });
}

// CXX_API 5.3: in a canceled scope it does not even start.
void test_blocking_in_canceled_scope_does_not_start(void**)
{
    blocking_pool p(1);
    bool ran = false;
    run_clean(in_canceled_scope, std::ref(p), std::ref(ran));
    assert_false(ran);
}

task<> dumps(blocking_pool& p, door& d, std::string& all)
{
    co_await when_all(waits_at(p, d), [](door& at, std::string& to) -> task<> {
        co_await until_at(at);
        char* text = nullptr;
        std::size_t size = 0;
        std::FILE* file = open_memstream(&text, &size);
        (co_await this_loop()).dump(file);
        std::fclose(file);
        to = text;
        std::free(text);
        at.open();
    }(d, all));
}

// CXX_API 4: dump says where it waits.
void test_blocking_is_in_dump(void**)
{
    blocking_pool p(1);
    door d;
    std::string all;
    run_clean(dumps, std::ref(p), std::ref(d), std::ref(all));
    assert_true(all.find("waits in blocking at ") != std::string::npos);
    assert_true(all.find("blocking_threads.cc:") != std::string::npos);
}

bool is_blocked(int signum)
{
    sigset_t set;
    pthread_sigmask(SIG_SETMASK, nullptr, &set);
    return sigismember(&set, signum);
}
task<> asks_for_signals(blocking_pool& p)
{
    assert_true(co_await blocking(p, is_blocked, SIGTERM));
    assert_false(co_await blocking(p, is_blocked, SIGSEGV));
    assert_false(is_blocked(SIGTERM));
}

// Issue 20, B3: signals go to the threads of the program.
void test_blocking_signals_are_blocked_there(void**)
{
    blocking_pool p(1);
    run_clean(asks_for_signals, std::ref(p));
}

const Test tests[] = {
    EACH(test_blocking_delivers_result),
    EACH(test_blocking_error_comes_back),
    EACH(test_blocking_full_pool_waits),
    EACH(test_blocking_functions_run_at_a_time),
    EACH(test_blocking_arguments_are_destroyed_there),
    EACH(test_blocking_cancel_in_queue_never_runs),
    EACH(test_blocking_cancel_while_running_returns),
    EACH(test_blocking_in_canceled_scope_does_not_start),
    EACH(test_blocking_is_in_dump),
    EACH(test_blocking_signals_are_blocked_there),
};

}  // namespace

HARNESS_MAIN("blocking", tests)
