// with_stop: a std::stop_token cancels a task. Not a part of no_chrono.hpp,
// because of the compile time of <stop_token>.

#ifndef RELEVPP_STOP_HPP
#define RELEVPP_STOP_HPP

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "timeout.hpp"

namespace relev {

// What with_stop throws.
struct stopped : std::system_error {
    stopped()
        : system_error(std::make_error_code(std::errc::operation_canceled))
    {
    }
};

namespace detail {

// What a stop request posts to the loop. The scope may have ended when that
// runs: then `inside` is null.
class stop_request {
public:
    stop_request(loop& l, scope& s) noexcept
        : loop_(l), state_(std::make_shared<scope*>(&s))
    {
    }
    ~stop_request() { *state_ = nullptr; }
    stop_request(stop_request&&) = delete;

    // From any thread.
    void operator()() const
    {
        loop_.post([inside = state_] {
            if (*inside) (*inside)->cancel();
        });
    }

private:
    loop& loop_;
    std::shared_ptr<scope*> state_;
};

template <class T>
class with_stop_op final : public scoped<T> {
public:
    with_stop_op(std::stop_token token, unstarted<T>&& t, place where) noexcept
        : scoped<T>(scope_kind::stop, std::move(t), where),
          token_(std::move(token))
    {
    }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        fiber& f = *h.promise().owner;
        request_.emplace(f.of_loop(), *this);
        callback_.emplace(token_, std::cref(*request_));
        return this->begin(f, h);
    }

    T await_resume()
    {
        if (end()) detail::raise(stopped());
        return static_cast<T>(this->left().take());
    }

    // For nothrow: an error of its own, if there is one.
    std::error_code end() noexcept
    {
        callback_.reset();
        request_.reset();
        if (!this->was_canceled()) return {};
        return std::make_error_code(std::errc::operation_canceled);
    }
    using scoped<T>::left;
    using value_type = T;

private:
    std::stop_token token_;
    std::optional<stop_request> request_;
    std::optional<
        std::stop_callback<std::reference_wrapper<const stop_request>>>
        callback_;
};

}  // namespace detail

// Runs the task, and cancels it when the token's source requests a stop, from
// any thread; then it throws stopped.
template <class T>
[[nodiscard]] detail::scoped_once<detail::with_stop_op<T>, std::stop_token, T>
with_stop(std::stop_token token, task<T> t, place where = place::here())
{
    using op = detail::with_stop_op<T>;
    return detail::scoped_once<op, std::stop_token, T>(std::move(token),
                                                       t.release(), where);
}

}  // namespace relev

#endif
