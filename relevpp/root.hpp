// loop::run(task): the fiber of the outermost task.

#ifndef RELEVPP_ROOT_HPP
#define RELEVPP_ROOT_HPP

#include <stdexcept>

#include "loop.hpp"
#include "task.hpp"

namespace relev {

// Thrown by loop::run: the task waits, and nothing can wake it.
struct deadlock : std::logic_error {
    deadlock() : logic_error("relev: nothing can wake the task") {}
};

namespace detail {

template <class T>
class root_of final : public root {
public:
    root_of(loop& l, scheduler& s, typename frame<T>::handle h) noexcept
        : root(l, s), frame_(h)
    {
        h.promise().owner = this;
        this->at = this->top = h;
    }

    // What is left is destroyed where it waits.
    void destroy() noexcept override { frame_.destroy(); }

    void destroy_frames() noexcept override { frame_.destroy(); }

    bool has_ended() const noexcept override
    {
        return !frame_.get() || this->top.done();
    }

    T take()
    {
        if constexpr (std::is_void_v<T>)
            if (frame_.left().has() == outcome::canceled && stopped()) return;
        return static_cast<T>(frame_.left().take());
    }

private:
    frame<T> frame_;
};

}  // namespace detail

// Runs until a root has ended: it has, or is destroyed, when this returns.
inline void loop::drive(detail::root& r)
{
    running here(*this);
    struct leaving {
        loop& l;
        detail::root& r;
        ~leaving() { l.leave(r); }
    } at_end{*this, r};

    r.around = std::exchange(roots_, &r);
    r.make_ready();
    while (!r.has_ended() && !failure_) {
        if (ev_run(raw_, 0)) {
            if (!r.has_ended()) r.stop();  // somebody called ev_break
        } else if (!r.has_ended() && !failure_) {
            detail::raise(deadlock());
        }
    }
}

// Ends what is left of the root, first by canceling it.
inline void loop::leave(detail::root& r) noexcept
{
    if (!r.has_ended()) {
        r.stop();
        scheduler_.finish();
    }
    if (!r.has_ended()) r.destroy();
    roots_ = r.around;
    if (!roots_) scheduler_.stop();  // destructors may have woken fibers
    break_if_ended();
}

template <class T>
T loop::run(task<T> t)
{
    detail::frames_user user;
    detail::root_of<T> r(*this, scheduler_, t.release());
    drive(r);
    rethrow();
    return r.take();
}

}  // namespace relev

#endif
