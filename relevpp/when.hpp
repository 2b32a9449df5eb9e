// when_all and when_any: tasks and operations that run at the same time, each
// in a fiber of its own that lives in the awaiting task's frame.

#ifndef RELEVPP_WHEN_HPP
#define RELEVPP_WHEN_HPP

#include <optional>

#include "detail/unstarted.hpp"
#include "nursery.hpp"

namespace relev {

// What when_any delivers. `values` has those of all tasks that completed: a
// task that lost may have completed in spite of the cancel.
template <class... T>
struct any_result {
    std::size_t index;  // of the task that completed first
    std::tuple<std::optional<T>...> values;
};

// The value of a task<void> in when_all and when_any.
using detail::nothing;

namespace detail {

template <class T>
using value_of = typename result<T>::stored;

// The common part of both: a group, its operation, and how many have not ended.
class race : public joined_group {
public:
    race(bool one_is_enough, place where) noexcept
        : joined_group(where), one_is_enough_(one_is_enough)
    {
    }

    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::size_t winner = none;

    void has_ended(std::size_t index, outcome how, std::exception_ptr error)
    {
        --running_;
        if (how == outcome::error) note_error(std::move(error));
        if (how == outcome::value && winner == none) winner = index;
        if (how == outcome::value && one_is_enough_) cancel();
        if (how == outcome::canceled) note_canceled();
        if (running_ || !join_) return;
        leave();
        if (one_is_enough_ ? winner == none : is_incomplete())
            join_->ends_with_scope();
        join_->complete();
    }

    // Without exceptions: a task has left an error. It ends the others.
    void note_code(std::error_code code) noexcept
    {
        if (!failure()) code_ = code;
        cancel();
    }
    std::error_code failure() const noexcept { return code_; }

    // Whether the next task has to be started at all.
    bool is_decided() const noexcept { return own; }

    std::size_t running_ = 0;
    join_op* join_ = nullptr;

protected:
    ~race() = default;

private:
    const bool one_is_enough_;
    [[no_unique_address]] kept_code code_{std::error_code()};
};

template <class T>
class branch final : public fiber {
public:
    branch(typename frame<T>::handle h, race& r, loop& l, scheduler& s) noexcept
        : fiber(l, s, r), frame_(h), race_(r)
    {
        h.promise().owner = this;
        at = top = h;
    }

    void start(std::size_t index) noexcept
    {
        index_ = index;
        ++race_.running_;
        race_.children.push_back(*this);
        resume();
    }

    result<T>& left() noexcept { return frame_.left(); }

private:
    void destroy_frames() noexcept override { frame_.destroy(); }

    void ended() noexcept override
    {
        hook<sibling_tag>::unlink();
        outcome how = left().has();
        if (how == outcome::code) race_.note_code(left().code());
        race_.has_ended(index_, how,
                        how == outcome::error ? left().error() : nullptr);
    }

    frame<T> frame_;
    race& race_;
    std::size_t index_ = 0;
};

// The frames wait here for their fibers, which are made when the awaiting task
// is known.
template <class... T>
class race_of : public race {
public:
    explicit race_of(bool one, place where, unstarted<T>&&... t) noexcept
        : race(one, where),
          frames_(std::move(t)...),
          join_at_(join_waits_, one ? "when_any" : "when_all", where)
    {
    }
    bool await_ready() const noexcept { return false; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        enter(*h.promise().owner);
        start_all(std::index_sequence_for<T...>());
        if (!this->running_) return leave(), false;
        this->join_ = &join_at_;
        join_at_.await_suspend(h);
        return true;
    }

protected:
    ~race_of()
    {
        std::apply([](auto&... b) { (b.reset(), ...); }, branches_);
    }

    // Ends the group. Throws the first error, or canceled if no task has
    // completed.
    void end(bool complete)
    {
        this->rethrow();
        if constexpr (!exceptions)
            if (this->failure()) raise(std::system_error(this->failure()));
        if (!complete) detail::raise(relev::canceled{});
    }

