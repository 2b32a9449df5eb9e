// class descriptor: owns a file descriptor that tasks await again and again.
//
// Its watchers stay active between two waits, so that waiting makes no system
// call. An event that nobody waits for stops the watcher.

#ifndef RELEVPP_DESCRIPTOR_HPP
#define RELEVPP_DESCRIPTOR_HPP

#include <unistd.h>

#include "ops.hpp"

namespace relev {
namespace detail {

// One of the two watchers of a descriptor, and the Op that waits for it:
// `data`.
template <class Op>
class basic_direction : protected ev_io, pinned {
public:
    basic_direction(int of, int mask) noexcept
    {
        priority = 0;
        data = nullptr;
        cb = fired;
        ev_io::events = mask;
        set(of);
    }
    ~basic_direction() { detach(); }

    // Not while it is attached.
    void set(int to) noexcept
    {
        active = pending = 0;
        ev_io::fd = to;
        ev_io::events |= EV__IOFDSET;  // the number may be that of an older fd
    }

    // Who waits gets an error.
    void detach() noexcept
    {
        bool exists = loop_ && loop_->raw();
        leave_loop();
        if (exists) end_wait();
    }

    void wait(Op& op, loop& l) noexcept
    {
        assert(!is_awaited() && "two tasks wait for the same event");
        data = &op;
        if (active && loop_ == &l) return;
        start(l);
    }

    void leave() noexcept { data = nullptr; }

    int fd() const noexcept { return ev_io::fd; }
    bool is_awaited() const noexcept { return data != nullptr; }
    bool is_active() const noexcept { return active != 0; }

private:
    Op* end_waiting() noexcept
    {
        return static_cast<Op*>(std::exchange(data, nullptr));
    }

    void end_wait() noexcept
    {
        if (Op* op = end_waiting()) op->closed();
    }

    void leave_loop() noexcept
    {
        if (!loop_) return;
        if (loop_->raw()) ev_io_stop(loop_->raw(), this);
        else set(fd());  // an adopted loop that was destroyed
        loop_->watchers_changed(-1);
        loop_ = nullptr;
    }

    void start(loop& l) noexcept
    {
        if (loop_ != &l) {
            leave_loop();
            loop_ = &l;
            l.watchers_changed(1);
        }
        ev_io_start(l.raw(), this);
    }

    static void fired(struct ev_loop* raw, ev_io* w, int revents)
    {
        if (Op* op = static_cast<basic_direction*>(w)->end_waiting())
            op->complete(revents);
        else ev_io_stop(raw, w);
    }

    loop* loop_ = nullptr;  // where it was started last
};

class direction_op;
using direction = basic_direction<direction_op>;

class direction_op final : public operation {
public:
    direction_op(direction& d, const char* name, place where) noexcept
        : operation(where), direction_(d), name_(name)
    {
    }

    bool await_ready() const noexcept { return false; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        if (!may_wait(h)) return refused();
        wait(h);
        if (direction_.fd() < 0) closed();
        else direction_.wait(*this, owner_->of_loop());
        return true;
    }

    [[gnu::always_inline]] void await_resume() const
    {
        throw_if_canceled();
        if (failed_) [[unlikely]]
            throw_error(EBADF, name_);
    }

    std::error_code failure() const noexcept
    {
        if (!canceled_ && failed_) return {EBADF, std::generic_category()};
        return operation::failure();
    }

    void complete(int revents) noexcept
    {
        failed_ = (revents & EV_ERROR) != 0;
        resume_now();
    }

    void closed() noexcept
    {
        failed_ = true;
        resume_soon();
    }

    void abandon() noexcept override { direction_.leave(); }
    const char* name() const noexcept override { return name_; }

private:
    direction& direction_;
    const char* name_;
    bool failed_ = false;
};

}  // namespace detail

// Owns the fd, and closes it. Reading and writing are the program's: the fd
// should not block. One task at a time may wait until it is readable, and one
// until it is writable. They get EBADF if it is closed, moved, assigned to
// or destroyed.
class descriptor {
public:
    explicit descriptor(int fd = -1) noexcept
        : read_(fd, EV_READ), write_(fd, EV_WRITE)
    {
    }
    descriptor(descriptor&& other) noexcept : descriptor(other.release()) {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        int fd = other.release();  // also from itself
        close();
        read_.set(fd);
        write_.set(fd);
        return *this;
    }
    ~descriptor() { close(); }

    int fd() const noexcept { return read_.fd(); }

    // Gives the fd away.
    int release() noexcept
    {
        int fd = read_.fd();
        read_.detach();
        write_.detach();
        read_.set(-1);
        write_.set(-1);
        return fd;
    }

    void close() noexcept
    {
        int fd = release();
        if (fd >= 0) ::close(fd);
    }

    [[nodiscard]] detail::direction_op readable(place where = place::here())
    {
        return {read_, "descriptor::readable", where};
    }
    [[nodiscard]] detail::direction_op writable(place where = place::here())
    {
        return {write_, "descriptor::writable", where};
    }

private:
    detail::direction read_, write_;
};

}  // namespace relev

#endif
