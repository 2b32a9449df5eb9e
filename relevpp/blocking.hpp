// blocking: a task waits for a function that blocks, which runs in a thread of
// a bounded pool.

#ifndef RELEVPP_BLOCKING_HPP
#define RELEVPP_BLOCKING_HPP

#include <optional>
#include <tuple>

#include "blocking_pool.hpp"
#include "nursery.hpp"

namespace relev {
namespace detail {

// A job, and what its function leaves. That is destroyed where it ran.
template <class T, class F, class... Args>
class job_of final : public job {
public:
    job_of(waiter& by, loop& home, F&& f, std::tuple<Args...>&& args)
        : job(by, home.gate()),
          work_(std::in_place, std::move(f), std::move(args))
    {
    }

    result<T> left;

private:
    struct work {
        work(F&& function, std::tuple<Args...>&& arguments)
            : f(std::move(function)), args(std::move(arguments))
        {
        }
        F f;
        std::tuple<Args...> args;
    };

    void run() noexcept override
    {
        guarded([this] { call(); }, [this] { left.set_from_exception(); });
        work_.reset();
    }

    void call()
    {
        if constexpr (!std::is_invocable_v<F, Args...>) {
            return;  // refused already
        } else if constexpr (std::is_void_v<T>) {
            std::apply(std::move(work_->f), std::move(work_->args));
            left.set();
        } else {
            left.set(std::apply(std::move(work_->f), std::move(work_->args)));
        }
    }

    std::optional<work> work_;
};

// The operation, without its types. The fork watcher keeps the loop running,
// and is called in a forked child, where the result never comes.
class job_op : public operation, job::waiter {
public:
    bool await_ready() const noexcept { return false; }

    std::error_code failure() const noexcept
    {
        if (!canceled_ && error_) return {error_, std::generic_category()};
        return operation::failure();
    }

    void abandon() noexcept final
    {
        ev_fork_stop(owner_->raw(), &fork_);
        job_->forget();
    }

    const char* name() const noexcept final { return name_; }

protected:
    job_op(blocking_pool& pool, const char* name, place where) noexcept
        : operation(where), pool_(pool), name_(name)
    {
    }
    job_op(job_op&& other) noexcept
        : operation(std::move(other)), pool_(other.pool_), name_(other.name_)
    {
    }
    ~job_op()
    {
        if (job_) job_->drop();
    }

    waiter& as_waiter() noexcept { return *this; }

    bool start(job& j, std::coroutine_handle<> h) noexcept
    {
        error_ = pool_.start(j);
        if (error_) j.drop();  // the pool does not hold it
        job_ = &j;
        if (error_) return false;
        wait(h);
        fork_.active = fork_.pending = fork_.priority = 0;
        fork_.data = this;
        fork_.cb = forked;
        ev_fork_start(owner_->raw(), &fork_);
        return true;
    }

    void throw_if_failed() const
    {
        throw_if_canceled();
        if (error_) throw_error(error_, name_);
    }

    job* job_ = nullptr;

private:
    void has_ended() noexcept final
    {
        ev_fork_stop(owner_->raw(), &fork_);
        if (!job_->has_run()) error_ = ECANCELED;
        resume_soon();
    }

    static void forked(struct ev_loop*, ev_fork* w, int)
    {
        job_op& self = *static_cast<job_op*>(w->data);
        if (!self.job_->is_lost()) return;
        self.abandon();
        self.error_ = ECANCELED;
        self.resume_now();
    }

    blocking_pool& pool_;
    const char* const name_;
    int error_ = 0;
    ev_fork fork_;
};

// True for one that is made in the expression.
template <class F>
consteval bool is_closure_destroyed_twice()
{
    using V = std::remove_reference_t<F>;
    if constexpr (closures_are_destroyed_twice
                  && !std::is_lvalue_reference_v<F>)
        return std::is_class_v<V> && !std::is_trivially_destructible_v<V>;
    else return false;
}

template <class F, class... Args>
struct blocking_result {
    static constexpr bool is_function = std::is_invocable_v<F, Args...>;
    static_assert(is_function,
                  "blocking needs a function, and its arguments: blocking(f)");
    using type =
        typename std::conditional_t<is_function, std::invoke_result<F, Args...>,
                                    std::type_identity<void>>::type;
    static_assert(!is_task<type>::value, "a task does not block: co_await f()");
    static_assert(!std::is_reference_v<type>, "return a pointer");
};

}  // namespace detail

// co_await blocking(f, args...) runs f(args...) in a thread of the pool, and
// delivers what it returns, or throws. They are copied or moved, as for
// std::thread, and destroyed where f ran.
//
// A cancel does not wait for f: it may still run, and what it returns is thrown
// away. One that has no thread yet never runs. If no thread can be made, or the
// pool is destroyed, a std::system_error is thrown, and f has not run.
template <class F, class... Args>
class [[nodiscard]] blocking final : public detail::job_op {
public:
    using T = typename detail::blocking_result<std::decay_t<F>,
                                               std::decay_t<Args>...>::type;

    // In the pool of the process.
    blocking(std::type_identity_t<F>&& f, std::type_identity_t<Args>&&... args,
             place where = place::here())
        : blocking(blocking_pool::shared(), std::forward<F>(f),
                   std::forward<Args>(args)..., where)
    {
    }

    blocking(blocking_pool& pool, std::type_identity_t<F>&& f,
             std::type_identity_t<Args>&&... args, place where = place::here())
        : job_op(pool, "blocking", where),
          f_(std::forward<F>(f)),
          args_(std::forward<Args>(args)...)
    {
        static_assert(!detail::is_closure_destroyed_twice<F>(),
                      "g++ 12 destroys such a closure twice: pass what it "
                      "needs as arguments of blocking");
        static_assert((!detail::is_destroyed_twice<Args>() && ...),
                      "g++ 12 destroys an aggregate that is made in a co_await "
                      "expression twice: give the type of the argument a "
                      "constructor");
    }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        if (!may_wait(h)) return refused();
        return start(*new job_type(as_waiter(), owner_->of_loop(),
                                   std::move(f_), std::move(args_)),
                     h);
    }

    T await_resume()
    {
        throw_if_failed();
        return static_cast<T>(left().take());
    }

    detail::result<T>& left() noexcept
    {
        return static_cast<job_type*>(job_)->left;
    }

private:
    using job_type = detail::job_of<T, std::decay_t<F>, std::decay_t<Args>...>;

    std::decay_t<F> f_;
    std::tuple<std::decay_t<Args>...> args_;
};

template <class F, class... Args>
blocking(F&&, Args&&...) -> blocking<F, Args...>;
template <class F, class... Args>
blocking(blocking_pool&, F&&, Args&&...) -> blocking<F, Args...>;

}  // namespace relev

#endif