    bool all_completed() noexcept
    {
        return std::apply(
            [](auto&... b) {
                return ((b && b->left().has() == outcome::value) && ...);
            },
            branches_);
    }

    std::tuple<std::optional<branch<T>>...> branches_;

private:
    template <std::size_t... I>
    void start_all(std::index_sequence<I...>) noexcept
    {
        (start<I>(), ...);
    }

    template <std::size_t I>
    void start() noexcept
    {
        if (this->is_decided()) return;
        auto& b = std::get<I>(branches_);
        b.emplace(std::get<I>(frames_).release(), *this, owner->of_loop(),
                  owner->sched());
        b->start(I);
    }

    std::tuple<unstarted<T>...> frames_;
    bool join_waits_ = false;
    join_op join_at_;
};

template <class... T>
class all_op final : public race_of<T...> {
public:
    explicit all_op(place where, unstarted<T>&&... t) noexcept
        : race_of<T...>(false, where, std::move(t)...)
    {
    }

    std::tuple<value_of<T>...> await_resume()
    {
        this->end(this->all_completed());
        return std::apply(
            [](auto&... b) {
                return std::tuple<value_of<T>...>(b->left().take()...);
            },
            this->branches_);
    }
};

template <class... T>
class any_op final : public race_of<T...> {
public:
    explicit any_op(place where, unstarted<T>&&... t) noexcept
        : race_of<T...>(true, where, std::move(t)...)
    {
    }

    any_result<value_of<T>...> await_resume()
    {
        this->end(this->winner != race::none);
        return std::apply(
            [this](auto&... b) {
                return any_result<value_of<T>...>{this->winner,
                                                  {value_in<T>(b)...}};
            },
            this->branches_);
    }

private:
    template <class U>
    static std::optional<value_of<U>> value_in(std::optional<branch<U>>& b)
    {
        if (!b || b->left().has() != outcome::value) return std::nullopt;
        return b->left().take();
    }
};

template <class Op, class... A>
using race_once = once<Op, place, unstarted<await_result_t<A>>...>;

// Of arguments that cannot be awaited: one error, and no other.
template <class... A>
struct refused_when {
    struct awaiter_type : std::suspend_never {
        anything await_resume() const noexcept;
    };
    explicit refused_when(const A&...) noexcept;
    awaiter_type make_awaiter() const noexcept;
    static_assert(never<refused_when>,
                  "when_all and when_any take tasks and operations: call the "
                  "function");
};

}  // namespace detail

template <class... A>
class when_all : public detail::refused_when<A...> {
    using detail::refused_when<A...>::refused_when;
};
template <class... A>
class when_any : public detail::refused_when<A...> {
    using detail::refused_when<A...>::refused_when;
};

// Awaits tasks and other awaitables at the same time, and delivers a tuple of
// their values. The first error cancels the others, and is thrown when they
// have ended.
//
// A class, because a function cannot have a default argument after `a`.
template <awaitable... A>
class [[nodiscard]] when_all<A...> final
    : public detail::race_once<detail::all_op<await_result_t<A>...>, A...> {
public:
    explicit when_all(A... a, place where = place::here())
        : when_all::once(where, detail::unstarted_of(a)...)
    {
    }
};

template <class... A>
when_all(A...) -> when_all<A...>;

// Awaits them at the same time. The first one that completes cancels the
// others; the result is delivered when they have ended. An error of any of them
// is thrown.
template <awaitable... A>
class [[nodiscard]] when_any<A...> final
    : public detail::race_once<detail::any_op<await_result_t<A>...>, A...> {
public:
    explicit when_any(A... a, place where = place::here())
        : when_any::once(where, detail::unstarted_of(a)...)
    {
    }
};

template <class... A>
when_any(A...) -> when_any<A...>;

}  // namespace relev

#endif
