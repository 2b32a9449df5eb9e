// How runs and loops end, with the tasks that other threads wait for.

#ifndef RELEVPP_DETAIL_ENDS_HPP
#define RELEVPP_DETAIL_ENDS_HPP

#include "../loop.hpp"

namespace relev {

// Before the outermost run.
inline void loop::begin() noexcept
{
    if (!ev_depth(raw_)) gate()->set(detail::starts::run);
}

// After an outermost run(flags): it was stopped, or another one will follow.
inline void loop::pause() noexcept
{
    if (guests_.are_refused()) end_guests();
    else gate()->set(detail::starts::kept);
    if (failure_) forget_stop();
}

// After an outermost run(task): the tasks of other threads are canceled, and
// end.
inline void loop::end_guests() noexcept
{
    guests_.refuse();
    while (!guests_.empty() && !failure_ && ev_run(raw_, 0)) {}
    guests_.destroy();
}

// A stop, a posted function or a message will arrive in the next iteration,
// though none of them keeps the loop running.
inline bool loop::has_mail() const noexcept
{
    return stopping_.load(std::memory_order_relaxed) || posts_.has_new()
        || gate()->has_messages();
}

// end_guests, for threads.
inline void loop::end_run()
{
    running here(*this);
    end_guests();
    rethrow();
}

// The loop is destroyed. Nothing is left here then, nor in the loop of ev.h.
inline void loop::end() noexcept
{
    running here(*this);
    guests_.end();
    posts_.drop();  // what they own may use the loop
    scheduler_.stop();
    detail::async_stop(raw_, async_);
    detail::async_stop(raw_, messages_);
    ev_cleanup_stop(raw_, &cleanup_);
}

}  // namespace relev

#endif
