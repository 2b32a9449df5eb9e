// work_guard: keeps a loop running until it is released, by any thread. Not a
// part of relev.hpp: include it where it is used.

#ifndef RELEVPP_WORK_GUARD_HPP
#define RELEVPP_WORK_GUARD_HPP

#include "loop.hpp"

namespace relev {
namespace detail {

// A reference to the loop: released by a message, which owns itself.
class work final : public message {
public:
    explicit work(loop& l) : gate_(l.gate()), raw_(l.raw()) { ev_ref(raw_); }

    void release() noexcept
    {
        held<gate> to = gate_;  // the message may arrive at once
        if (!to->send(*this)) delete this;
    }

private:
    void arrive() noexcept override
    {
        ev_unref(raw_);
        delete this;
    }

    const held<gate> gate_;
    struct ev_loop* const raw_;
};

}  // namespace detail

// While one exists, run(flags) does not return when nothing is active, and
// run(task) waits, and throws no deadlock. It is made in the thread of the
// loop, or before the loop runs; the rest is for any thread, also after the
// loop was destroyed.
class work_guard {
public:
    work_guard() = default;
    explicit work_guard(loop& l) : work_(new detail::work(l)) {}
    work_guard(work_guard&& other) noexcept
        : work_(std::exchange(other.work_, nullptr))
    {
    }
    work_guard& operator=(work_guard&& other) noexcept
    {
        work_guard moved(std::move(other));  // also from itself
        std::swap(work_, moved.work_);
        return *this;
    }
    ~work_guard() { release(); }

    // The loop may end. Once is enough.
    void release() noexcept
    {
        if (work_) std::exchange(work_, nullptr)->release();
    }

private:
    detail::work* work_ = nullptr;
};

}  // namespace relev

#endif
