// What streams report beside the errors of the system, and what an operation
// has done when it ended midway.

#ifndef RELEVPP_NET_ERRORS_HPP
#define RELEVPP_NET_ERRORS_HPP

#include <cstddef>
#include <string>
#include <system_error>

namespace relev {

enum class stream_errc {
    end = 1,  // the other side sends no more
    too_long  // there is no delimiter in as many bytes as are allowed
};

namespace detail {

class stream_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "relev.stream"; }
    std::string message(int error) const override
    {
        switch (static_cast<stream_errc>(error)) {
            case stream_errc::end:
                return "End of the stream";
            case stream_errc::too_long:
                return "No delimiter found";
        }
        return "Unknown error";
    }
};

}  // namespace detail

inline const std::error_category& stream_category() noexcept
{
    static const detail::stream_category category;
    return category;
}

inline std::error_code make_error_code(stream_errc error) noexcept
{
    return {static_cast<int>(error), stream_category()};
}

// What nothrow delivers of an operation that may end midway: an error code as
// of other operations, and how many bytes were read or written before.
struct partial : std::error_code {
    partial(std::error_code error, std::size_t done) noexcept
        : std::error_code(error), size(done)
    {
    }
    std::size_t size;
};

}  // namespace relev

template <>
struct std::is_error_code_enum<relev::stream_errc> : std::true_type {
};

#endif
