// read_exactly, read_until and write_all for anything that reads and writes
// bytes, as tasks. Class stream has them as operations of its own.

#ifndef RELEVPP_NET_BYTE_STREAM_HPP
#define RELEVPP_NET_BYTE_STREAM_HPP

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "../task.hpp"
#include "buffer.hpp"
#include "errors.hpp"

namespace relev {

// A connection: stream, tls_stream, or a class of the program.
template <class S>
concept byte_stream = requires(S& s, buffer into, const_buffer from)
{
    s.read_some(into);
    s.write_some(from);
};

// As stream::read_exactly, but how much was read is lost with an error.
template <byte_stream S>
task<> read_exactly(S& s, buffer into)
{
    while (into.size()) {
        std::size_t got = co_await s.read_some(into);
        if (got == 0)
            detail::raise(std::system_error(stream_errc::end, "read_exactly"));
        into = into.after(got);
    }
}

// As stream::write_all, likewise.
template <byte_stream S>
task<> write_all(S& s, const_buffer from)
{
    while (from.size()) from = from.after(co_await s.write_some(from));
}

// As stream::read_until.
template <byte_stream S>
task<std::size_t> read_until(S& s, std::string& into,
                             std::string_view delimiter, std::size_t at_most)
{
    // Removes the room that was not filled, also if a read throws.
    struct room {
        room(std::string& s, std::size_t size) : of(s), used(s.size())
        {
            of.resize(used + size);
        }
        ~room() { of.resize(used); }
        std::string& of;
        std::size_t used;
    };
    if (delimiter.empty())
        detail::raise(
            std::system_error(EINVAL, std::generic_category(), "read_until"));
    for (std::size_t from = 0;;) {
        std::size_t at = into.find(delimiter, from);
        if (at != into.npos && at + delimiter.size() <= at_most)
            co_return at + delimiter.size();
        if (into.size() >= at_most)
            detail::raise(
                std::system_error(stream_errc::too_long, "read_until"));
        from = into.size() - std::min(into.size(), delimiter.size());
        room r(into, std::min<std::size_t>(at_most - into.size(), 4096));
        std::size_t got = co_await s.read_some(buffer(into).after(r.used));
        if (got == 0)
            detail::raise(std::system_error(stream_errc::end, "read_until"));
        r.used += got;
    }
}

}  // namespace relev

#endif
