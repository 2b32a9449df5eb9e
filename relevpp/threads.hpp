// class threads: one loop for each of several threads.

#ifndef RELEVPP_THREADS_HPP
#define RELEVPP_THREADS_HPP

#include <sched.h>
#include <unistd.h>

#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "accept.hpp"

namespace relev {
namespace detail {

#ifdef CPU_COUNT

// The processors that this process may use.
inline int processors() noexcept
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}

#else

// Those that run.
inline int processors() noexcept
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? static_cast<int>(n) : 1;
}

#endif

}  // namespace detail

// Loops, each of which runs in a thread of its own while run does.
class threads : detail::pinned {
public:
    // With 0, one for each processor that this process may use.
    explicit threads(int count = 0, unsigned flags = 0)
        : loops_(
            static_cast<std::size_t>(count > 0 ? count : detail::processors()))
    {
        for (auto& o : loops_) o.emplace(*this, flags);
    }

    int size() const noexcept { return static_cast<int>(loops_.size()); }
    loop& operator[](int index) noexcept
    {
        return loops_[static_cast<std::size_t>(index)]->l;
    }

    // Runs the task f(loop, index) in each loop: that of index 0 in the thread
    // that calls this, the others in new ones. A loop runs until the tasks of
    // all have ended. The first error cancels the others, and is thrown. If a
    // thread cannot be made, std::system_error is thrown before any task runs.
    template <class F>
    requires detail::is_task<std::invoke_result_t<F&, loop&, int>>::value void
    run(F f)
    {
        struct joining {
            std::vector<std::thread> all;
            ~joining()
            {
                for (std::thread& t : all) t.join();
            }
        };
        {
            joining others;
            start(others.all, f);
            run_one(f, 0);
        }
        ending_ = false;
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }

    // Cancels the tasks of run, or of the next one if none is under way. From
    // any thread, and from a signal handler.
    void stop() noexcept
    {
        ending_ = true;
        for (auto& o : loops_) o->look();
    }

    // Accepts connections, and hands each one to the loop that has the fewest:
    // the task session(descriptor) runs there. The listening descriptor is not
    // closed. What a session throws ends all. It ends when it is canceled, and
    // then cancels the sessions.
    template <class F>
    requires detail::makes_task<F&, descriptor> task<> serve(int listener,
                                                             F session)
    {
        detail::spread<F> s(session);
        for (auto& o : loops_) s.add(o->l);
        co_await s.serve(listener);
    }

private:
    // A loop, and its task while run does.
    class one : detail::pinned {
    public:
        one(threads& pool, unsigned flags) : l(flags), pool_(pool)
        {
            looks_.active = looks_.pending = looks_.priority = 0;
            looks_.data = this;
            looks_.cb = on_look;
            detail::async_start(l.raw(), looks_);
        }
        ~one() { detail::async_stop(l.raw(), looks_); }

        // From any thread: something of the pool has changed.
        void look() noexcept { ev_async_send(l.raw(), &looks_); }

        void start(task<> t) noexcept
        {
            task_.emplace(l, t.release(), *this);
            task_->make_ready();
            if (pool_.ending_) cancel();
        }

        void cancel() noexcept
        {
            if (task_) task_->stop();
        }

        // From the task.
        void has_ended(detail::result<void>& how) noexcept
        {
            bool canceled = how.has() == detail::outcome::canceled;
            std::exception_ptr error;
            if (how.has() == detail::outcome::error) error = how.error();
            else if (canceled && !task_->stopped())
                error = std::make_exception_ptr(relev::canceled{});
            task_.reset();
            if (error) pool_.note_error(std::move(error));
            pool_.one_has_ended();
        }

        loop l;

    private:
        static void on_look(struct ev_loop* raw, ev_async* w, int)
        {
            one& self = *static_cast<one*>(w->data);
            if (self.pool_.ending_) self.cancel();
            if (self.pool_.running_ == 0) ev_break(raw, EVBREAK_ALL);
        }

        threads& pool_;
        ev_async looks_;
        std::optional<detail::remote_of<void, one>> task_;
    };

    // Makes the other threads. None of them begins before all are there: if
    // this throws, nothing has run.
    template <class F>
    void start(std::vector<std::thread>& others, F& f)
    {
        std::lock_guard<std::mutex> starting(lock_);
        for (int i = 1; i < size(); ++i)
            others.emplace_back([this, &f, i] {
                if (may_run()) run_one(f, i);
            });
        for (auto& o : loops_) o->l.begin();
        running_ = size();
    }

    bool may_run()
    {
        std::lock_guard<std::mutex> started(lock_);
        return running_ > 0;
    }

    template <class F>
    void run_one(F& f, int index) noexcept
    {
        one& here = *loops_[static_cast<std::size_t>(index)];
        auto note = [this] { note_error(std::current_exception()); };
        ev_ref(here.l.raw());  // the end of the others comes by look
        detail::guarded([&] { here.start(f(here.l, index)); },
                        [&] { note(), one_has_ended(); });
        while (running_ > 0) {
            detail::guarded([&] { here.l.run(); }, note);
            here.cancel();  // somebody called ev_break, or a callback threw
        }
        ev_unref(here.l.raw());
        detail::guarded([&] { here.l.end_run(); }, note);
    }

    // The last one ends all.
    void one_has_ended() noexcept
    {
        if (--running_ > 0) return;
        for (auto& o : loops_) o->look();
    }

    // The first error cancels the others.
    void note_error(std::exception_ptr error) noexcept
    {
        {
            std::lock_guard<std::mutex> locked(lock_);
            if (!error_) error_ = std::move(error);
        }
        stop();
    }

    detail::array<std::optional<one>> loops_;
    std::atomic<int> running_{0};      // tasks of run
    std::atomic<bool> ending_{false};  // they are canceled
    std::mutex lock_;
    std::exception_ptr error_;
};

// A listening descriptor for each loop, with SO_REUSEPORT: the kernel spreads
// the connections by their addresses. If the port is 0, all have the same one.
// Throws std::system_error.
inline std::vector<descriptor> listen_each(threads& pool,
                                           const sockaddr* address,
                                           socklen_t size,
                                           int backlog = SOMAXCONN)
{
    std::vector<descriptor> all;
    sockaddr_storage actual = {};
    std::memcpy(&actual, address, size);
    auto* any = reinterpret_cast<sockaddr*>(&actual);
    for (int i = 0; i < pool.size(); ++i) {
        all.emplace_back(detail::listen_on(any, size, backlog));
        socklen_t room = sizeof actual;
        if (getsockname(all.back().fd(), any, &room))
            detail::throw_error(errno, "getsockname");
    }
    return all;
}

}  // namespace relev

#endif
