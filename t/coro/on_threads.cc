// relev.hpp: on, tasks on the loop of another thread.

#include "coro_help.hh"

using namespace relev;

#ifdef __SANITIZE_THREAD__
// libstdc++ counts the references of an exception_ptr in code that TSan cannot
// see.
extern "C" const char* __tsan_default_suppressions()
{
    return "race:std::__exception_ptr\nrace:std::runtime_error::~runtime_error";
}
#endif

namespace {

// A thread that runs a loop until the end of the test.
struct other_thread {
    other_thread() : l(flags())
    {
        ev_ref(l.raw());
        runner = std::thread([this] { l.run(); });
    }
    ~other_thread() { end(); }
    other_thread(const other_thread&) = delete;

    void end()
    {
        l.stop();
        if (runner.joinable()) runner.join();
    }

    loop l;
    std::thread runner;
};

task<std::thread::id> thread_of()
{
    co_await yield();
    co_return std::this_thread::get_id();
}
task<> run_there(other_thread& t)
{
    std::thread::id there = t.runner.get_id();
    assert_true(co_await on(t.l, thread_of) == there);
    assert_true(co_await thread_of() == std::this_thread::get_id());
}

// CXX_API 4: the task runs in the other thread, and the caller continues here.
void test_on_runs_in_other_thread(void**)
{
    other_thread t;
    run_clean(run_there, std::ref(t));
}

task<std::string> repeat(std::unique_ptr<std::string> text, int times)
{
    std::string all;
    while (times--) {
        co_await sleep_for(0s);
        all += *text;
    }
    co_return all;
}
task<> pass_values(other_thread& t)
{
    std::string all =
        co_await on(t.l, repeat, std::make_unique<std::string>("ab"), 3);
    assert_string_equal(all.c_str(), "ababab");
}

// CXX_API 4: arguments are moved there, and the result comes back.
void test_on_delivers_result(void**)
{
    other_thread t;
    run_clean(pass_values, std::ref(t));
}

task<> fails_there()
{
    co_await yield();
    throw std::runtime_error("there");
}
task<> calls_failing(other_thread& t) { co_await on(t.l, fails_there); }

// CXX_API 4: so does an error.
void test_on_error_comes_back(void**)
{
    other_thread t;
    auto call = [&] { run_clean(calls_failing, std::ref(t)); };
    assert_string_equal(thrown_by(call).c_str(), "there");
}

std::atomic<int> running{0};
task<> endless()
{
    struct count {
        count() { ++running; }
        ~count() { --running; }
    } here;
    co_await sleep_for(1000s);
}
task<> call_endless(other_thread& t) { co_await on(t.l, endless); }
task<> give_up(other_thread& t)
{
    assert_false(co_await try_for(1ms, call_endless(t)));
    assert_int_equal(running, 0);
}

// CXX_API 4: a cancel travels there, and is awaited.
void test_on_cancel_travels(void**)
{
    other_thread t;
    for (int i = 0; i < 10; ++i) run_clean(give_up, std::ref(t));
}

task<> canceled_before(other_thread& t)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        n.cancel();
        co_await call_endless(t);
    });
}

// CXX_API 5.3: in a canceled scope it does not even start.
void test_on_in_canceled_scope_does_not_start(void**)
{
    other_thread t;
    run_clean(canceled_before, std::ref(t));
    assert_int_equal(running, 0);
}

task<> stopped_there(other_thread& t)
{
    bool thrown = false;
    try {
        co_await when_all(call_endless(t), [](other_thread& o) -> task<> {
            while (!running) co_await sleep_for(1ms);
            o.l.stop();
            o.runner.join();
            // What the stop left is ended by the next run, or the end.
            o.l.run(EVRUN_NOWAIT);
        }(t));
    } catch (const std::system_error& error) {
        thrown = error.code() == std::errc::operation_canceled;
    }
    assert_true(thrown);
}

// CXX_API 4: a stop of the other loop ends the task, and is an error here.
void test_on_other_loop_is_stopped(void**)
{
    other_thread t;
    run_clean(stopped_there, std::ref(t));
}

