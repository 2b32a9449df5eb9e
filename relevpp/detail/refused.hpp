// What is refused when it is compiled, and why.

#ifndef RELEVPP_DETAIL_REFUSED_HPP
#define RELEVPP_DETAIL_REFUSED_HPP

#include <type_traits>

namespace relev::detail {

// g++ 12 destroys a closure in a co_await expression twice.
#if defined __GNUC__ && !defined __clang__ && __GNUC__ < 13
inline constexpr bool closures_are_destroyed_twice = true;
#else
inline constexpr bool closures_are_destroyed_twice = false;
#endif

// So it does with an aggregate that is made there by braces: by `job{1, "a"}`,
// not by a constructor. Whether it is passed by value or by reference does not
// matter. T is what a parameter is declared as.
template <class T>
consteval bool is_destroyed_twice()
{
    using V = std::remove_reference_t<T>;
    if constexpr (closures_are_destroyed_twice
                  && !std::is_lvalue_reference_v<T>)
        return std::is_aggregate_v<V> && !std::is_trivially_destructible_v<V>;
    else return false;
}

// Neither operator new nor the compilers align the memory of a task for it.
template <class T>
consteval bool is_over_aligned()
{
    if constexpr (std::is_reference_v<T>) return false;
    else return alignof(T) > __STDCPP_DEFAULT_NEW_ALIGNMENT__;
}

// What an overload for misuse delivers: no second error.
struct anything {
    template <class T>
    operator T() const noexcept;
};

// False when a template is used that must not be.
template <class T>
inline constexpr bool never = false;

}  // namespace relev::detail

#endif
