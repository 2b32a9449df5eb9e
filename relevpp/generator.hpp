// generator<T>: a coroutine that delivers one value after another, and may wait
// between them. Not a part of relev.hpp: include it where it is used.
//
// While it computes the next value, it is a part of the fiber that asked for
// it, as a task that is awaited. At a co_yield it belongs to no fiber.

#ifndef RELEVPP_GENERATOR_HPP
#define RELEVPP_GENERATOR_HPP

#include "task.hpp"

namespace relev {

template <class T>
class generator;

namespace detail {

template <class T>
struct generator_promise;

template <class T>
struct unmade_generator {
    std::coroutine_handle<generator_promise<T>> h;
    operator generator<T>() const noexcept { return generator<T>(h); }
};

template <class T>
struct generator_promise : promise_root {
    // At a co_yield and at the end, as for a task: to who awaits, or, if it has
    // not waited since it was asked, to who resumed it.
    struct turning {
        bool await_ready() const noexcept { return false; }
        void await_resume() const noexcept {}
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<generator_promise> h) const noexcept
        {
            h.promise().owner = nullptr;
            std::coroutine_handle<> next =
                std::exchange(h.promise().awaiting, nullptr);
            return next ? next : std::noop_coroutine();
        }
    };
    // The same, with a value that is copied here.
    struct turning_copy : turning {
        explicit turning_copy(const T& from) : value(from) {}
        std::coroutine_handle<> await_suspend(
            std::coroutine_handle<generator_promise> h) noexcept
        {
            h.promise().value = &value;
            return turning::await_suspend(h);
        }
        std::remove_const_t<T> value;
    };

    unmade_generator<T> get_return_object() noexcept
    {
        return {std::coroutine_handle<generator_promise>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    turning final_suspend() noexcept
    {
        value = nullptr;
        return {};
    }
    turning yield_value(T& v) noexcept { return value = &v, turning(); }
    turning yield_value(T&& v) noexcept
    {
        static_assert(!is_destroyed_twice<T&&>(),
                      "g++ 12 destroys an aggregate that is made in a co_yield "
                      "expression twice: give the type a constructor");
        return value = &v, turning();
    }
    turning_copy yield_value(const T& v) requires(!std::is_const_v<T>)
    {
        return turning_copy(v);
    }
    void unhandled_exception() noexcept { left.set_from_exception(); }
    void return_void() noexcept { left.set(); }

    T* value = nullptr;
    result<void> left;
};

}  // namespace detail

// Its arguments live as long as it does: pass values, not references to what is
// gone when it continues. One task at a time uses it, of any loop.
template <class T>
class [[nodiscard]] generator : detail::pinned {
public:
    static_assert(!std::is_reference_v<T>, "yield a pointer");
    using promise_type = detail::generator_promise<T>;

    ~generator() { end(); }

    class next_op;

    // Runs it to its next co_yield. Delivers where that value is until the next
    // call, or null at the end; throws what it throws.
    [[nodiscard]] next_op next() noexcept { return next_op(*this); }

private:
    using handle = std::coroutine_handle<promise_type>;
    friend detail::unmade_generator<T>;
    explicit generator(handle h) noexcept : h_(h) {}

    // Destroys it, where it is.
    void end() noexcept
    {
        if (!h_) return;
        detail::fiber* f = h_.promise().owner;
        if (f && f->waits_in()) f->stop_waiting();
        std::exchange(h_, nullptr).destroy();
    }

    handle h_;
};

template <class T>
class generator<T>::next_op : public detail::awaiter, detail::pinned {
public:
    explicit next_op(generator& g) noexcept : of_(g) {}

    // A task that is destroyed in this ends the generator: it must not continue
    // in a fiber that is gone.
    ~next_op()
    {
        if (runs_) of_.end();
    }

    bool await_ready() const noexcept { return !of_.h_; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        promise_type& p = of_.h_.promise();
        assert(!p.owner && "two tasks use the same generator");
        detail::fiber& f = *h.promise().owner;
        p.owner = &f;
        runs_ = true;
        if (f.is_deep()) [[unlikely]] {
            f.at = of_.h_;
            f.make_ready();
        } else {
            of_.h_.resume();
            if (!p.owner) return false;
        }
        p.awaiting = h;
        return true;
    }

    T* await_resume()
    {
        runs_ = false;
        if (!of_.h_) return nullptr;
        if (!of_.h_.done()) return of_.h_.promise().value;
        struct ending {
            generator& g;
            ~ending() { g.end(); }
        } at_end{of_};
        of_.h_.promise().left.take();
        return nullptr;
    }

private:
    generator& of_;
    bool runs_ = false;
};

}  // namespace relev

#endif
