// with_stop: a std::stop_token cancels a task. Not a part of no_chrono.hpp,
// because of the compile time of <stop_token>. libc++ has that from release 20
// on, and before with -fexperimental-library.

#ifndef RELEVPP_STOP_HPP
#define RELEVPP_STOP_HPP

#include <version>

#ifdef __cpp_lib_jthread

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

// What a stop request posts to the loop: made before the task runs, since a
// stop callback must not throw. It keeps the loop running while `inside` is
// set: until the scope is canceled, or has ended.
struct stop_node : post_node {
    stop_node(loop& l, scope& s) noexcept : of(l), inside(&s)
    {
        finish = arrived;
        ev_ref(l.raw());
    }

    scope* leave() noexcept
    {
        if (inside && of.raw()) ev_unref(of.raw());
        return std::exchange(inside, nullptr);
    }

    static void arrived(post_node* node, bool run) noexcept
    {
        stop_node* self = static_cast<stop_node*>(node);
        self->posted = false;
        if (scope* in = self->leave()) {
            if (run) in->cancel();
        } else {
            delete self;  // the scope has ended
        }
    }

    loop& of;
    scope* inside;
    bool posted = false;  // and not arrived: the list of posts owns it
};

class stop_request : pinned {
public:
    stop_request(loop& l, scope& s) : node_(new stop_node(l, s)) {}
    ~stop_request()
    {
        node_->leave();
        if (!node_->posted) delete node_;
    }

    // From any thread, once.
    void operator()() const noexcept
    {
        node_->posted = true;
        node_->of.post_made(node_);
    }

private:
    stop_node* node_;
};

// std::ref, without <functional>: that has 14,000 lines.
struct stop_request_ref {
    const stop_request* to;

    void operator()() const noexcept { (*to)(); }
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
        if (token_.stop_possible()) {
            request_.emplace(f.of_loop(), *this);
            callback_.emplace(token_, stop_request_ref{&*request_});
        }
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
    std::optional<std::stop_callback<stop_request_ref>> callback_;
};

}  // namespace detail

// Awaits a task or another awaitable, and cancels it when the token's source
// requests a stop, from any thread; then it throws stopped.
template <awaitable A>
[[nodiscard]] auto with_stop(std::stop_token token, A a,
                             place where = place::here())
{
    using T = await_result_t<A>;
    using op = detail::with_stop_op<T>;
    return detail::scoped_once<op, std::stop_token, T>(
        std::move(token), detail::unstarted_of(a), where);
}

}  // namespace relev

#endif

#endif
