// class loop: an event loop that runs tasks, carries exceptions, and takes
// functions from other threads.

#ifndef RELEVPP_LOOP_HPP
#define RELEVPP_LOOP_HPP

#include <cassert>
#include <cstdio>
#include <new>
#include <stdexcept>

#include "detail/frames.hpp"
#include "detail/post.hpp"
#include "detail/remote.hpp"

namespace relev {

// For the constructor of loop that uses an existing loop.
struct adopt_t {
    explicit adopt_t() = default;
};
inline constexpr adopt_t adopt{};

// Thrown by loop::run: the task waits, and nothing can wake it.
struct deadlock : std::logic_error {
    deadlock() : logic_error("relev: nothing can wake the task") {}
};

template <class T>
class task;

namespace detail {

// The fiber of a task that loop::run runs.
class run : public outermost {
public:
    virtual bool has_ended() const noexcept = 0;

    run* around = nullptr;  // the one in whose run this one was started

protected:
    run(loop& l, scheduler& s) noexcept : outermost(l, s) {}
    ~run() = default;

private:
    void ended() noexcept final;
};

// The loop whose run is the innermost one of this thread.
inline constinit thread_local loop* running_loop = nullptr;

}  // namespace detail

// Attached to a loop of ev.h. One thread uses it; only post and stop may be
// called from any thread. It must outlive the watchers made with it.
class loop : detail::pinned {
public:
    // Makes a loop with the given EVFLAG_ and EVBACKEND_ bits, and destroys it
    // in the end. Throws std::bad_alloc if no backend can be used.
    explicit loop(unsigned flags = 0)
        : loop(detail::held(new detail::gate), nullptr, true, flags)
    {
    }

    // Uses an existing loop, which is not destroyed.
    loop(adopt_t, struct ev_loop* raw)
        : loop(detail::held(new detail::gate), raw, false, 0)
    {
    }

    ~loop()
    {
        assert(!runs_ && "a loop is destroyed in its run");
        if (raw_) end();
        assert(watchers_ == 0 && "a watcher outlives its loop");
        if (owned_ && raw_) ev_loop_destroy(raw_);
    }

    // For functions of ev.h.
    struct ev_loop* raw() const noexcept { return raw_; }

    // ev_run; then throws what a callback threw.
    void run(int flags = 0)
    {
        running here(*this);
        begin();
        if (!failure_) ev_run(raw_, flags);
        if (!ev_depth(raw_)) pause();
        break_if_ended();
        rethrow();
    }

    // Runs the task and delivers its result, or throws what it threw. If a
    // callback throws, or the task can never continue (deadlock), the task is
    // canceled, and destroyed if it still waits then. A task<void> that stop
    // canceled ends in order. At the end of the outermost run the tasks here
    // that other threads wait for are canceled, and end, too.
    template <class T>
    T run(task<T> t);
    template <class F>
    requires(!std::is_convertible_v<F, int>) void run(F&&);

    // Runs f() in the thread of the loop, soon. May be called from any thread
    // while the loop exists. It allocates one node, and keeps no loop running.
    template <class F>
    void post(F f)
    {
        post_made(new detail::post_node_of<F>(std::move(f)));
    }

    // The same for the parts of relev.hpp, which have made the node.
    void post_made(detail::post_node* node) noexcept
    {
        if (posts_.push(node)) ev_async_send(raw_, &async_);
    }

    // Cancels the tasks of run(task) and those that other loops wait for, and
    // ends run(flags) when they have ended. New ones are refused until the loop
    // runs again. Before run, it ends that at once. May be called from any
    // thread, and from a signal handler.
    void stop() noexcept
    {
        stopping_.store(true, std::memory_order_relaxed);
        ev_async_send(raw_, &async_);
    }

    // Ends run, which throws this. For callbacks that ev.h calls: no exception
    // may pass through it.
    void break_with(std::exception_ptr failure) noexcept
    {
        if (!failure_) failure_ = std::move(failure);
        ev_break(raw_, EVBREAK_ALL);
    }

    // Prints the fibers, and what each of them waits for.
    void dump(std::FILE* file) const;

    // What later errors of a group of tasks go to, of which only the first is
    // thrown. By default they are printed on standard error.
    using error_handler = void (*)(std::exception_ptr error);
    void on_unhandled(error_handler handler) noexcept { handler_ = handler; }
    void unhandled(std::exception_ptr error) const noexcept { handler_(error); }

