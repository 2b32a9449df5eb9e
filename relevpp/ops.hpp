// Operations that wait for one event: readable, sleep_for, signal and others.

#ifndef RELEVPP_OPS_HPP
#define RELEVPP_OPS_HPP

#include "detail/watcher.hpp"
#include "loop.hpp"
#include "task.hpp"

namespace relev {
namespace detail {

// An operation with a watcher of ev.h, which is active while it waits.
template <class Self, class W>
class watch : public operation {
public:
    bool await_ready() const noexcept { return false; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        if (!may_wait(h)) return refused();
        struct ev_loop* raw = owner_->raw();
        static_cast<Self*>(this)->prepare(raw);
        if (!refusal(raw, w_)) detail::start(raw, &w_);
        if (!w_.active && !w_.pending) {  // refused
            revents_ = EV_ERROR;
            return false;
        }
        wait(h);
        return true;
    }

    void abandon() noexcept final { detail::stop(owner_->raw(), &w_); }

    std::error_code failure() const noexcept
    {
        if (!canceled_ && revents_ & EV_ERROR)
            return {error(), std::generic_category()};
        return operation::failure();
    }

protected:
    explicit watch(place where) noexcept : operation(where)
    {
        w_.active = w_.pending = w_.priority = 0;
        w_.data = this;
        w_.cb = fired;
    }
    watch(watch&& other) noexcept : operation(std::move(other)), w_(other.w_)
    {
        w_.data = this;
    }
    ~watch() = default;

    // Throws if the operation was canceled, or the watcher refused.
    [[gnu::always_inline]] int revents() const
    {
        throw_if_canceled();
        if (revents_ & EV_ERROR) [[unlikely]]
            throw_error(error(), name());
        return revents_;
    }

    W w_;

private:
    // With EV_ERROR.
    int error() const noexcept
    {
        if (int refused = refusal(owner_->raw(), w_)) return refused;
        return std::is_same_v<W, ev_io> ? EBADF : EINVAL;
    }

    static void fired(struct ev_loop* raw, W* w, int revents)
    {
        watch& self = *static_cast<watch*>(w->data);
        detail::stop(raw, w);
        self.revents_ = revents;
        self.resume_now();
    }

    int revents_ = 0;
};

class ready_op final : public watch<ready_op, ev_io> {
public:
    ready_op(int fd, events mask, place where) noexcept : watch(where)
    {
        w_.fd = fd;
        w_.events = static_cast<int>(mask) | EV__IOFDSET;
    }
    void prepare(struct ev_loop*) noexcept {}
    const char* name() const noexcept override { return "ready"; }
    [[gnu::always_inline]] events await_resume() const
    {
        return static_cast<events>(revents());
    }
};

class sleep_op final : public watch<sleep_op, ev_timer> {
public:
    sleep_op(ev_tstamp after, place where) noexcept
        : watch(where), after_(after)
    {
        w_.repeat = 0;
    }
    void prepare(struct ev_loop* raw) noexcept
    {
        ev_now_update(raw);  // the timer counts from ev_now
        w_.at = after_;
        if (w_.at <= 0) w_.at = 0;
    }
    const char* name() const noexcept override { return "sleep_for"; }
    [[gnu::always_inline]] void await_resume() const { (void)revents(); }

private:
    ev_tstamp after_;
};

class until_op final : public watch<until_op, ev_periodic> {
public:
    until_op(ev_tstamp at_time, place where) noexcept : watch(where)
    {
        w_.offset = at_time;
        w_.interval = 0;
        w_.reschedule_cb = nullptr;
    }
    void prepare(struct ev_loop*) noexcept {}
    const char* name() const noexcept override { return "sleep_until"; }
    [[gnu::always_inline]] void await_resume() const { (void)revents(); }
};

class signal_op final : public watch<signal_op, ev_signal> {
public:
    signal_op(int signum, place where) noexcept : watch(where)
    {
        w_.signum = signum;
    }
    void prepare(struct ev_loop*) noexcept {}
    const char* name() const noexcept override { return "signal"; }
    [[gnu::always_inline]] int await_resume() const
    {
        return (void)revents(), w_.signum;
    }
};

class child_op final : public watch<child_op, ev_child> {
public:
    child_op(int pid, place where) noexcept : watch(where)
    {
        w_.pid = pid;
        w_.flags = 0;
    }
    void prepare(struct ev_loop*) noexcept {}
    const char* name() const noexcept override { return "child"; }
    [[gnu::always_inline]] int await_resume() const
    {
        return (void)revents(), w_.rstatus;
    }
};

class changed_op final : public watch<changed_op, ev_stat> {
public:
    changed_op(const char* path, place where) noexcept : watch(where)
    {
        w_.path = path;
        w_.interval = 0;
        w_.wd = -2;
    }
    void prepare(struct ev_loop*) noexcept {}
    const char* name() const noexcept override { return "changed"; }
    [[gnu::always_inline]] ev_statdata await_resume() const
    {
        return (void)revents(), w_.attr;
    }
};

class yield_op final : public operation {
public:
    explicit yield_op(place where) noexcept : operation(where) {}

