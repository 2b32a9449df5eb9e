// loop::run(task): the fiber of the outermost task.

#ifndef RELEVPP_DETAIL_RUN_HPP
#define RELEVPP_DETAIL_RUN_HPP

#include "../loop.hpp"
#include "../task.hpp"

namespace relev {
namespace detail {

template <class T>
class run_of final : public run {
public:
    run_of(loop& l, scheduler& s, typename frame<T>::handle h) noexcept
        : run(l, s), frame_(h)
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

// Runs the loop until r has ended. When this returns, r has ended, or is
// destroyed.
inline void loop::drive(detail::run& r)
{
    running here(*this);
    struct leaving {
        loop& l;
        detail::run& r;
        ~leaving() { l.leave(r); }
    } at_end{*this, r};

    begin();
    r.around = std::exchange(runs_, &r);
    ev_now_update(raw_);  // the task runs before the loop reads the clock
    r.make_ready();
    while (!r.has_ended() && !failure_) {
        if (ev_run(raw_, 0)) {
            if (!r.has_ended()) r.stop();  // somebody called ev_break
        } else if (!r.has_ended() && !failure_ && !has_mail()) {
            detail::raise(deadlock());
        }
    }
}

// Ends what is left of the run, first by canceling it.
inline void loop::leave(detail::run& r) noexcept
{
    if (!r.has_ended()) scheduler_.finish([&r] { r.stop(); });
    if (!r.has_ended()) r.destroy();
    runs_ = r.around;
    if (!ev_depth(raw_)) {
        end_guests();
        forget_stop();
        scheduler_.rest();  // destructors may have woken fibers
    }
    break_if_ended();
}

template <class T>
T loop::run(task<T> t)
{
    detail::run_of<T> r(*this, scheduler_, t.release());
    drive(r);
    rethrow();
    return r.take();
}

template <class F>
requires(!std::is_convertible_v<F, int>) void loop::run(F&&)
{
    static_assert(detail::never<F>,
                  "run takes the call of a task: run(f()), not run(f)");
}

}  // namespace relev

#endif
