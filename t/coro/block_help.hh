// For tests of `blocking`: functions that block until they are let go.

#ifndef BLOCK_HELP_HH
#define BLOCK_HELP_HH

#include <sys/wait.h>

#include <condition_variable>
#include <mutex>

#include "coro_help.hh"
#include "relevpp/blocking.hpp"

#ifdef __SANITIZE_THREAD__
// libstdc++ counts the references of an exception_ptr in code that TSan cannot
// see. Children of processes with threads make threads of their own.
extern "C" const char* __tsan_default_suppressions()
{
    return "race:std::__exception_ptr\nrace:std::runtime_error::~runtime_error";
}
extern "C" const char* __tsan_default_options() { return "die_after_fork=0"; }
static constexpr bool under_tsan = true;
#else
static constexpr bool under_tsan = false;
#endif

// Who goes through waits until it is open.
class door {
public:
    void go_through()
    {
        std::unique_lock<std::mutex> locked(lock_);
        ++came_;
        opened_.wait(locked, [this] { return open_; });
    }
    void open()
    {
        std::lock_guard<std::mutex> locked(lock_);
        open_ = true;
        opened_.notify_all();
    }
    int came() const { return came_; }

private:
    std::mutex lock_;
    std::condition_variable opened_;
    std::atomic<int> came_{0};
    bool open_ = false;
};

// Opens it at the end of a test, before the pool waits for its threads.
struct opener {
    explicit opener(door& d) : of(d) {}
    ~opener() { of.open(); }
    door& of;
};

// Waits until so many functions are at the door.
static inline relev::task<> until_at(door& d, int count = 1)
{
    while (d.came() < count) co_await relev::sleep_for(1ms);
}

static inline void at_door(door* d) { d->go_through(); }

// Notes where it is destroyed, unless it was moved from.
struct trace {
    explicit trace(std::thread::id* destroyed_in) : noted(destroyed_in) {}
    trace(trace&& other) noexcept : noted(std::exchange(other.noted, nullptr))
    {
    }
    ~trace()
    {
        if (noted) *noted = std::this_thread::get_id();
    }
    std::thread::id* noted;
};

// While it exists, no thread can be made: each would need a stack that is too
// big.
struct no_threads {
    no_threads()
    {
        pthread_attr_t huge;
        assert_int_equal(pthread_getattr_default_np(&before), 0);
        assert_int_equal(pthread_attr_init(&huge), 0);
        assert_int_equal(pthread_attr_setstacksize(&huge, 1ul << 46), 0);
        assert_int_equal(pthread_setattr_default_np(&huge), 0);
        pthread_attr_destroy(&huge);
    }
    ~no_threads()
    {
        pthread_setattr_default_np(&before);
        pthread_attr_destroy(&before);
    }
    pthread_attr_t before;
};

// Runs f in a child, which may not return.
template <class F>
int status_of_child(F f)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        f();
        _exit(99);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + status;
}

// The error that a task was left with.
static inline bool is_canceled(const std::error_code& error)
{
    return error == std::errc::operation_canceled;
}

#endif
