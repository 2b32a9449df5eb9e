// on: runs a task on another loop, for a task that waits on this one. The
// start, a cancel and the result travel by post.

#ifndef RELEVPP_ON_HPP
#define RELEVPP_ON_HPP

#include <memory>
#include <mutex>
#include <tuple>

#include "nursery.hpp"
#include "ops.hpp"

namespace relev {
namespace detail {

// A loop that is passed to a function with any number of arguments, and where.
struct loop_at {
    loop_at(loop& there, place where = place::here()) noexcept
        : l(there), at(where)
    {
    }
    loop& l;
    place at;
};

class call_operation : public operation {
public:
    virtual void has_ended() noexcept = 0;

protected:
    explicit call_operation(place where) noexcept : operation(where) {}
    call_operation(call_operation&&) = default;
    ~call_operation() = default;
};

// What both sides share. The caller may be destroyed first, and its loop after
// it: so `home` is used under the lock.
template <class T>
struct call : pinned {
    explicit call(loop& caller) noexcept : home(&caller) {}

    // The caller no longer waits. From its thread; when this returns, the other
    // one has left the caller's loop, which may be destroyed then.
    void forget() noexcept
    {
        waiting = nullptr;
        std::lock_guard<std::mutex> locked(lock);
        home = nullptr;
    }

    // From the other thread.
    static void cancel(call& c) noexcept
    {
        c.canceled = true;
        if (c.running) c.running->stop();
    }
    static void end(const std::shared_ptr<call>& c) noexcept
    {
        std::lock_guard<std::mutex> locked(c->lock);
        if (!c->home) return;
        c->home->post([c] {
            if (c->waiting) c->waiting->has_ended();
        });
    }

    std::mutex lock;
    loop* home;
    call_operation* waiting = nullptr;  // used by the caller's thread
    remote* running = nullptr;  // used by the other thread, as the next two
    bool canceled = false;
    result<T> left;
};

template <class F, class... Args>
using made_by = std::invoke_result_t<F&, Args&&...>;

// The task there.
template <class T, class F, class... Args>
class remote_of final : public remote {
public:
    remote_of(loop& l, std::shared_ptr<call<T>> c, F f,
              std::tuple<Args...> args)
        : remote(l),
          call_(std::move(c)),
          f_(std::move(f)),
          args_(std::move(args)),
          frame_(std::apply(f_, std::move(args_)).release())
    {
        call_->running = this;
        frame_.get().promise().owner = this;
        at = top = frame_.get();
    }

    void destroy() noexcept override
    {
        frame_.destroy();
        call_->left.set_canceled();
        finish();
    }

private:
    void destroy_frames() noexcept override { frame_.destroy(); }
    void ended() noexcept override
    {
        call_->left.set_from(frame_.left());
        finish();
    }

    void finish() noexcept
    {
        std::shared_ptr<call<T>> c = std::move(call_);
        c->running = nullptr;
        delete this;
        call<T>::end(c);
    }

    std::shared_ptr<call<T>> call_;
    F f_;
    std::tuple<Args...> args_;
    frame<T> frame_;
};

// What is posted to the other loop. If it never runs, or too late, the call is
// canceled.
template <class T, class F, class... Args>
class call_start {
public:
    call_start(loop& there, std::shared_ptr<call<T>> c, F f,
               std::tuple<Args...> args)
        : there_(there),
          call_(std::move(c)),
          f_(std::move(f)),
          args_(std::move(args))
    {
    }
    call_start(call_start&&) = default;

    ~call_start()
    {
        if (!call_) return;
        if (call_->left.has() == outcome::none) call_->left.set_canceled();
        call<T>::end(call_);
    }

    void operator()() noexcept
    {
        if (call_->canceled) return;
        guarded([this] { start(); },
                [this] { call_->left.set_from_exception(); });
    }

private:
    void start()
    {
        auto* g = new remote_of<T, F, Args...>(there_, call_, std::move(f_),
                                               std::move(args_));
        call_ = nullptr;
        g->make_ready();
    }

    loop& there_;
    std::shared_ptr<call<T>> call_;
    F f_;
    std::tuple<Args...> args_;
};

template <class F, class... Args>
class on_op final : public call_operation {
public:
    using T = typename made_by<F, Args...>::value_type;

    template <class G, class... As>
    on_op(loop& there, place where, G&& f, As&&... args)
        : call_operation(where),
          there_(there),
          f_(std::forward<G>(f)),
          args_(std::forward<As>(args)...)
    {
    }

    bool await_ready() const noexcept { return false; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        if (!may_wait(h)) return refused();
        call_ = std::make_shared<call<T>>(owner_->of_loop());
        call_->waiting = this;
        there_.post(call_start<T, F, Args...>(there_, call_, std::move(f_),
                                              std::move(args_)));
        wait(h);
        ev_ref(owner_->raw());  // the result will come by post
        return true;
    }

    std::error_code failure() const noexcept
    {
        if (!is_canceled()) return {};
        return std::make_error_code(std::errc::operation_canceled);
    }

    T await_resume()
    {
        throw_if_canceled();
        if (call_->left.has() == outcome::canceled) {
            if (owner_->inner->canceled) detail::raise(canceled{});
            throw_error(ECANCELED, "on");  // the other loop was stopped
        }
        return static_cast<T>(call_->left.take());
    }

    void has_ended() noexcept override
    {
        call_->forget();
        ev_unref(owner_->raw());
        if (is_canceled()) ends_with_scope();
        resume_soon();
    }

    bool asked_to_end() noexcept override
    {
        there_.post([c = call_] { call<T>::cancel(*c); });
        return true;
    }

    void abandon() noexcept override
    {
        ev_unref(owner_->raw());
        asked_to_end();
        call_->forget();
    }

    const char* name() const noexcept override { return "on"; }

private:
    bool is_canceled() const noexcept
    {
        return canceled_ || call_->left.has() == outcome::canceled;
    }

    loop& there_;
    F f_;
    std::tuple<Args...> args_;
    std::shared_ptr<call<T>> call_;
};

}  // namespace detail

// Runs the task f(args...) in the thread of another loop, which must run, and
// delivers its result. A cancel travels there; this waits until the task there
// has ended. If that loop is stopped or destroyed meanwhile, a
// std::system_error with std::errc::operation_canceled is thrown.
template <class F, class... Args>
requires detail::makes_task<F, Args...>
[[nodiscard]] auto on(detail::loop_at there, F&& f, Args&&... args)
{
    using G = std::decay_t<F>;
    static_assert(
        !detail::closures_are_destroyed_twice
            || !std::is_class_v<G> || std::is_trivially_destructible_v<G>,
        "g++ 12 destroys such a closure twice: pass what it needs "
        "as arguments of on");
    static_assert(
        (!detail::is_destroyed_twice<Args>() && ...),
        "g++ 12 destroys an aggregate that is made in a co_await expression "
        "twice: give the type of the argument a constructor");
    return detail::on_op<G, std::decay_t<Args>...>(
        there.l, there.at, std::forward<F>(f), std::forward<Args>(args)...);
}

}  // namespace relev

#endif
