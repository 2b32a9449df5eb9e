// task<T>: a coroutine that runs when it is awaited.
//
// A task is started by a nested call of its handle's resume, and ends by a
// transfer to the task that awaits it. So a loop over tasks that do not wait
// needs no stack, also in builds where the compiler does no tail calls.

#ifndef RELEVPP_TASK_HPP
#define RELEVPP_TASK_HPP

#include "awaitable.hpp"
#include "detail/frames.hpp"
#include "detail/result.hpp"

namespace relev {

template <class T = void>
class task;

namespace detail {

template <class T>
struct promise;

// clang 14 cannot return a task, which cannot be moved, from
// get_return_object: it returns this, and the task is made from it.
template <class T>
struct unmade_task {
    std::coroutine_handle<promise<T>> h;
    operator task<T>() const noexcept;
};

// An operation, for co_await. Not a reference: in templates g++ 12 would copy
// what that refers to.
template <class Op>
class passed {
public:
    explicit passed(Op& op) noexcept : op_(op) {}

    [[gnu::always_inline]] bool await_ready() const noexcept
    {
        return op_.await_ready();
    }
    template <class P>
    [[gnu::always_inline]] auto await_suspend(std::coroutine_handle<P> h) const
        noexcept(noexcept(std::declval<Op&>().await_suspend(h)))
    {
        return op_.await_suspend(h);
    }
    [[gnu::always_inline]] decltype(auto) await_resume() const
    {
        return op_.await_resume();
    }

private:
    Op& op_;
};

// What the promises of tasks and of generators share.
struct promise_root {
    // What co_await takes; all else is refused. By value, for what can be
    // neither stored nor moved is refused then.
    template <is_awaiter A>
    passed<std::remove_reference_t<A>> await_transform(A&& a) const noexcept
    {
        return passed<std::remove_reference_t<A>>(a);
    }
    template <makes_awaiter A>
    typename A::awaiter_type await_transform(A a) const
    {
        return a.make_awaiter();
    }
    template <class A>
    requires(!awaitable<A>) std::suspend_never await_transform(const A&)
    const noexcept
    {
        static_assert(never<A>,
                      "a task awaits tasks and operations of "
                      "relev.hpp: see from_callback");
        return {};
    }

    static void* operator new(std::size_t size) { return frame_new(size); }
    static void operator delete(void* frame, std::size_t size) noexcept
    {
        frame_delete(frame, size);
    }

    fiber* owner = nullptr;
    std::coroutine_handle<> awaiting;
};

struct promise_base : promise_root {
    // At the end, to the task that awaits this one; while that is still being
    // started, and from the outermost task of a fiber, to who resumed it.
    struct ending {
        bool await_ready() const noexcept { return false; }
        void await_resume() const noexcept {}

        template <class P>
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<P> h) const noexcept
        {
            if (scope* s = h.promise().around) s->leave();
            std::coroutine_handle<> next = h.promise().awaiting;
            return next ? next : std::noop_coroutine();
        }
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    ending final_suspend() const noexcept { return {}; }

    // A scope that ends with the task. It cannot wait for await_resume: of two
    // co_await in an expression, g++ suspends for the second one before that.
    scope* around = nullptr;
};

template <class T>
struct promise : promise_base {
    unmade_task<T> get_return_object() noexcept
    {
        return {std::coroutine_handle<promise>::from_promise(*this)};
    }
    void unhandled_exception() noexcept { left.set_from_exception(); }

    template <class V = T>
    void return_value(V&& v)
    {
        if constexpr (!std::is_same_v<V, code_is_left>)
            left.set(std::forward<V>(v));
    }

    result<T> left;
};

template <>
struct promise<void> : promise_base {
    unmade_task<void> get_return_object() noexcept
    {
        return {std::coroutine_handle<promise>::from_promise(*this)};
    }
    void unhandled_exception() noexcept { left.set_from_exception(); }
    void return_void() noexcept
    {
        if (exceptions || left.has() == outcome::none) left.set();
    }

