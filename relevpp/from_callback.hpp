// from_callback: awaits a function that reports its result by a callback.

#ifndef RELEVPP_FROM_CALLBACK_HPP
#define RELEVPP_FROM_CALLBACK_HPP

#include "operation.hpp"

namespace relev {

// What the callback completes. Its address stays the same until it is complete
// or canceled: pass it as the void* of a C function.
template <class T = void>
class completion : public operation<T> {
public:
    using operation<T>::complete;
    using operation<T>::fail_with;
    using operation<T>::of_loop;

protected:
    using operation<T>::operation;
    completion(completion&&) = default;
    ~completion() = default;
};

namespace detail {

struct cannot_be_canceled {
    template <class C>
    void operator()(C&) const noexcept
    {
    }
};

template <class T, class F, class Cancel>
class from_callback_op final : public completion<T> {
public:
    from_callback_op(F f, Cancel cancel, place where)
        : completion<T>("from_callback", where),
          f_(std::move(f)),
          cancel_(std::move(cancel))
    {
        static_assert(
            !closures_are_destroyed_twice
                || (std::is_trivially_destructible_v<
                        F> && std::is_trivially_destructible_v<Cancel>),
            "g++ 12 destroys such a closure twice: capture references");
    }

    // Without a way to cancel it waits for the callback, in spite of a cancel.
    bool asked_to_end() noexcept override
    {
        return std::is_same_v<Cancel, cannot_be_canceled>;
    }

private:
    void start() override { f_(static_cast<completion<T>&>(*this)); }
    void cancel() noexcept override
    {
        cancel_(static_cast<completion<T>&>(*this));
    }

    F f_;
    Cancel cancel_;
};

}  // namespace detail

// Calls f(done), a completion<T>&, and waits until done.complete(value) or
// done.fail_with(error) is called, in f or later; delivers the value. In the
// thread of the loop: another one passes a function that does it to
// done.of_loop().post. What f has started cannot be canceled: a cancel waits
// for its end.
template <class T = void, class F>
requires std::is_invocable_v < F&, completion<T>
& > [[nodiscard]] auto from_callback(F f, place where = place::here())
{
    using op = detail::from_callback_op<T, F, detail::cannot_be_canceled>;
    return op(std::move(f), {}, where);
}

// A cancel calls cancel(done), which must not throw. After that, `done` must
// not be used.
template <class T = void, class F, class Cancel>
requires(std::is_invocable_v<F&, completion<T>&>&&
             std::is_invocable_v<Cancel&, completion<T>&>)
    [[nodiscard]] auto from_callback(F f, Cancel cancel,
                                     place where = place::here())
{
    using op = detail::from_callback_op<T, F, Cancel>;
    return op(std::move(f), std::move(cancel), where);
}

}  // namespace relev

#endif
