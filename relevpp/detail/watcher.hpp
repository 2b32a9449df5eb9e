// What the watcher classes of watchers.hpp share. Each is a watcher of ev.h
// with a function object beside it, started by the constructor and stopped by
// the destructor.

#ifndef RELEVPP_DETAIL_WATCHER_HPP
#define RELEVPP_DETAIL_WATCHER_HPP

#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "../callback.hpp"
#include "../loop.hpp"
#include "refused.hpp"

namespace relev::detail {

[[noreturn]] inline void throw_error(int error, const char* what)
{
    raise(std::system_error(error, std::generic_category(), what));
}

// Why a watcher would never receive an event, as an errno, or 0: libev would
// not start it, or abort.
template <class W>
constexpr int refusal(struct ev_loop*, const W&) noexcept
{
    return 0;
}
inline int refusal(struct ev_loop*, const ev_timer& w) noexcept
{
    bool is_time = w.at == w.at && w.repeat == w.repeat;  // no NaN
    return is_time ? 0 : EINVAL;
}
inline int refusal(struct ev_loop*, const ev_periodic& w) noexcept
{
    bool is_time = w.offset == w.offset && w.interval == w.interval;
    return is_time ? 0 : EINVAL;
}
inline int refusal(struct ev_loop*, const ev_signal& w) noexcept
{
    struct sigaction now;
    bool can_be_caught = w.signum > 0 && w.signum != SIGKILL
                      && w.signum != SIGSTOP
                      && !sigaction(w.signum, nullptr, &now);
    return can_be_caught ? 0 : EINVAL;
}
// A process that is no child, or whose status was read already, never ends.
inline int refusal_of_child(int pid) noexcept
{
    siginfo_t unused;
    auto id = static_cast<id_t>(pid);
    if (pid && waitid(P_PID, id, &unused, WEXITED | WNOHANG | WNOWAIT) == -1)
        return errno;
    return 0;
}
inline int refusal(struct ev_loop* l, const ev_child& w) noexcept
{
    if (!ev_is_default_loop(l) || w.pid < 0) return EINVAL;
    return refusal_of_child(w.pid);
}

inline void start(struct ev_loop* l, ev_io* w) { ev_io_start(l, w); }
inline void start(struct ev_loop* l, ev_timer* w) { ev_timer_start(l, w); }
inline void start(struct ev_loop* l, ev_periodic* w)
{
    ev_periodic_start(l, w);
}
inline void start(struct ev_loop* l, ev_signal* w) { ev_signal_start(l, w); }
inline void start(struct ev_loop* l, ev_child* w) { ev_child_start(l, w); }
inline void start(struct ev_loop* l, ev_stat* w) { ev_stat_start(l, w); }
inline void start(struct ev_loop* l, ev_idle* w) { ev_idle_start(l, w); }
inline void start(struct ev_loop* l, ev_prepare* w) { ev_prepare_start(l, w); }
inline void start(struct ev_loop* l, ev_check* w) { ev_check_start(l, w); }
inline void start(struct ev_loop* l, ev_fork* w) { ev_fork_start(l, w); }
inline void start(struct ev_loop* l, ev_cleanup* w) { ev_cleanup_start(l, w); }
inline void start(struct ev_loop* l, ev_async* w) { ev_async_start(l, w); }
inline void start(struct ev_loop* l, ev_embed* w) { ev_embed_start(l, w); }

inline void stop(struct ev_loop* l, ev_io* w) { ev_io_stop(l, w); }
inline void stop(struct ev_loop* l, ev_timer* w) { ev_timer_stop(l, w); }
inline void stop(struct ev_loop* l, ev_periodic* w) { ev_periodic_stop(l, w); }
inline void stop(struct ev_loop* l, ev_signal* w) { ev_signal_stop(l, w); }
inline void stop(struct ev_loop* l, ev_child* w) { ev_child_stop(l, w); }
inline void stop(struct ev_loop* l, ev_stat* w) { ev_stat_stop(l, w); }
inline void stop(struct ev_loop* l, ev_idle* w) { ev_idle_stop(l, w); }
inline void stop(struct ev_loop* l, ev_prepare* w) { ev_prepare_stop(l, w); }
inline void stop(struct ev_loop* l, ev_check* w) { ev_check_stop(l, w); }
inline void stop(struct ev_loop* l, ev_fork* w) { ev_fork_stop(l, w); }
inline void stop(struct ev_loop* l, ev_cleanup* w) { ev_cleanup_stop(l, w); }
inline void stop(struct ev_loop* l, ev_async* w) { ev_async_stop(l, w); }
inline void stop(struct ev_loop* l, ev_embed* w) { ev_embed_stop(l, w); }

// A timer counts from ev_now, which may be long past: that is updated first.
// The difference to ev_time would be wrong when somebody sets that clock.
inline void start_timer(struct ev_loop* raw, ev_timer& w,
                        ev_tstamp after) noexcept
{
    ev_now_update(raw);
    w.at = after > 0 ? after : 0;
    ev_timer_start(raw, &w);
}

// Calls f with what it accepts of self and args: f(self, args...), f(args...),
// f(self) or f().
template <class F, class Self, class... Args>
void call_with(F& f, Self& self, Args... args)
{
    if constexpr (std::is_invocable_v<F&, Self&, Args...>) f(self, args...);
    else if constexpr (std::is_invocable_v<F&, Args...>) f(args...);
    else if constexpr (std::is_invocable_v<F&, Self&>) f(self);
    else if constexpr (std::is_invocable_v<F&>) f();
}

// False if it accepts none of that. A task has an error of its own.
template <class F, class Self, class... Args>
inline constexpr bool can_call =
    std::disjunction_v<std::is_base_of<pinned, F>,
                       std::is_invocable<F&, Self&, Args...>,
                       std::is_invocable<F&, Args...>,
                       std::is_invocable<F&, Self&>, std::is_invocable<F&>>;

// Before the watcher, for callback<> only: its thunk. The watcher's callback is
// a function of the closure.
template <class F>
struct entry_base {
};
template <class Signature>
struct entry_base<callback<Signature>> : watcher_entry {
};

// Self derives from it, and has `void deliver(int revents)`, which calls f_.
template <class Self, class W, class F>
class basic_watcher : entry_base<F>, protected W, pinned {
public:
    // As ev_TYPE_start and ev_TYPE_stop.
    void start() noexcept { detail::start(loop_.raw(), raw()); }
    void stop() noexcept { detail::stop(loop_.raw(), raw()); }

