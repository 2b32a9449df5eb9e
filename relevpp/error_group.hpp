// with_error_group: a nursery that keeps the errors of all its tasks. Not a
// part of relev.hpp: include it where it is used.

#ifndef RELEVPP_ERROR_GROUP_HPP
#define RELEVPP_ERROR_GROUP_HPP

#include <stdexcept>
#include <vector>

#include "nothrow.hpp"
#include "nursery.hpp"

namespace relev {

// What with_error_group throws: the errors in the order in which they came.
struct group_error : std::runtime_error {
    explicit group_error(std::vector<std::exception_ptr> all)
        : runtime_error("relev: tasks of a group failed"),
          errors(std::move(all))
    {
    }
    std::vector<std::exception_ptr> errors;
};

// What an error of a task does to the other tasks.
enum class on_error { cancel_rest, continue_rest };

class error_group;

namespace detail {

template <class F>
task<> error_group_of(F body, on_error then);

}  // namespace detail

// Where tasks are spawned. Made by with_error_group only.
class error_group : detail::pinned {
public:
    // As nursery::spawn.
    template <class F, class... Args>
    requires detail::makes_task<F, Args...>
    void spawn(F&& f, Args&&... args)
    {
        n_->spawn(run<std::decay_t<F>, std::decay_t<Args>...>, this,
                  std::forward<F>(f), std::forward<Args>(args)...);
    }

    void cancel() noexcept { n_->cancel(); }

    // Of the tasks that have ended.
    const std::vector<std::exception_ptr>& errors() const noexcept
    {
        return errors_;
    }

private:
    template <class F>
    friend task<> detail::error_group_of(F body, on_error then);

    explicit error_group(on_error then) noexcept : then_(then) {}

    template <class F, class... Args>
    static task<> run(error_group* g, F f, Args... args)
    {
        auto left = co_await nothrow(f(std::move(args)...));
        g->note(left);
    }

    template <class T>
    void note(const result<T>& left)
    {
        if (left) return;
        std::exception_ptr error = left.exception();
        if (!error) detail::raise(canceled{});
        errors_.push_back(std::move(error));
        if (then_ == on_error::cancel_rest) n_->cancel();
    }

    nursery* n_ = nullptr;  // set when the body begins
    std::vector<std::exception_ptr> errors_;
    const on_error then_;
};

namespace detail {

template <class F>
task<> error_group_of(F body, on_error then)
{
    error_group g(then);  // the tasks may outlive the body
    auto left = co_await nothrow(with_nursery([&](nursery& n) -> task<> {
        g.n_ = &n;
        g.note(co_await nothrow(body(g)));
    }));
    if (!g.errors_.empty()) raise(group_error(std::move(g.errors_)));
    if (left) co_return;
    if (left.exception()) std::rethrow_exception(left.exception());
    raise(canceled{});
}

}  // namespace detail

// Runs body(error_group), a task, and then waits for all that was spawned
// there. If there were errors, it throws them all as one group_error.
template <class F>
requires std::is_invocable_r_v<task<>, F&, error_group&> task<>
with_error_group(F body, on_error then = on_error::cancel_rest)
{
    static_assert(!detail::closures_are_destroyed_twice
                      || std::is_trivially_destructible_v<F>,
                  "g++ 12 destroys such a closure twice: capture references, "
                  "or pass what it needs as arguments of spawn");
    return detail::error_group_of(std::move(body), then);
}

}  // namespace relev

#endif