    result<void> left;
};

// Owns the frame of a task.
template <class T>
class frame : pinned {
public:
    using handle = std::coroutine_handle<promise<T>>;

    explicit frame(handle h) noexcept : h_(h) {}
    ~frame() { destroy(); }

    void destroy() noexcept
    {
        if (!h_) return;
        fiber* f = h_.promise().owner;
        if (f && f->waits_in() && !h_.done()) f->stop_waiting();
        std::exchange(h_, nullptr).destroy();
    }

    handle get() const noexcept { return h_; }
    handle release() noexcept { return std::exchange(h_, nullptr); }

    result<T>& left() const noexcept
    {
        if constexpr (!exceptions)
            if (!h_) return canceled_left();
        return h_.promise().left;
    }

    // Destroys it, as if it was canceled; returns what continues after it.
    std::coroutine_handle<> cancel() noexcept
    {
        std::coroutine_handle<> next = h_.promise().awaiting;
        destroy();
        return next;
    }

    // Starts it in the fiber; `awaiting` continues after it. False if it has
    // ended already.
    bool start(fiber& f, std::coroutine_handle<> awaiting) const noexcept
    {
        h_.promise().owner = &f;
        if (f.is_deep()) [[unlikely]] {
            f.at = h_;
            f.make_ready();
        } else {
            h_.resume();
            if (h_.done()) return false;
        }
        h_.promise().awaiting = awaiting;
        return true;
    }

private:
    static result<T>& canceled_left() noexcept
    {
        struct canceled_result : result<T> {
            canceled_result() noexcept { this->set_canceled(); }
        };
        static canceled_result left;
        return left;
    }

    handle h_;
};

// What co_await uses for a task.
template <class T>
class task_awaiter : public awaiter {
public:
    explicit task_awaiter(typename frame<T>::handle h) noexcept : frame_(h) {}

    bool await_ready() const noexcept { return false; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) const noexcept
    {
        return frame_.start(*h.promise().owner, h);
    }

    T await_resume() const { return static_cast<T>(frame_.left().take()); }

protected:
    result<T>& left() const noexcept { return frame_.left(); }

    frame<T> frame_;
};

}  // namespace detail

// Can be neither stored for later nor moved: only the call of a coroutine
// itself can be awaited. So its arguments live as long as it runs.
template <class T>
class [[nodiscard]] task : detail::pinned {
public:
    static_assert(!std::is_reference_v<T>, "return a pointer");
    using promise_type = detail::promise<T>;
    using value_type = T;
    using awaiter_type = detail::task_awaiter<T>;

    // Instead of `= delete`: the compiler says what to do.
    task(const task&) noexcept : pinned()
    {
        static_assert(detail::never<T>,
                      "a task can be neither stored nor moved: await the call "
                      "itself, co_await f()");
    }
    ~task()
    {
        if (h_) h_.destroy();
    }

    // For the parts of relev.hpp: what waits for it; or the frame, which the
    // caller owns then.
    awaiter_type make_awaiter() noexcept { return awaiter_type(release()); }
    typename detail::frame<T>::handle release() noexcept
    {
        return std::exchange(h_, nullptr);
    }

private:
    friend detail::unmade_task<T>;
    explicit task(typename detail::frame<T>::handle h) noexcept : h_(h) {}

    typename detail::frame<T>::handle h_;
};

template <class T>
detail::unmade_task<T>::operator task<T>() const noexcept
{
    return task<T>(h);
}

}  // namespace relev

// Where a coroutine is defined that returns a task.
template <class T, class... Args>
struct std::coroutine_traits<relev::task<T>, Args...> {
    static_assert(
        (!relev::detail::is_destroyed_twice<Args>() && ...),
        "g++ 12 destroys an aggregate that is made in a co_await expression "
        "twice: give the type of the parameter a constructor");
    static_assert((!relev::detail::is_over_aligned<Args>() && ...),
                  "a task cannot keep an over-aligned parameter: pass a "
                  "reference");
    using promise_type = relev::detail::promise<T>;
};

#endif
