// The arguments of a task that is spawned.

#ifndef RELEVPP_DETAIL_SPAWNED_HPP
#define RELEVPP_DETAIL_SPAWNED_HPP

#include <tuple>
#include <type_traits>
#include <utility>

namespace relev::detail {

// They are kept, for parameters may refer to them.
template <class... Args>
class kept_args {
public:
    template <class... As>
    explicit kept_args(As&&... args) : all_(std::forward<As>(args)...)
    {
    }
    template <class F, class... As>
    auto call(F& f, As&&...)
    {
        return std::apply(f, std::move(all_));
    }

private:
    std::tuple<Args...> all_;
};

// Nothing is kept: the frame of the task has all of them.
struct no_args {
    template <class... As>
    explicit no_args(As&&...) noexcept
    {
    }
    template <class F, class... As>
    auto call(F& f, As&&... args)
    {
        return f(std::forward<As>(args)...);
    }
};

// A parameter may refer to what a reference_wrapper refers to, but not to the
// wrapper.
template <class P, class Arg>
inline constexpr bool is_moved = std::is_same_v<P, Arg>;
template <class T>
inline constexpr bool is_moved<T&, std::reference_wrapper<T>> = true;
template <class T>
inline constexpr bool is_moved<const T&, std::reference_wrapper<T>> = true;

// Of a function whose parameters have the same types, nothing has to be kept.
template <class F, class... Args>
struct spawned_args {
    using type = kept_args<Args...>;
};
template <class R, class... P, class... Args>
requires(
    sizeof...(P) == sizeof...(Args)
    && (is_moved<P, Args> && ...)) struct spawned_args<R (*)(P...), Args...> {
    using type = no_args;
};

}  // namespace relev::detail

#endif
