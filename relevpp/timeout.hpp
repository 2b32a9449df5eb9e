// Scopes around one task or operation: with_timeout, try_for, shielded. They
// run it in the same fiber, and allocate nothing.

#ifndef RELEVPP_TIMEOUT_HPP
#define RELEVPP_TIMEOUT_HPP

#include <optional>

#include "detail/unstarted.hpp"
#include "ops.hpp"

namespace relev {

// What with_timeout throws.
struct timed_out : std::system_error {
    timed_out() : system_error(std::make_error_code(std::errc::timed_out)) {}
};

namespace detail {

// What makes a scope with a task: its limit, the task, and where.
template <class Op, class Limit, class T>
using scoped_once = once<Op, Limit, unstarted<T>, place>;

// A scope, and the task in it.
template <class T>
class scoped : public scope {
public:
    scoped(scope_kind which, unstarted<T>&& t, place where) noexcept
        : scope(which, where), frame_(t.release())
    {
    }

    bool await_ready() const noexcept { return false; }

protected:
    bool begin(fiber& f, std::coroutine_handle<> awaiting) noexcept
    {
        enter(f);
        frame_.get().promise().around = this;
        this->ends_by(this, [](void* s) {
            scoped& self = *static_cast<scoped*>(s);
            std::coroutine_handle<> next = self.frame_.cancel();
            self.leave();
            return next;
        });
        return frame_.start(f, awaiting);
    }

    // True if its own cancel ended the task.
    bool was_canceled() const noexcept
    {
        return ended_by_own && left().has() == outcome::canceled;
    }

    result<T>& left() const noexcept { return frame_.left(); }

    frame<T> frame_;
};

template <class T>
class timed : public scoped<T>, ev_timer {
public:
    timed(ev_tstamp after, unstarted<T>&& t, place where) noexcept
        : scoped<T>(scope_kind::timeout, std::move(t), where)
    {
        active = pending = priority = 0;
        cb = fired;
        ev_timer::at = after > 0 ? after : 0;
        repeat = 0;
    }
    ~timed()
    {
        if (active || pending) stop();
    }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        struct ev_loop* raw = h.promise().owner->raw();
        data = raw;
        ev_timer_start(raw, this);
        return this->begin(*h.promise().owner, h);
    }

protected:
    bool expired() noexcept
    {
        stop();
        return this->was_canceled();
    }

private:
    void stop() noexcept
    {
        ev_timer_stop(static_cast<struct ev_loop*>(data), this);
    }

    static void fired(struct ev_loop*, ev_timer* w, int)
    {
        static_cast<timed*>(w)->cancel();
    }
};

template <class T>
class with_timeout_op final : public timed<T> {
public:
    using timed<T>::timed;
    using value_type = T;

    T await_resume()
    {
        if (this->expired()) detail::raise(timed_out());
        return static_cast<T>(this->left().take());
    }

    // For nothrow: an error of its own, if there is one.
    std::error_code end() noexcept
    {
        if (!this->expired()) return {};
        return std::make_error_code(std::errc::timed_out);
    }
    using timed<T>::left;
};

template <class T>
class try_for_op final : public timed<T> {
public:
    using timed<T>::timed;
    using value_type =
        std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>;

    value_type await_resume()
    {
        if (this->expired()) return value_type();
        if constexpr (!std::is_void_v<T>) return this->left().take();
        else return (void)this->left().take(), true;
    }

    // For nothrow. That it has expired is no error, but a value.
    std::error_code end() const noexcept { return {}; }
    bool has_value() noexcept
    {
        return this->expired() || left().has() == outcome::value;
    }
    using timed<T>::left;
};

template <class T>
class shielded_op final : public scoped<T> {
public:
    using scoped<T>::scoped;

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        return this->begin(*h.promise().owner, h);
    }

    T await_resume() { return static_cast<T>(this->left().take()); }

    std::error_code end() const noexcept { return {}; }
    using scoped<T>::left;
    using value_type = T;
};

}  // namespace detail

// Awaits a task or another awaitable, and cancels it after that time; then it
// throws timed_out. Time counts from ev_now. What completes in spite of the
// cancel is not canceled.
template <duration D, awaitable A>
[[nodiscard]] auto with_timeout(D after, A a, place where = place::here())
{
    using T = await_result_t<A>;
    using op = detail::with_timeout_op<T>;
    return detail::scoped_once<op, ev_tstamp, T>(
        seconds_of(after), detail::unstarted_of(a), where);
}

template <class D, class A>
requires(!duration<D> || !awaitable<A>) task<detail::anything> with_timeout(
    D, const A&)
{
    static_assert(detail::never<A>,
                  "with_timeout takes a duration, and what is awaited: "
                  "with_timeout(10ms, f())");
    __builtin_unreachable();
}

// The same; delivers nothing, or false if it delivers void, instead of
// throwing.
template <duration D, awaitable A>
[[nodiscard]] auto try_for(D after, A a, place where = place::here())
{
    using T = await_result_t<A>;
    using op = detail::try_for_op<T>;
    return detail::scoped_once<op, ev_tstamp, T>(
        seconds_of(after), detail::unstarted_of(a), where);
}

template <class D, class A>
requires(!duration<D> || !awaitable<A>) task<detail::anything> try_for(D,
                                                                       const A&)
{
    static_assert(detail::never<A>,
                  "try_for takes a duration, and what is awaited: "
                  "try_for(10ms, f())");
    __builtin_unreachable();
}

// Awaits it with no regard to any cancel from outside. For cleaning up.
template <awaitable A>
[[nodiscard]] auto shielded(A a, place where = place::here())
{
    using T = await_result_t<A>;
    using op = detail::shielded_op<T>;
    return detail::scoped_once<op, detail::scope_kind, T>(
        detail::scope_kind::shield, detail::unstarted_of(a), where);
}

}  // namespace relev

#endif