    // Counts the watchers of C++ that use this loop.
    void watchers_changed(int by) noexcept { watchers_ += by; }

    // For the parts of relev.hpp. From any thread.
    const detail::held<detail::gate>& gate() const noexcept
    {
        return guests_.way_in();
    }

private:
    // The gate is made first: a raw loop would be lost if that failed.
    loop(detail::held<detail::gate> in, struct ev_loop* raw, bool owned,
         unsigned flags)
        : raw_(owned ? ev_loop_new(flags) : raw),
          owned_(owned),
          scheduler_(raw_),
          guests_(std::move(in), scheduler_)
    {
        if (!raw_) detail::raise(std::bad_alloc());
        detail::keep_frames();
        init(async_, on_async);
        init(messages_, on_messages);
        init(cleanup_, on_cleanup);
        detail::async_start(raw_, async_);
        detail::async_start(raw_, messages_);
        ev_cleanup_start(raw_, &cleanup_);
        gate()->attach(raw_, messages_);
    }

    template <class W>
    void init(W& w, void (*cb)(struct ev_loop*, W*, int)) noexcept
    {
        w.active = w.pending = w.priority = 0;
        w.data = this;
        w.cb = cb;
    }

    friend detail::run;
    friend detail::remote;
    friend class threads;

    class running : detail::pinned {
    public:
        explicit running(loop& l) noexcept
            : around_(std::exchange(detail::running_loop, &l))
        {
            detail::keep_frames();
        }
        ~running() { detail::running_loop = around_; }

    private:
        loop* around_;
    };

    // The task of the run around this one has ended inside this one.
    void break_if_ended() noexcept
    {
        if (runs_ && runs_->has_ended()) ev_break(raw_, EVBREAK_ONE);
    }

    // See detail/ends.hpp.
    inline bool has_mail() const noexcept;
    inline void begin() noexcept;
    inline void pause() noexcept;
    inline void end_guests() noexcept;
    inline void end_run();
    inline void end() noexcept;

    // A stop is for the run under way; for the next one only if there is none.
    void forget_stop() noexcept
    {
        stopping_.store(false, std::memory_order_relaxed);
    }

    void drive(detail::run& r);
    void leave(detail::run& r) noexcept;

    void rethrow()
    {
        if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    }

    static void print_error(std::exception_ptr error)
    {
        detail::print_later_error(error);
    }

    static void on_async(struct ev_loop*, ev_async* w, int)
    {
        static_cast<loop*>(w->data)->run_posts();
    }

    void run_posts() noexcept
    {
        if (stopping_.exchange(false, std::memory_order_relaxed)) {
            if (!runs_) ev_break(raw_, EVBREAK_ALL);
            for (detail::run* r = runs_; r; r = r->around) r->stop();
            guests_.refuse();
        }
        run_posted();
    }

    void run_posted() noexcept
    {
        detail::guarded([this] { posts_.finish(true); },
                        [this] {
                            if (posts_.has_rest()) ev_async_send(raw_, &async_);
                            break_with(std::current_exception());
                        });
    }

    // What a thread posted before it sent a message runs before that arrives.
    static void on_messages(struct ev_loop*, ev_async* w, int)
    {
        loop& self = *static_cast<loop*>(w->data);
        self.gate()->receive([&self] { self.run_posted(); });
    }

    // The adopted loop is destroyed by somebody else.
    static void on_cleanup(struct ev_loop*, ev_cleanup* w, int)
    {
        loop& self = *static_cast<loop*>(w->data);
        self.end();
        self.raw_ = nullptr;
    }

    struct ev_loop* raw_;
    bool owned_;
    std::atomic<bool> stopping_{false};
    int watchers_ = 0;
    std::exception_ptr failure_;
    detail::run* runs_ = nullptr;  // the innermost one
    error_handler handler_ = print_error;
    detail::scheduler scheduler_;
    detail::guests guests_;
    detail::post_list posts_;
    ev_async async_, messages_;
    ev_cleanup cleanup_;
};

inline detail::remote::remote(loop& l) noexcept : outermost(l, l.scheduler_)
{
    l.guests_.add(*this);
}

inline detail::remote::~remote() { of_loop().guests_.remove(*this); }

inline void detail::run::ended() noexcept
{
    if (of_loop().runs_ == this) ev_break(raw(), EVBREAK_ONE);
}

}  // namespace relev

#include "detail/ends.hpp"

#endif
