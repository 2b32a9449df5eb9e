// What a blocking_pool runs, and its lock.
//
// A job is in the queue of its pool, is run by a thread, or has ended: then it
// is a message to the loop of the task that waits. All memory but the threads
// is allocated before the start, so that nothing after it can fail. The task
// holds the job, and so does the pool, which passes this on to the message.
//
// One lock for all pools. A fork waits for it: in the child, no queue is half
// changed, and no thread that is gone was sending a message.

#ifndef RELEVPP_DETAIL_JOBS_HPP
#define RELEVPP_DETAIL_JOBS_HPP

#include <pthread.h>
#include <signal.h>

#include "../ops.hpp"

namespace relev {

class blocking_pool;

namespace detail {

inline pthread_mutex_t jobs_mutex = PTHREAD_MUTEX_INITIALIZER;
inline unsigned long forks = 0;  // of this process and those before it

class jobs_locked : pinned {
public:
    jobs_locked() noexcept { pthread_mutex_lock(&jobs_mutex); }
    ~jobs_locked() { pthread_mutex_unlock(&jobs_mutex); }
};

// A fork locks this before the gates, as a thread does that sends a message:
// what is noted last is called first. Returns the error, if any.
inline int note_forks() noexcept
{
    if (int error = note_gate_forks()) return error;
    static const int error =
        pthread_atfork([] { pthread_mutex_lock(&jobs_mutex); },
                       [] { pthread_mutex_unlock(&jobs_mutex); },
                       [] { ++forks, pthread_mutex_unlock(&jobs_mutex); });
    return error;
}

struct job_tag;

class job : public message, public hook<job_tag> {
public:
    // Who waits for it, in the thread of the loop.
    class waiter {
    public:
        virtual void has_ended() noexcept = 0;

    protected:
        ~waiter() = default;
    };

    job(waiter& by, held<gate> home) noexcept
        : waiting_(&by), home_(std::move(home))
    {
    }

    // In the thread of the loop.
    inline void forget() noexcept;

    // In the thread of the loop, which may be in a forked child now: true if
    // the job is lost, as the threads of the parent are.
    bool is_lost() noexcept
    {
        jobs_locked here;
        return started_in_ != forks && !has_ended_;
    }

    void drop() noexcept
    {
        if (held_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    // For the task: whether it ran, or the pool has ended before.
    bool has_run() const noexcept { return has_run_; }

protected:
    virtual ~job() = default;

private:
    friend blocking_pool;

    virtual void run() noexcept = 0;

    // With the lock. If this is false, the pool has to drop it, without.
    bool end(bool has_run) noexcept
    {
        has_ended_ = true;
        has_run_ = has_run;
        return home_->send(*this);
    }

    void arrive() noexcept final
    {
        if (waiting_) std::exchange(waiting_, nullptr)->has_ended();
        drop();
    }

    // The pool does not hold it any more; the task does.
    void let_go() noexcept { held_.fetch_sub(1, std::memory_order_relaxed); }

    std::atomic<int> held_{2};
    waiter* waiting_;
    const held<gate> home_;
    blocking_pool* pool_ = nullptr;
    unsigned long started_in_ = 0;
    bool has_ended_ = false, has_run_ = false;
};

}  // namespace detail
}  // namespace relev

#endif