task<> call_in_vain(std::unique_ptr<loop>& other)
{
    bool thrown = false;
    try {
        co_await when_all(
            [](loop& l) -> task<> { co_await on(l, endless); }(*other),
            [](std::unique_ptr<loop>& l) -> task<> {
                co_await yield();
                l.reset();
            }(other));
    } catch (const std::system_error& error) {
        thrown = error.code() == std::errc::operation_canceled;
    }
    assert_true(thrown);
}

// CXX_API 4: a loop that is destroyed before it ran the task cancels it.
void test_on_loop_that_never_ran(void**)
{
    auto other = std::make_unique<loop>(flags());
    run_clean(call_in_vain, std::ref(other));
}

// CXX_API 5.4: the caller is destroyed while the task runs there.
void test_on_caller_destroyed_midway(void**)
{
    other_thread t;
    for (int i = 0; i < 20; ++i) {
        loop l(flags());
        on_check c{l, [n = i % 7]() mutable {
                       if (n-- == 0) throw std::runtime_error("midway");
                   }};
        on_timer tick{l, 0s, 100us, [] {}};
        auto call = [&] { l.run(call_endless(t)); };
        assert_string_equal(thrown_by(call).c_str(), "midway");
    }
    t.end();
}

task<std::string> dumped()
{
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* file = open_memstream(&text, &size);
    (co_await this_loop()).dump(file);
    std::fclose(file);
    std::string all = text;
    std::free(text);
    co_return all;
}
task<> dump_there(other_thread& t)
{
    std::string all = co_await on(t.l, dumped);
    assert_string_equal(all.c_str(), "fiber is ready or runs\n");
}

// Runs there, while the caller waits here: the caller's loop does not move.
task<std::string> dumped_here(loop& home)
{
    co_return co_await on(home, dumped);
}
task<> dump_here(other_thread& t)
{
    std::string all =
        co_await on(t.l, dumped_here, std::ref(co_await this_loop()));
    assert_int_equal(all.find("fiber waits in on at "), 0);
    assert_true(all.find("on_threads.cc:") != std::string::npos);
}

// CXX_API 4: dump shows the tasks of other loops, too.
void test_on_is_in_dump(void**)
{
    other_thread t;
    run_clean(dump_there, std::ref(t));
    run_clean(dump_here, std::ref(t));
}

task<int> pong(int n) { co_return n + 1; }
task<int> ping(loop& home, int n) { co_return co_await on(home, pong, n) + 1; }
task<> one_of_many(loop& home, loop& there, int i)
{
    for (int n = 0; n < 20; ++n)
        assert_int_equal(co_await on(there, ping, std::ref(home), i), i + 2);
}
task<> many(other_thread& t)
{
    loop& home = co_await this_loop();
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 0; i < 20; ++i)
            n.spawn(one_of_many, std::ref(home), std::ref(t.l), i);
        co_return;
    });
}

// CXX_API 4: two loops call each other, many tasks at a time.
void test_on_both_ways_at_a_time(void**)
{
    other_thread t;
    run_clean(many, std::ref(t));
}

task<> fails(std::errc code)
{
    co_await yield();
    if (code != std::errc()) throw std::system_error(make_error_code(code));
}
task<> asks_how_it_ended(other_thread& t)
{
    auto ended = co_await nothrow(on(t.l, fails, std::errc()));
    assert_true(ended.has_value());
    ended = co_await nothrow(on(t.l, fails, std::errc::broken_pipe));
    assert_true(ended.error() == std::errc::broken_pipe);
}

// Issue 20: nothrow loses no error of a task that delivers nothing.
void test_on_nothrow_delivers_error(void**)
{
    other_thread t;
    run_clean(asks_how_it_ended, std::ref(t));
}

const Test tests[] = {
    EACH(test_on_runs_in_other_thread),
    EACH(test_on_delivers_result),
    EACH(test_on_error_comes_back),
    EACH(test_on_nothrow_delivers_error),
    EACH(test_on_cancel_travels),
    EACH(test_on_in_canceled_scope_does_not_start),
    EACH(test_on_other_loop_is_stopped),
    EACH(test_on_loop_that_never_ran),
    EACH(test_on_caller_destroyed_midway),
    EACH(test_on_both_ways_at_a_time),
    EACH(test_on_is_in_dump),
};

}  // namespace

HARNESS_MAIN("on", tests)
