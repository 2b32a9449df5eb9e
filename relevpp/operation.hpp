// operation<T>: the base of a program's own operations.

#ifndef RELEVPP_OPERATION_HPP
#define RELEVPP_OPERATION_HPP

#include <optional>

#include "loop.hpp"
#include "task.hpp"

namespace relev {

// A class derived from it defines start and cancel, and calls complete or
// fail_with once, in the thread of the loop. It is final, and can be moved
// before it is awaited. While it waits, it keeps the loop running.
template <class T = void>
class operation : public detail::operation {
public:
    bool await_ready() const noexcept { return false; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        if (!this->may_wait(h)) return this->refused();
        start();
        if (has_ended()) return this->ready(h);
        this->wait(h);
        ev_ref(owner_->raw());
        if (owner_->inner->canceled) this->interrupt();  // start did that
        return true;
    }

    T await_resume()
    {
        this->throw_if_canceled();
        if (error_) detail::raise(std::system_error(error_, name_));
        if constexpr (!std::is_void_v<T>) return std::move(*value_);
    }

    std::error_code failure() const noexcept
    {
        if (!canceled_ && error_) return error_;
        return detail::operation::failure();
    }

    const char* name() const noexcept final { return name_; }
    void abandon() noexcept final
    {
        ev_unref(owner_->raw());
        cancel();
    }

protected:
    using stored = typename detail::result<T>::stored;

    // The name is for loop::dump and errors; it is not copied.
    explicit operation(const char* name, place where = place::here()) noexcept
        : detail::operation(where), name_(name)
    {
    }
    operation(operation&&) = default;
    ~operation() = default;

    // Begins. It may call complete or fail_with at once, and may throw.
    virtual void start() = 0;
    // The task does not wait any more: complete and fail_with must not be
    // called after this.
    virtual void cancel() noexcept = 0;

    // The task continues soon, with this value: these return before.
    template <class... V>
    void complete(V&&... value)
    {
        assert(!has_ended());
        value_.emplace(std::forward<V>(value)...);
        finish();
    }
    // It throws a std::system_error with this error, which is not 0.
    void fail_with(std::error_code error) noexcept
    {
        assert(!has_ended() && error);
        error_ = error;
        finish();
    }

    loop& of_loop() const noexcept { return owner_->of_loop(); }

private:
    bool has_ended() const noexcept { return value_ || error_; }

    void finish() noexcept
    {
        if (owner_->waiting != this) return;  // in start
        ev_unref(owner_->raw());
        this->resume_soon();
    }

    const char* name_;
    std::error_code error_;
    std::optional<stored> value_;
};

}  // namespace relev

#endif
