// class stream: a connected socket or a pipe, to read from and to write to.

#ifndef RELEVPP_NET_STREAM_HPP
#define RELEVPP_NET_STREAM_HPP

#include "read_more.hpp"

namespace relev {
namespace detail {

struct made_stream;

}  // namespace detail

// Owns the fd, makes it non-blocking, and closes it. One task at a time may
// read, and one may write: another one gets EBUSY, or fails an assertion. They
// get EBADF if it is closed, moved or destroyed while they wait. Nothing raises
// SIGPIPE. Buffers must stay where they are until the operation has ended.
class stream {
public:
    explicit stream(int fd = -1) noexcept : stream(nonblocking, fd)
    {
        detail::make_nonblocking(fd);
    }
    stream(stream&& other) noexcept : stream(nonblocking, other.release()) {}
    stream& operator=(stream&& other) noexcept
    {
        if (this == &other) return *this;
        close();
        std::destroy_at(this);
        return *std::construct_at(this, std::move(other));
    }
    ~stream() { close(); }

    int fd() const noexcept { return read_.fd(); }

    // Gives the fd away.
    int release() noexcept
    {
        write_.release();
        return read_.release();
    }

    void close() noexcept
    {
        int fd = release();
        if (fd >= 0) ::close(fd);
    }

    // Reads what there is, at least one byte; 0 is the end of the stream.
    [[nodiscard]] detail::read_some_op read_some(buffer into,
                                                 place where = place::here())
    {
        return {read_, into, where};
    }

    // Reads what there is, and appends it to the string: at most that many
    // bytes, and at most 16 KiB. While it waits it needs no memory for them.
    // Without memory to append them they are lost: ENOMEM.
    [[nodiscard]] detail::read_more_op read_more(std::string& into,
                                                 std::size_t at_most = 16384,
                                                 place where = place::here())
    {
        return {read_, into, at_most, where};
    }

    // Fills the buffer. stream_errc::end if the stream ends before that. With
    // nothrow it delivers a `partial`: how much was read in any case.
    [[nodiscard]] detail::read_exactly_op read_exactly(
        buffer into, place where = place::here())
    {
        return {read_, into, where};
    }

    // Reads until the delimiter is in `into`, and delivers the length up to and
    // with it. What came after it stays there, as what was read before an error
    // or a cancel does: the next call begins with it. If it is not in the first
    // `at_most` bytes: stream_errc::too_long. It reads no more than those.
    [[nodiscard]] detail::read_until_op read_until(std::string& into,
                                                   std::string_view delimiter,
                                                   std::size_t at_most,
                                                   place where = place::here())
    {
        return {read_, into, delimiter, at_most, where};
    }

    // Writes what there is room for, and delivers how much.
    [[nodiscard]] detail::write_some_op write_some(const_buffer from,
                                                   place where = place::here())
    {
        return {write_, from, where};
    }

    // Writes all of it. With nothrow it delivers a `partial`.
    [[nodiscard]] detail::write_all_op write_all(const_buffer from,
                                                 place where = place::here())
    {
        return {write_, from, where};
    }

    // The same with several parts, by few system calls (writev). The array of
    // the parts must stay where it is, too.
    [[nodiscard]] detail::write_parts_op write_all(
        std::span<const const_buffer> parts, place where = place::here())
    {
        return {write_, parts, where};
    }

    // Sends `count` bytes of a file from there on, and delivers how many: less
    // if the file ends before that. With nothrow it delivers a `partial`.
    [[nodiscard]] detail::send_file_op send_file(int file, off_t offset,
                                                 std::size_t count,
                                                 place where = place::here())
    {
        return {write_, file, offset, count, where};
    }

    // The other side reads the end of the stream; this one may read on. For
    // sockets: a pipe is closed.
    void shutdown_write()
    {
        std::error_code error;
        shutdown_write(error);
        if (error)
            detail::raise(std::system_error(error, "stream::shutdown_write"));
    }
    void shutdown_write(std::error_code& error) noexcept
    {
        error = {};
        if (::shutdown(fd(), SHUT_WR)) error = {errno, std::generic_category()};
    }

private:
    friend struct detail::made_stream;
    enum nonblocking_t { nonblocking };
    stream(nonblocking_t, int fd) noexcept
        : read_(fd, EV_READ), write_(fd, EV_WRITE)
    {
    }

    detail::side read_, write_;
};

namespace detail {

struct made_stream {
    // Of an fd that does not block already.
    static stream of(int fd) noexcept { return {stream::nonblocking, fd}; }

    // Waits until the program can read from the fd itself.
    static readable_op readable(stream& s, place where)
    {
        return {s.read_, where};
    }
};

}  // namespace detail
}  // namespace relev

#endif
