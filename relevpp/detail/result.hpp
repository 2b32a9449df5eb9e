// What a task leaves: a value, an error, or that it was canceled.

#ifndef RELEVPP_DETAIL_RESULT_HPP
#define RELEVPP_DETAIL_RESULT_HPP

#include <cxxabi.h>

#include <exception>
#include <new>
#include <typeinfo>

#include "operation.hpp"

namespace relev::detail {

// Without exceptions, an operation in a scope leaves its error as a code.
enum class outcome : unsigned char { none, value, error, canceled, code };

// What that operation's task returns.
struct code_is_left {};

// With exceptions there is none, and it needs no memory.
struct no_code {
    no_code(std::error_code) noexcept {}
    operator std::error_code() const noexcept { return {}; }
};
using kept_code = std::conditional_t<exceptions, no_code, std::error_code>;

// In a handler: whether `canceled` is what it handles. To ask for the type is
// ten times cheaper than to throw the exception again.
inline bool handles_canceled() noexcept
{
    const std::type_info* type = abi::__cxa_current_exception_type();
    return type && *type == typeid(canceled);
}

// A task<void> has a value, too; when_any and others deliver it as this.
struct nothing {};

template <class T>
class result : pinned {
public:
    using stored = std::conditional_t<std::is_void_v<T>, nothing, T>;

    ~result() { clear(); }
    result() noexcept {}

    outcome has() const noexcept { return has_; }
    std::exception_ptr error() const noexcept { return error_; }

    template <class... V>
    void set(V&&... v)
    {
        ::new (static_cast<void*>(&value_)) stored(std::forward<V>(v)...);
        has_ = outcome::value;
    }

    // In a handler. After a value, if the destructor of a local variable has
    // thrown.
    void set_from_exception() noexcept
    {
        clear();
        if (handles_canceled()) {
            has_ = outcome::canceled;
        } else {
            set_error(std::current_exception());
        }
    }

    void set_canceled() noexcept { has_ = outcome::canceled; }

    void set_error(std::exception_ptr error) noexcept
    {
        ::new (static_cast<void*>(&error_))
            std::exception_ptr(std::move(error));
        has_ = outcome::error;
    }

    std::error_code code() const noexcept { return code_; }
    void set_code(std::error_code code) noexcept
    {
        ::new (static_cast<void*>(&code_)) kept_code(code);
        has_ = outcome::code;
    }

    // Takes over what the other one has.
    void set_from(result& other) noexcept
    {
        if (other.has_ == outcome::value) set(std::move(other.value_));
        else if (other.has_ == outcome::error) set_error(other.error_);
        else if (other.has_ == outcome::code) set_code(other.code());
        else has_ = other.has_;
    }

    // The value, or throws.
    stored take()
    {
        if (has_ != outcome::value) [[unlikely]]
            raise();
        return std::move(value_);
    }

private:
    void clear() noexcept
    {
        if (has_ == outcome::value) value_.~stored();
        if (has_ == outcome::error) error_.~exception_ptr();
        has_ = outcome::none;
    }

    [[noreturn]] void raise()
    {
        assert(has_ != outcome::none);
        if (has_ == outcome::error) std::rethrow_exception(error_);
        if (has_ == outcome::code) detail::raise(std::system_error(code()));
        detail::raise(canceled{});
    }

    outcome has_ = outcome::none;
    union {
        stored value_;
        std::exception_ptr error_;
        kept_code code_;
    };
};

}  // namespace relev::detail

#endif
