// relev.hpp: blocking, when the loop, the pool or the process ends before f, or
// no thread can be made.

#include "block_help.hh"

using namespace relev;

namespace {

trace late(door* d, std::thread::id* where)
{
    d->go_through();
    return trace(where);
}
task<> waits_for_late(blocking_pool& p, door& d, std::thread::id& where)
{
    co_await blocking(p, late, &d, &where);
}

// Issue 20, B3: the loop is destroyed while f runs. The result is destroyed in
// the pool.
void test_blocking_loop_is_destroyed_while_running(void**)
{
    std::thread::id where;
    {
        blocking_pool p(1);
        door d;
        opener at_end(d);
        {
            loop l(flags());
            on_check c{l, [&] {
                           if (d.came()) throw std::runtime_error("midway");
                       }};
            on_timer tick{l, 0s, 1ms, [] {}};
            auto run = [&] { l.run(waits_for_late(p, d, where)); };
            assert_string_equal(thrown_by(run).c_str(), "midway");
        }
        assert_true(where == std::thread::id());
    }
    assert_true(where != std::thread::id());
    assert_true(where != std::this_thread::get_id());
}

// Issue 20, B3: the loop is destroyed when f has ended, and the loop does not
// know it yet.
void test_blocking_loop_is_destroyed_with_result(void**)
{
    std::thread::id where;
    door d;
    auto p = std::make_unique<blocking_pool>(1);
    {
        loop l(flags());
        on_check c{l, [&] {
                       if (!d.came()) return;
                       d.open();
                       p.reset();  // waits for f
                       throw std::runtime_error("midway");
                   }};
        on_timer tick{l, 0s, 1ms, [] {}};
        auto run = [&] { l.run(waits_for_late(*p, d, where)); };
        assert_string_equal(thrown_by(run).c_str(), "midway");
    }
    assert_true(where == std::this_thread::get_id());
}

task<std::error_code> ended_by_pool(blocking_pool& p, door& d)
{
    co_return (co_await nothrow(blocking(
                   p,
                   [](door* at) {
                       at->go_through();
                       return 1;
                   },
                   &d)))
        .error();
}
task<> pool_ends(std::unique_ptr<blocking_pool>& p, door& d)
{
    auto [first, second, done] = co_await when_all(
        ended_by_pool(*p, d), ended_by_pool(*p, d),
        [](std::unique_ptr<blocking_pool>& pool, door& at) -> task<int> {
            co_await until_at(at);
            blocking_pool* ending = pool.release();
            std::thread later([&] {
                while (ending->queued()) std::this_thread::yield();
                at.open();
            });
            delete ending;  // it ends when the door is open
            later.join();
            co_return 0;
        }(p, d));
    (void)done;
    assert_false(static_cast<bool>(first));
    assert_true(is_canceled(second));
}

// Issue 20, B3: the pool is destroyed: it waits for what runs, and what is in
// its queue is canceled.
void test_blocking_pool_is_destroyed_queue_is_canceled(void**)
{
    auto p = std::make_unique<blocking_pool>(1);
    door d;
    run_clean(pool_ends, std::ref(p), std::ref(d));
}

task<> without_thread(blocking_pool& p)
{
    alive here;
    bool ran = false;
    auto set = [](bool* r) { return *r = true; };
    {
        no_threads from_here;
        auto ended = co_await nothrow(blocking(p, set, &ran));
        assert_false(ended.has_value());
        assert_true(ended.error().category() == std::generic_category());
    }
    assert_false(ran);
    assert_true(co_await blocking(p, set, &ran));
}

// Issue 20, B3: no thread can be made: an error, and f has not run.
void test_blocking_without_thread_is_error(void**)
{
    blocking_pool p(2);
    run_clean(without_thread, std::ref(p));
}

task<> waits_at(blocking_pool& p, door& d)
{
    co_await blocking(p, at_door, &d);
}
task<> opens_with_one_thread(blocking_pool& p, door& d)
{
    co_await until_at(d);
    no_threads from_here;
    co_await when_all(waits_at(p, d), [](door& at) -> task<> {
        co_await yield();
        at.open();
    }(d));
}
task<> with_one_thread(blocking_pool& p, door& d)
{
    co_await when_all(waits_at(p, d), opens_with_one_thread(p, d));
}

// Issue 20, B3: no more threads can be made: those that are there do it.
void test_blocking_with_fewer_threads_waits(void**)
{
    blocking_pool p(2);
    door d;
    run_clean(with_one_thread, std::ref(p), std::ref(d));
}

// In the child it cannot come back; new functions run.
task<int> ended_in_child(blocking_pool& p, door& d, pid_t parent)
{
    std::error_code first = co_await ended_by_pool(p, d);
    if (getpid() == parent) co_return first ? 1 : 0;
    if (!is_canceled(first)) co_return 2;
    if (co_await blocking(p, getpid) != getpid()) co_return 3;
    co_return 4;
}
task<> forks(blocking_pool& p, door& d, int& status)
{
    pid_t parent = getpid();
    auto [running, queued, forked] = co_await when_all(
        ended_in_child(p, d, parent), ended_in_child(p, d, parent),
        [](blocking_pool& pool, door& at, int& stat) -> task<int> {
            co_await until_at(at);
            assert_int_equal(pool.queued(), 1);
            struct ev_loop* raw = (co_await this_loop()).raw();
            pid_t pid = fork();
            assert_true(pid >= 0);
            if (pid == 0) {
                ev_loop_fork(raw);
                co_return 0;
            }
            assert_int_equal(waitpid(pid, &stat, 0), pid);
            at.open();
            co_return pid;
        }(p, d, status));
    if (forked == 0) _exit(10 * running + queued);
    assert_int_equal(running, 0);
    assert_int_equal(queued, 0);
}

// Issue 20, B3: in a forked child the waits of the parent are canceled, and the
// pool begins again. In the parent nothing changes.
void test_blocking_fork_child_begins_again(void**)
{
    blocking_pool p(1);
    door d;
    int status = 0;
    run_clean(forks, std::ref(p), std::ref(d), std::ref(status));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 44);
}