    bool is_active() const noexcept { return W::active != 0; }
    bool is_pending() const noexcept { return W::pending != 0; }

    // For functions of ev.h.
    W* raw() noexcept { return this; }
    loop& of_loop() const noexcept { return loop_; }

protected:
    basic_watcher(loop& l, F f) : W(), loop_(l), f_(std::move(f))
    {
        set_thunk();
        loop_.watchers_changed(1);
    }

    ~basic_watcher()
    {
        assert(!running_ && "a callback destroys its own watcher: stop it, "
                            "and destroy it later");
        if (loop_.raw()) stop();
        loop_.watchers_changed(-1);
    }

    // For the constructor of each kind: there the error is short.
    template <class... Args>
    static void check_closure() noexcept
    {
        static_assert(can_call<F, Self, Args...>,
                      "the closure takes the watcher, what it delivers, both "
                      "or nothing");
    }

    // For the constructor of a kind that may be refused.
    void start_or_throw(const char* name)
    {
        if (int error = refusal(loop_.raw(), *raw())) throw_error(error, name);
        detail::start(loop_.raw(), raw());
    }

    loop& loop_;
    F f_;

private:
    void set_thunk() noexcept
    {
        if constexpr (std::is_empty_v<entry_base<F>>) {
            W::cb = thunk;
        } else {
            watcher_entry* before = this;
            assert(static_cast<void*>(before + 1) == raw());
            before->call_object = [](struct ev_loop* l, void* w, int revents) {
                thunk(l, static_cast<W*>(w), revents);
            };
            W::cb = reinterpret_cast<decltype(W::cb)>(f_.entry());
        }
    }

    static void thunk(struct ev_loop*, W* w, int revents)
    {
        Self& self = *static_cast<Self*>(static_cast<basic_watcher*>(w));
        if constexpr (checked) self.running_ = true;
        guarded([&] { self.deliver(revents); },
                [&] { self.loop_.break_with(std::current_exception()); });
        if constexpr (checked) self.running_ = false;
    }

    bool running_ = false;
};

}  // namespace relev::detail

#endif
