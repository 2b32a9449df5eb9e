// on: runs a task on another loop, for a task that waits on this one. The
// start, a cancel and the end are messages (detail/gate.hpp).

#ifndef RELEVPP_ON_HPP
#define RELEVPP_ON_HPP

#include <optional>
#include <tuple>

#include "nursery.hpp"
#include "ops.hpp"

namespace relev {
namespace detail {

// A task on a loop, in no group there. The owner gets what it left, and then
// destroys it.
template <class T, class Owner>
class remote_of final : public remote {
public:
    remote_of(loop& l, typename frame<T>::handle h, Owner& owner) noexcept
        : remote(l), frame_(h), owner_(owner)
    {
        h.promise().owner = this;
        at = top = h;
    }

    void destroy() noexcept override
    {
        frame_.destroy();
        result<T> left;
        left.set_canceled();
        owner_.has_ended(left);
    }

private:
    void destroy_frames() noexcept override { frame_.destroy(); }
    void ended() noexcept override { owner_.has_ended(frame_.left()); }

    frame<T> frame_;
    Owner& owner_;
};

template <class F, class... Args>
using made_by = std::invoke_result_t<F&, Args&&...>;

template <class F, class... Args>
class on_op;

// A task on another loop, and what that loop and the caller share: the messages
// of the start, of a cancel and of the end. All memory but the task's frame is
// allocated before the start, so that nothing after it can fail.
//
// Each message in a gate holds the object; so do the caller and the task.
template <class F, class... Args>
class call : pinned {
public:
    using T = typename made_by<F, Args...>::value_type;
    using caller = on_op<F, Args...>;

    call(caller& by, loop& home, loop& there, F f, std::tuple<Args...> args)
        : waiting_(&by),
          home_gate_(home.gate()),
          there_gate_(there.gate()),
          there_(there),
          made_from_(std::in_place, std::move(f), std::move(args))
    {
    }

    // The rest but the messages is for the thread of the caller.
    bool start() noexcept
    {
        hold();
        if (there_gate_->send_start(to_start_)) return true;
        drop();
        left.set_canceled();
        return false;
    }

    // False if the task was kept there for the next run: it never starts.
    bool cancel() noexcept
    {
        if (std::exchange(asked_, true)) return true;
        if (there_gate_->take_back(to_start_)) return drop(), false;
        send(*there_gate_, to_cancel_);
        return true;
    }

    // The caller does not wait any more.
    void forget() noexcept
    {
        waiting_ = nullptr;
        cancel();
    }

    void hold() noexcept { held_.fetch_add(1, std::memory_order_relaxed); }
    void drop() noexcept
    {
        if (held_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    // From the task there.
    void has_ended(result<T>& how) noexcept
    {
        left.set_from(how);
        end();
    }

    result<T> left;  // written there, and then read by the caller

private:
    template <void (call::*Arrived)()>
    struct part final : message {
        explicit part(call& c) noexcept : of(c) {}
        void arrive() noexcept override
        {
            (of.*Arrived)();
            of.drop();
        }
        call& of;
    };

    struct parts {
        parts(F&& function, std::tuple<Args...>&& arguments)
            : f(std::move(function)), args(std::move(arguments))
        {
        }
        F f;
        std::tuple<Args...> args;
    };

    void send(gate& to, message& m) noexcept
    {
        hold();
        if (!to.send(m)) drop();
    }

    void start_arrived() noexcept
    {
        hold();  // until the end
        if (there_gate_->takes() == starts::refused)
            return left.set_canceled(), end();
        guarded([this] { make_task(); },
                [this] { left.set_from_exception(), end(); });
    }

    void cancel_arrived() noexcept
    {
        if (task_) task_->stop();
    }

    void make_task()
    {
        auto made = std::apply(made_from_->f, std::move(made_from_->args));
        task_.emplace(there_, made.release(), *this);
        task_->make_ready();
    }

    void end() noexcept
    {
        task_.reset();
        made_from_.reset();
        send(*home_gate_, to_end_);
        drop();
    }

    void end_arrived() noexcept
    {
        if (waiting_) waiting_->has_ended();
    }

    std::atomic<int> held_{1};  // by the caller
    part<&call::start_arrived> to_start_{*this};
    part<&call::cancel_arrived> to_cancel_{*this};
    part<&call::end_arrived> to_end_{*this};
    caller* waiting_;
    bool asked_ = false;  // to cancel
    const held<gate> home_gate_, there_gate_;
    loop& there_;                     // it exists while messages arrive there
    std::optional<parts> made_from_;  // until the end
    std::optional<remote_of<T, call>> task_;
};

template <class F, class... Args>
class on_op final : public operation {
public:
    using T = typename made_by<F, Args...>::value_type;

    template <class G, class... As>
    on_op(loop& there, place where, G&& f, As&&... args)
        : operation(where),
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
        call_ = held(new call_type(*this, owner_->of_loop(), there_,
                                   std::move(f_), std::move(args_)));
        if (!call_->start()) return false;
        wait(h);
        ev_ref(owner_->raw());  // the result will come by a message
        return true;
    }

    std::error_code failure() const noexcept
    {
        if (!is_canceled()) return {};
        return std::make_error_code(std::errc::operation_canceled);
    }

    result<T>& left() noexcept { return call_->left; }

    T await_resume()
    {
        throw_if_canceled();
        if (call_->left.has() == outcome::canceled) {
            if (owner_->inner->canceled) detail::raise(canceled{});
            throw_error(ECANCELED, "on");  // the other loop was stopped
        }
        return static_cast<T>(call_->left.take());
    }

    void has_ended() noexcept
    {
        ev_unref(owner_->raw());
        if (is_canceled()) ends_with_scope();
        resume_soon();
    }

    bool asked_to_end() noexcept override { return call_->cancel(); }

    void abandon() noexcept override
    {
        ev_unref(owner_->raw());
        call_->forget();
    }

    const char* name() const noexcept override { return "on"; }

private:
    using call_type = call<F, Args...>;

    bool is_canceled() const noexcept
    {
        return canceled_ || call_->left.has() == outcome::canceled;
    }

    loop& there_;
    F f_;
    std::tuple<Args...> args_;
    held<call_type> call_;
};

}  // namespace detail

// Runs the task f(args...) in the thread of another loop, when that runs, and
// delivers its result. A cancel travels there; this waits until the task there
// has ended. If the run of that loop ends before it, or the loop is stopped or
// destroyed, a std::system_error with std::errc::operation_canceled is thrown.
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

template <class F, class... Args>
requires(!detail::makes_task<F, Args...>) task<detail::anything> on(
    detail::loop_at, const F&, const Args&...)
{
    static_assert(detail::never<F>,
                  "on takes a function that makes a task, and its arguments: "
                  "on(l, f, x), not on(l, f(x))");
    __builtin_unreachable();
}

}  // namespace relev

#endif
