// buffer and const_buffer: bytes of the program to fill, and to send.

#ifndef RELEVPP_NET_BUFFER_HPP
#define RELEVPP_NET_BUFFER_HPP

#include <cstddef>
#include <type_traits>

namespace relev {
namespace detail {

template <class B>
concept byte_like =
    std::is_same_v<B, char> || std::is_same_v<B, unsigned char> || std::
        is_same_v<B, std::byte> || std::is_same_v<B, char8_t>;

template <class B>
concept text_like = std::is_same_v<B, char> || std::is_same_v<B, char8_t>;

template <class R>
using element = std::remove_pointer_t<decltype(std::declval<R&>().data())>;

// A std::string, std::vector, std::array, std::span, std::string_view of bytes.
template <class R>
concept bytes_range = requires(R& r)
{
    r.data();
    r.size();
    requires byte_like<std::remove_cv_t<element<R>>>;
};

template <class R>
concept outlives_call =
    std::is_lvalue_reference_v<R> || std::is_trivially_copyable_v<R>;

template <class R>
concept fillable = bytes_range<std::remove_reference_t<R>> && !std::is_const_v<
                       element<R>> && outlives_call<R>;

template <class R>
concept sendable = bytes_range<std::remove_reference_t<R>>;

}  // namespace detail

// Bytes to fill, which belong to somebody else: they must stay where they are
// until the operation has ended.
class buffer {
public:
    buffer(void* data, std::size_t size) noexcept
        : data_(static_cast<char*>(data)), size_(size)
    {
    }
    template <detail::byte_like B, std::size_t N>
    buffer(B (&array)[N]) noexcept : buffer(array, N)
    {
    }
    // All its bytes, so many as it has now: it does not grow. Of temporaries
    // only what does not own the bytes: a std::span.
    template <detail::fillable R>
    buffer(R&& r) noexcept : buffer(r.data(), r.size())
    {
    }

    char* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

    // Without the first n bytes, or those that there are.
    buffer after(std::size_t n) const noexcept
    {
        if (n > size_) n = size_;
        return {data_ + n, size_ - n};
    }

private:
    char* data_;
    std::size_t size_;
};

// Bytes to send, likewise.
class const_buffer {
public:
    const_buffer(const void* data, std::size_t size) noexcept
        : data_(static_cast<const char*>(data)), size_(size)
    {
    }
    const_buffer(buffer b) noexcept : const_buffer(b.data(), b.size()) {}

    // An array of bytes; of a literal without its NUL.
    template <class B, std::size_t N>
    requires detail::byte_like<std::remove_const_t<B>> const_buffer(
        B (&array)[N])
    noexcept : const_buffer(array, N) {}
    template <detail::text_like B, std::size_t N>
    const_buffer(const B (&literal)[N]) noexcept
        : const_buffer(literal, N - (literal[N - 1] == B()))
    {
    }
    template <detail::sendable R>
    const_buffer(R&& r) noexcept : const_buffer(r.data(), r.size())
    {
    }

    const char* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }

    const_buffer after(std::size_t n) const noexcept
    {
        if (n > size_) n = size_;
        return {data_ + n, size_ - n};
    }

private:
    const char* data_;
    std::size_t size_;
};

}  // namespace relev

#endif
