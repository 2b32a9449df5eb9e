// Errors, in builds with exceptions and without.
//
// With -fno-exceptions an error that would be thrown ends the program with a
// message, unless nothrow asks for it, and a cancel destroys the tasks that it
// ends (see fiber::end_canceled).

#ifndef RELEVPP_DETAIL_ERRORS_HPP
#define RELEVPP_DETAIL_ERRORS_HPP

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <utility>

namespace relev::detail {

#ifdef __cpp_exceptions

inline constexpr bool exceptions = true;

// Inlined, for each frame that an exception leaves costs a third of it.
template <class E>
[[noreturn, gnu::always_inline]] inline void raise(E error)
{
    throw error;
}

// Calls f, and in a handler of what it throws `failed`.
template <class F, class Failed>
[[gnu::always_inline]] inline void guarded(F f, Failed failed) noexcept
{
    try {
        f();
    } catch (...) {
        failed();
    }
}

inline std::error_code code_of(const std::exception_ptr& thrown) noexcept
{
    try {
        std::rethrow_exception(thrown);
    } catch (const std::system_error& error) {
        return error.code();
    } catch (...) {
        return std::make_error_code(std::errc::state_not_recoverable);
    }
}

inline void print_later_error(const std::exception_ptr& thrown) noexcept
{
    constexpr const char* line = "relev: a later error of a group: %s\n";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& error) {
        std::fprintf(stderr, line, error.what());
    } catch (...) {
        std::fprintf(stderr, line, "no std::exception");
    }
}

#else

inline constexpr bool exceptions = false;

[[noreturn]] inline void end_program(const char* what) noexcept
{
    std::fprintf(stderr, "relev: not handled: %s\n", what);
    std::abort();
}

template <class E>
[[noreturn]] void raise(const E& error) noexcept
{
    if constexpr (requires { error.what(); }) end_program(error.what());
    else end_program("canceled");
}

template <class F, class Failed>
void guarded(F f, Failed) noexcept
{
    f();
}

inline std::error_code code_of(const std::exception_ptr&) noexcept
{
    return std::make_error_code(std::errc::state_not_recoverable);
}

inline void print_later_error(const std::exception_ptr&) noexcept {}

#endif

}  // namespace relev::detail

#endif
