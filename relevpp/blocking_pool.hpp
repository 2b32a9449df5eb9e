// class blocking_pool: the threads in which functions block.

#ifndef RELEVPP_BLOCKING_POOL_HPP
#define RELEVPP_BLOCKING_POOL_HPP

#include <memory>

#include "detail/jobs.hpp"

namespace relev {

// Threads for functions that block, made when they are needed. Any thread may
// use it. All signals except those of errors are blocked in its threads.
class blocking_pool : detail::pinned {
public:
    static constexpr int default_threads = 16;

    // The largest number of threads.
    explicit blocking_pool(int threads = default_threads)
        : most_(threads > 0 ? static_cast<std::size_t>(threads) : 1),
          threads_(std::make_unique<pthread_t[]>(most_))
    {
        int error = detail::note_forks();
        if (error) detail::throw_error(error, "blocking_pool");
        detail::jobs_locked here;
        made_in_ = detail::forks;
    }

    // Waits for the functions that run. Those in the queue never do.
    ~blocking_pool()
    {
        end();
        pthread_cond_broadcast(&wake_);
        for (std::size_t i = 0; i < count_; ++i)
            pthread_join(threads_[i], nullptr);
    }

    // That of the process, made by the first call. At exit the functions in its
    // queue are canceled, and nobody waits for those that run.
    static blocking_pool& shared()
    {
        static blocking_pool& pool = *new blocking_pool();
        static const struct ending {
            ~ending() { pool.leave(); }
        } at_exit;
        return pool;
    }

    // The largest number of threads.
    int size() const noexcept { return static_cast<int>(most_); }

    // How many functions wait for a thread.
    std::size_t queued() noexcept
    {
        detail::jobs_locked here;
        renew();
        return jobs_ > count_ ? jobs_ - count_ : 0;
    }

    // For the parts of relev.hpp. Returns the error, if any.
    int start(detail::job& j) noexcept
    {
        detail::jobs_locked here;
        renew();
        if (ending_) return ECANCELED;
        if (jobs_ >= count_ && count_ < most_) {
            int error = add_thread();
            if (error && !count_) return error;
        }
        j.pool_ = this;
        j.started_in_ = made_in_;
        queue_.push_back(j);
        ++jobs_;
        pthread_cond_signal(&wake_);
        return 0;
    }

private:
    friend detail::job;

    // With the lock. In a forked child the pool begins again.
    void renew() noexcept
    {
        if (made_in_ == detail::forks) return;
        made_in_ = detail::forks;
        count_ = jobs_ = 0;
        while (!queue_.empty()) queue_.pop_front().let_go();
        wake_ = PTHREAD_COND_INITIALIZER;
    }

    void end() noexcept
    {
        detail::jobs_locked here;
        renew();
        ending_ = true;
        for (; !queue_.empty(); --jobs_) {
            detail::job& j = queue_.pop_front();
            if (!j.end(false)) j.let_go();
        }
    }

    // The process ends. Nobody wakes the threads that wait.
    void leave() noexcept
    {
        end();
        for (std::size_t i = 0; i < count_; ++i) pthread_detach(threads_[i]);
    }

    // With the lock.
    int add_thread() noexcept
    {
        sigset_t blocked, before;
        sigfillset(&blocked);
        for (int error : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
            sigdelset(&blocked, error);
        pthread_sigmask(SIG_SETMASK, &blocked, &before);
        int error = pthread_create(&threads_[count_], nullptr, run, this);
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        if (!error) ++count_;
        return error;
    }

    static void* run(void* self) noexcept
    {
        static_cast<blocking_pool*>(self)->work();
        return nullptr;
    }

    void work() noexcept
    {
        while (detail::job* j = next()) {
            j->run();
            if (!has_ended(*j)) j->drop();
        }
    }

    // Waits for a job. Null if there will be none.
    detail::job* next() noexcept
    {
        detail::jobs_locked here;
        while (queue_.empty()) {
            if (ending_) return nullptr;
            pthread_cond_wait(&wake_, &detail::jobs_mutex);
        }
        return &queue_.pop_front();
    }

    // False if its loop is destroyed.
    bool has_ended(detail::job& j) noexcept
    {
        detail::jobs_locked here;
        if (j.started_in_ == detail::forks) --jobs_;
        return j.end(true);
    }

    using queue = detail::list<detail::job, detail::job_tag>;

    const std::size_t most_;
    const std::unique_ptr<pthread_t[]> threads_;
    std::size_t count_ = 0;  // of the threads
    std::size_t jobs_ = 0;   // that are in the queue or run
    queue queue_;
    pthread_cond_t wake_ = PTHREAD_COND_INITIALIZER;  // there is work
    bool ending_ = false;
    unsigned long made_in_ = 0;
};

// In the queue, it never runs.
inline void detail::job::forget() noexcept
{
    waiting_ = nullptr;
    detail::jobs_locked here;
    if (!hook<job_tag>::is_linked()) return;
    hook<job_tag>::unlink();
    --pool_->jobs_;
    let_go();  // the task holds it
}

}  // namespace relev

#endif
