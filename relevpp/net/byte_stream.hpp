// read_exactly, read_until and write_all for anything that reads and writes
// bytes, as tasks. Class stream has them as operations of its own.

#ifndef RELEVPP_NET_BYTE_STREAM_HPP
#define RELEVPP_NET_BYTE_STREAM_HPP

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>

#include "../nothrow.hpp"
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

namespace detail {

template <class S>
auto transfer_some(S& s, buffer into)
{
    return s.read_some(into);
}
template <class S>
auto transfer_some(S& s, const_buffer from)
{
    return s.write_some(from);
}

// How far it has come, and whether nothrow asks for that.
struct progress {
    std::size_t done = 0;
    bool is_quiet = false;
};

// Reads or writes all of the buffer.
template <class S, class Buffer>
task<> transfer_all(S& s, Buffer all, progress& p)
{
    while (p.done < all.size()) {
        std::size_t size;
        if constexpr (has_failure<decltype(transfer_some(s, all))>) {
            auto op = transfer_some(s, all.after(p.done));
            if (p.is_quiet) op.set_quiet();
            if (co_await error_of<decltype(op), void>(op)) co_return;
            size = op.await_resume();
        } else {
            size = co_await transfer_some(s, all.after(p.done));
        }
        if (!size && std::is_same_v<Buffer, buffer>) {
            co_await failing(stream_errc::end, "read_exactly");
            co_return;
        }
        p.done += size;
    }
}

template <class S, class Buffer>
class transfer_all_op final : progress, public task_awaiter<void> {
public:
    transfer_all_op(S* s, Buffer all)
        : task_awaiter<void>(
            transfer_all(*s, all, static_cast<progress&>(*this)).release())
    {
    }

    void set_quiet() noexcept { is_quiet = true; }
    relev::partial partial() const
    {
        return {relev::result<>(left()).error(), done};
    }
};

template <class S, class Buffer>
using transfer_all_once = once<transfer_all_op<S, Buffer>, S*, Buffer>;

}  // namespace detail

// As stream::read_exactly.
template <byte_stream S>
[[nodiscard]] auto read_exactly(S& s, buffer into)
{
    return detail::transfer_all_once<S, buffer>(&s, into);
}

// As stream::write_all.
template <byte_stream S>
[[nodiscard]] auto write_all(S& s, const_buffer from)
{
    return detail::transfer_all_once<S, const_buffer>(&s, from);
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
    std::error_code error;
    if (delimiter.empty()) error = make_error_code(std::errc::invalid_argument);
    for (std::size_t from = 0; !error;) {
        std::size_t at = into.find(delimiter, from);
        if (at != into.npos && at + delimiter.size() <= at_most)
            co_return at + delimiter.size();
        if (into.size() >= at_most) {
            error = stream_errc::too_long;
            break;
        }
        from = into.size() - std::min(into.size(), delimiter.size());
        room r(into, std::min<std::size_t>(at_most - into.size(), 4096));
        buffer rest = buffer(into).after(r.used);
        std::size_t got;
        if constexpr (detail::has_failure<decltype(s.read_some(rest))>) {
            auto op = s.read_some(rest);
            if (co_await detail::error_of(op)) co_return detail::code_is_left();
            got = op.await_resume();
        } else {
            got = co_await s.read_some(rest);
        }
        if (!got) error = stream_errc::end;
        r.used += got;
    }
    co_await detail::failing(error, "read_until");
    co_return detail::code_is_left();
}

}  // namespace relev

#endif
