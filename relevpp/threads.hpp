// class threads: one loop for each of several threads.

#ifndef RELEVPP_THREADS_HPP
#define RELEVPP_THREADS_HPP

#include <sched.h>

#include <thread>
#include <vector>

#include "accept.hpp"

namespace relev {
namespace detail {

// The processors that this process may use.
inline int processors() noexcept
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set)) return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}

}  // namespace detail

// Loops, each of which runs in a thread of its own while run does.
class threads : detail::pinned {
public:
    // With 0, one for each processor that this process may use.
    explicit threads(int count = 0, unsigned flags = 0)
    {
        if (count <= 0) count = detail::processors();
        while (count--) loops_.push_back(std::make_unique<one>(flags));
    }

    int size() const noexcept { return static_cast<int>(loops_.size()); }
    loop& operator[](int index) noexcept
    {
        return loops_[static_cast<std::size_t>(index)]->l;
    }

    // Runs the task f(loop, index) in each loop: that of index 0 in the thread
    // that calls this, the others in new ones. A loop runs until the tasks of
    // all have ended. The first error cancels the others, and is thrown.
    template <class F>
    requires detail::is_task<std::invoke_result_t<F&, loop&, int>>::value void
    run(F f)
    {
        running_.store(size(), std::memory_order_relaxed);
        std::vector<std::thread> others;
        struct joining {
            std::vector<std::thread>& all;
            ~joining()
            {
                for (std::thread& t : all) t.join();
            }
        };
        {
            joining at_end{others};
            for (int i = 1; i < size(); ++i) start(others, f, i);
            run_one(f, 0);
        }
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }

    // Cancels all tasks. From any thread, and from a signal handler.
    void stop() noexcept
    {
        for (auto& o : loops_) o->l.stop();
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
    struct one {
        explicit one(unsigned flags) : l(flags) {}
        loop l;
        event all_ended;
    };

    template <class F>
    void start(std::vector<std::thread>& all, F& f, int index) noexcept
    {
        detail::guarded(
            [&] { all.emplace_back([this, &f, index] { run_one(f, index); }); },
            [&] {
                note_error(std::current_exception());
                one_has_ended();
            });
    }

    template <class F>
    void run_one(F& f, int index) noexcept
    {
        one& here = *loops_[static_cast<std::size_t>(index)];
        here.all_ended.reset();
        ev_ref(here.l.raw());  // the end of the others comes by post
        auto note = [this] { note_error(std::current_exception()); };
        detail::guarded([&] { here.l.run(run_in(f, here.l, index)); }, note);
        while (!here.all_ended.is_set())
            detail::guarded([&] { here.l.run(wait(here.all_ended)); }, note);
        ev_unref(here.l.raw());
    }

    template <class F>
    task<> run_in(F& f, loop& l, int index)
    {
        struct leaving {
            threads& all;
            ~leaving() { all.one_has_ended(); }
        } at_end{*this};
        co_await f(l, index);
    }

    static task<> wait(event& e) { co_await e.wait(); }

    // The last one wakes all.
    void one_has_ended() noexcept
    {
        if (running_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
        for (auto& o : loops_) o->l.post([&e = o->all_ended] { e.set(); });
    }

    void note_error(std::exception_ptr error) noexcept
    {
        {
            std::lock_guard<std::mutex> locked(lock_);
            if (!error_) error_ = std::move(error);
        }
        stop();
    }

    std::vector<std::unique_ptr<one>> loops_;
    std::atomic<int> running_{0};
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
