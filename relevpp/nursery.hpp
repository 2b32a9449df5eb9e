// with_nursery: a scope in which a task spawns others. It ends when all of them
// have ended; the first error cancels the rest, and is thrown.

#ifndef RELEVPP_NURSERY_HPP
#define RELEVPP_NURSERY_HPP

#include "detail/join.hpp"
#include "detail/spawned.hpp"
#include "task.hpp"

namespace relev {

class nursery;

namespace detail {

class nursery_access;
class nursery_body;

// A spawned fiber: f and its arguments live here as long as the task.
class child : public fiber {
public:
    child(loop& l, scheduler& s, joined_group& g) noexcept
        : fiber(l, s, g), group_(g)
    {
    }
    virtual void destroy() noexcept = 0;

protected:
    ~child() = default;
    joined_group& group_;
};

template <class F, class... Args>
class child_of final : public child {
public:
    template <class G, class... As>
    child_of(loop& l, scheduler& s, joined_group& g, G&& f, As&&... args)
        : child(l, s, g),
          f_(std::forward<G>(f)),
          args_(std::forward<As>(args)...),
          frame_(args_.call(f_, std::forward<As>(args)...).release())
    {
        frame_.get().promise().owner = this;
        at = top = frame_.get();
    }

    static void* operator new(std::size_t size) { return frame_new(size); }
    static void operator delete(void* p, std::size_t size) noexcept
    {
        frame_delete(p, size);
    }

    void destroy() noexcept override { delete this; }

private:
    void destroy_frames() noexcept override { frame_.destroy(); }
    void ended() noexcept override
    {
        joined_group& g = group_;
        std::exception_ptr error;
        auto& left = frame_.left();
        if (left.has() == outcome::error) error = left.error();
        if (left.has() == outcome::canceled) g.note_canceled();
        delete this;
        if (error) g.note_error(std::move(error));
        if (g.children.empty()) g.all_ended();
    }

    using made = std::invoke_result_t<F&, Args&&...>;

    F f_;
    [[no_unique_address]] typename spawned_args<F, Args...>::type args_;
    frame<typename made::value_type> frame_;
};

template <class T>
struct is_task : std::false_type {
};
template <class T>
struct is_task<task<T>> : std::true_type {
};

template <class F, class... Args>
concept makes_task = requires
{
    requires is_task < std::invoke_result_t < std::decay_t<F>
    &, std::decay_t<Args>&&... >> ::value;
};

template <class... Args>
inline constexpr bool can_be_kept =
    (std::is_constructible_v<std::decay_t<Args>, Args> && ...);

}  // namespace detail

// Where tasks are spawned. Made by with_nursery only.
class nursery final : detail::joined_group {
public:
    // Runs the task f(args...), soon: this returns before. f and args are
    // copied or moved, as for std::thread, and live as long as the task.
    template <class F, class... Args>
    requires(detail::can_be_kept<Args...>&&
                 detail::makes_task<F, Args...>) void spawn(F&& f,
                                                            Args&&... args)
    {
        static_assert((!detail::is_over_aligned<std::decay_t<Args>>() && ...),
                      "spawn cannot keep an over-aligned argument: pass "
                      "std::ref or a pointer");
        using made = detail::child_of<std::decay_t<F>, std::decay_t<Args>...>;
        auto* c = new made(owner->of_loop(), owner->sched(), *this,
                           std::forward<F>(f), std::forward<Args>(args)...);
        children.push_back(*c);
        c->make_ready();
    }

    // The arguments of a call would be gone when it runs.
    template <class F, class... Args>
    void spawn(F&&, Args&&...)
    {
        static_assert(detail::can_be_kept<Args...>,
                      "an argument cannot be copied: pass std::move of it");
        static_assert(!detail::can_be_kept<Args...> || detail::never<F>,
                      "spawn takes a function that makes a task, and its "
                      "arguments: spawn(f, x), not spawn(f(x))");
    }

    // Cancels the tasks, and the body.
    void cancel() noexcept { scope::cancel(); }

private:
    friend detail::nursery_access;
    friend detail::nursery_body;

    explicit nursery(place where) noexcept : joined_group(where) {}
    ~nursery()
    {
        while (!children.empty())
            static_cast<detail::child&>(children.front()).destroy();
    }

    void all_ended() noexcept override
    {
        if (!join_waits_) return;
        join_waits_ = false;
        static_cast<detail::join_op*>(owner->waiting)->complete();
    }

    bool join_waits_ = false;
};

namespace detail {

// What with_nursery does with a nursery.
class nursery_access : public awaiter {
public:
    explicit nursery_access(place where) noexcept : n(where) {}

    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        n.enter(*h.promise().owner);
        return false;
    }
    void await_resume() const noexcept {}

    void body_ended(result<void>& left) noexcept
    {
        if (left.has() == outcome::value) return;
        if (left.has() == outcome::canceled) n.note_canceled();
        else n.note_error(left.error());
        n.cancel();
    }

    bool has_children() noexcept { return !n.children.empty(); }
    join_op join() noexcept { return {n.join_waits_, "with_nursery", n.at}; }

    void finish()
    {
        n.leave();
        bool own = n.ended_by_own;
        n.rethrow();
        must_end_ = n.is_incomplete() && !own;
        if constexpr (exceptions)
            if (must_end_) raise(canceled{});
    }

    // Without exceptions: the scope around it is canceled, too.
    bool must_end() const noexcept { return must_end_; }

    nursery n;

private:
    bool must_end_ = false;
};

// Ends the task in a canceled scope.
class checkpoint final : public operation {
public:
    explicit checkpoint(place where) noexcept : operation(where) {}
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        return !may_wait(h) && refused();
    }
    void await_resume() const noexcept {}
    void abandon() noexcept override {}
    const char* name() const noexcept override { return "nursery"; }
};

// The body: its error belongs to the nursery.
class nursery_body : public task_awaiter<void> {
public:
    nursery_body(nursery_access& a, frame<void>::handle h) noexcept
        : task_awaiter<void>(h), access_(a)
    {
        a.n.ends_by(this, [](void* self) {
            return static_cast<nursery_body*>(self)->frame_.cancel();
        });
    }
    ~nursery_body() { access_.n.ends_by(nullptr, nullptr); }

    void await_resume() const noexcept { access_.body_ended(left()); }

private:
    nursery_access& access_;
};

template <class F>
task<> nursery_of(F f, place where)
{
    nursery_access a(where);
    co_await a;
    co_await nursery_body(a, f(a.n).release());
    while (a.has_children()) co_await a.join();  // others may spawn more
    a.finish();
    if constexpr (!exceptions)
        if (a.must_end()) co_await checkpoint(where);
}

}  // namespace detail

// Runs body(nursery), a task, and then waits for all that was spawned in it.
// The first error cancels the rest, and is thrown in the end.
template <class F>
requires std::is_invocable_r_v<task<>, F&, nursery&> task<> with_nursery(
    F body, place where = place::here())
{
    static_assert(!detail::closures_are_destroyed_twice
                      || std::is_trivially_destructible_v<F>,
                  "g++ 12 destroys such a closure twice: capture references, "
                  "or pass what it needs as arguments of spawn");
    return detail::nursery_of(std::move(body), where);
}

template <class F>
requires(!std::is_invocable_r_v<task<>, F&, nursery&>) task<> with_nursery(
    const F&)
{
    static_assert(detail::never<F>,
                  "the body is a task: with_nursery([&](nursery& n) -> task<> "
                  "{ ... co_return; })");
    __builtin_unreachable();
}

}  // namespace relev

#endif