    bool await_ready() const noexcept { return false; }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        if (!may_wait(h)) return refused();
        wait(h);
        owner_->waiting = nullptr;  // complete: it only has to be resumed
        owner_->sched().push_last(*owner_);
        return true;
    }
    [[gnu::always_inline]] void await_resume() const { throw_if_canceled(); }

    void abandon() noexcept override {}
    const char* name() const noexcept override { return "yield"; }
};

struct this_loop_op : awaiter {
    this_loop_op() noexcept {}  // else an aggregate: g++ 12 miscompiles those
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        l = &h.promise().owner->of_loop();
        return false;
    }
    loop& await_resume() const noexcept { return *l; }

    loop* l = nullptr;
};

}  // namespace detail

// Waits until one of the events is possible; delivers which. One event, one
// system call: for a descriptor that is awaited often, see class descriptor.
[[nodiscard]] inline detail::ready_op ready(int fd, events mask,
                                            place where = place::here())
{
    return {fd, mask, where};
}
[[nodiscard]] inline detail::ready_op readable(int fd,
                                               place where = place::here())
{
    return {fd, events::read, where};
}
[[nodiscard]] inline detail::ready_op writable(int fd,
                                               place where = place::here())
{
    return {fd, events::write, where};
}

// Waits at least so long, from this call on.
template <duration D>
[[nodiscard]] detail::sleep_op sleep_for(D after, place where = place::here())
{
    return {seconds_of(after), where};
}
template <class D>
requires(!duration<D>) task<> sleep_for(const D&)
{
    static_assert(detail::never<D>, "sleep_for takes a duration: 10ms");
    __builtin_unreachable();
}

// Waits until that time of the system clock, which may be set meanwhile, or of
// the steady clock.
template <time_point P>
[[nodiscard]] auto sleep_until(P at, place where = place::here())
{
    if constexpr (P::clock::is_steady)
        return detail::sleep_op(
            seconds_of(at.time_since_epoch())
                - seconds_of(P::clock::now().time_since_epoch()),
            where);
    else return detail::until_op(seconds_of(at.time_since_epoch()), where);
}

// Waits for a signal; delivers its number. It is caught only while this waits.
[[nodiscard]] inline detail::signal_op signal(int signum,
                                              place where = place::here())
{
    return {signum, where};
}

// Waits for the end of a process; delivers its status. In the default loop
// only, and before the loop has run since the fork.
[[nodiscard]] inline detail::child_op child(int pid,
                                            place where = place::here())
{
    return {pid, where};
}

// Waits until the attributes of a file change; delivers them. The path must
// stay valid meanwhile.
[[nodiscard]] inline detail::changed_op changed(const char* path,
                                                place where = place::here())
{
    return {path, where};
}

// Lets all others run first, and the loop poll the kernel.
[[nodiscard]] inline detail::yield_op yield(place where = place::here())
{
    return detail::yield_op(where);
}

// Delivers the loop that runs the task. Does not wait.
[[nodiscard]] inline detail::this_loop_op this_loop() noexcept { return {}; }

}  // namespace relev

#endif
