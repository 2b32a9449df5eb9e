// For tests of `on`: tasks that wait, and callers in other threads.

#ifndef CALL_HELP_HH
#define CALL_HELP_HH

#include "coro_help.hh"

#ifdef __SANITIZE_THREAD__
// libstdc++ counts the references of an exception_ptr in code that TSan cannot
// see.
extern "C" const char* __tsan_default_suppressions()
{
    return "race:std::__exception_ptr\nrace:std::runtime_error::~runtime_error";
}
#endif

// Tasks that wait; set in any thread.
static std::atomic<int> waiting{0};
struct waits {
    waits() { ++waiting; }
    ~waits() { --waiting; }
};

static inline relev::task<> endless()
{
    waits here;
    co_await relev::sleep_for(1000s);
}

static inline relev::task<int> soon(int n)
{
    co_await relev::sleep_for(1ms);
    co_return n;
}

static inline relev::task<> until_waiting(int count)
{
    while (waiting < count) co_await relev::sleep_for(1ms);
}

static inline relev::task<> call(relev::loop& there)
{
    co_await relev::on(there, endless);
}

// What a call of `endless` ends with, from a loop of this thread.
static inline std::string call_from_here(relev::loop& there)
{
    relev::loop here(flags());
    try {
        here.run(call(there));
    } catch (const std::system_error& error) {
        bool canceled = error.code() == std::errc::operation_canceled;
        return canceled ? "canceled" : error.what();
    }
    return "returned";
}

// The same from another thread.
struct caller {
    explicit caller(relev::loop& there)
        : runner([this, &there] { ended = call_from_here(there); })
    {
    }
    void is_canceled()
    {
        runner.join();
        assert_string_equal(ended.c_str(), "canceled");
        assert_int_equal(waiting, 0);
    }
    std::string ended;
    std::thread runner;
};

#endif