task<> busy(blocking_pool& p, std::atomic<bool>& end)
{
    while (!end) co_await blocking(p, getpid);
}
task<> one_call(blocking_pool& p)
{
    assert_true(co_await blocking(p, getpid) == getpid());
}

// Issue 20, B3: a fork in one thread while others use pools: the child can,
// too.
void test_blocking_fork_while_pool_is_busy(void**)
{
    if (under_tsan) skip();  // it cannot follow the threads of such a child
    blocking_pool p(2);
    std::atomic<bool> end{false};
    std::thread other([&] { loop(flags()).run(busy(p, end)); });
    for (int i = 0; i < 20; ++i) {
        int status = status_of_child([&] {
            {
                blocking_pool own(1);
                loop l(flags());
                l.run(one_call(p));
                l.run(one_call(own));
            }
            _exit(7);
        });
        assert_int_equal(status, 7);
    }
    end = true;
    other.join();
}

task<> leaves_work(door& d)
{
    assert_int_equal(co_await blocking(getpid), getpid());
    assert_int_equal(blocking_pool::shared().queued(), 0);
    auto wait = [](door& at) -> task<> { co_await blocking(at_door, &at); };
    co_await when_any(wait(d), until_at(d));
}

// Issue 20, B3: a process ends while f runs in the shared pool: nobody waits
// for it.
void test_blocking_process_ends_while_running(void**)
{
    int status = status_of_child([] {
        static door& never = *new door;  // it cannot be destroyed
        loop(flags()).run(leaves_work(never));
        std::exit(5);
    });
    assert_int_equal(status, 5);
}

// Many loops, and cancels at any moment.
task<> one_of_many(blocking_pool& p, int n)
{
    auto work = [](blocking_pool& pool, int left) -> task<> {
        int got = co_await blocking(
            pool,
            [](int value) {
                std::this_thread::yield();
                return value;
            },
            left);
        assert_int_equal(got, left);
    };
    while (n--) co_await try_for(std::chrono::microseconds(n % 90), work(p, n));
}
task<> many(blocking_pool& p)
{
    co_await with_nursery([&](nursery& n) -> task<> {
        for (int i = 0; i < 10; ++i) n.spawn(one_of_many, std::ref(p), 50);
        co_return;
    });
}
void test_blocking_cancels_at_any_moment(void**)
{
    blocking_pool p(2);
    std::thread other([&] { loop(flags()).run(many(p)); });
    loop(flags()).run(many(p));
    other.join();
    assert_int_equal(p.queued(), 0);
}

const Test tests[] = {
    EACH(test_blocking_loop_is_destroyed_while_running),
    EACH(test_blocking_loop_is_destroyed_with_result),
    EACH(test_blocking_pool_is_destroyed_queue_is_canceled),
    EACH(test_blocking_without_thread_is_error),
    EACH(test_blocking_with_fewer_threads_waits),
    EACH(test_blocking_fork_child_begins_again),
    EACH(test_blocking_fork_while_pool_is_busy),
    EACH(test_blocking_process_ends_while_running),
    EACH(test_blocking_cancels_at_any_moment),
};

}  // namespace

HARNESS_MAIN("blocking_ends", tests)
