// relev.hpp: when the time of a time-out begins (issue 20).

#include <sys/syscall.h>
#include <sys/time.h>

#include "coro_help.hh"

// The clocks that the library reads, ahead of the kernel's by so many seconds.
// clock.h, which does more, is for C.
static time_t ahead, stepped;  // both clocks; that of the wall alone

extern "C" int clock_gettime(clockid_t id, timespec* now) noexcept
{
    long failed = syscall(SYS_clock_gettime, id, now);
    now->tv_sec += ahead + (id == CLOCK_REALTIME ? stepped : 0);
    return static_cast<int>(failed);
}

// libev reads the wall clock by this.
extern "C" int gettimeofday(timeval* now, void*) noexcept
{
    timespec real = {};
    int failed = clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec;
    now->tv_usec = real.tv_nsec / 1000;
    return failed;
}

using namespace relev;

namespace {

task<bool> in_time() { co_return co_await try_for(500s, later(1)) == 1; }

// Issue 20, A3: the time of a time-out in the outermost task does not begin
// before the task: after a long preparation, and in a later run.
void test_time_out_after_preparation_has_not_begun(void**)
{
    loop l(flags());
    for (int i = 0; i < 3; ++i) {
        ahead += 1000;
        assert_true(l.run(in_time()));
    }
}

// Issue 20, A3: the same for a run in a callback that has worked for long.
void test_time_out_of_nested_run_has_not_begun(void**)
{
    loop l(flags());
    int done = 0;
    on_timer t{l, 0s, [&] {
                   ahead += 1000;
                   done = l.run(in_time());
               }};
    l.run();
    assert_int_equal(done, 1);
}

// CXX_API 5.8: a sleep is as long as it should be, also if somebody has set the
// wall clock, or the machine was suspended, while the task ran.
task<> sleeps_after_step()
{
    stepped += 3600;
    co_await sleep_for(1ms);
    interval tick{1ms};
    stepped += 3600;
    co_await tick.next();
}
task<bool> in_seconds() { co_return co_await try_for(5s, sleeps_after_step()); }
void test_sleep_after_step_of_wall_clock_ends(void**)
{
    loop l(flags());
    assert_true(l.run(in_seconds()));
}

const Test tests[] = {
    EACH(test_time_out_after_preparation_has_not_begun),
    EACH(test_time_out_of_nested_run_has_not_begun),
    EACH(test_sleep_after_step_of_wall_clock_ends),
};

}  // namespace

HARNESS_MAIN("time", tests)
