// Sources of events that keep what happens between two awaits: signal_set,
// process, path_watch, interval. A task makes them; they use the loop that runs
// it, from then on. Made by anything else, they throw std::logic_error; what
// could never happen is refused by std::system_error.

#ifndef RELEVPP_SOURCES_HPP
#define RELEVPP_SOURCES_HPP

#include <unistd.h>

#include <initializer_list>
#include <limits>

#include "detail/clock.hpp"
#include "detail/held.hpp"
#include "detail/pidfd.hpp"
#include "detail/source.hpp"

namespace relev {
// Ticks at a fixed rate. next delivers how many ticks there were since the last
// call: more than one if the task was late.
class interval final : public detail::source {
public:
    template <duration D>
    explicit interval(D every) : every_(seconds_of(every)), begin_(now())
    {
        if (!(every_ > 0)) detail::throw_error(EINVAL, "interval");
        init(w_, on_tick);
        start();
    }
    ~interval()
    {
        if (raw()) ev_timer_stop(raw(), &w_);
    }

    [[nodiscard]] auto next(place where = place::here())
    {
        return detail::take_op<interval>(*this, "interval::next", where);
    }
    bool has_event() const noexcept override { return ticks() > taken_; }
    unsigned take() noexcept
    {
        double all = ticks(), most = std::numeric_limits<unsigned>::max();
        double fresh = all - std::exchange(taken_, all);
        return static_cast<unsigned>(fresh < most ? fresh : most);
    }

private:
    ev_tstamp now() const noexcept { return detail::mono_of(raw()); }

    // All since it was made. A timer drops those that it missed.
    double ticks() const noexcept
    {
        return __builtin_floor((now() - begin_) / every_);
    }

    // Until the next tick.
    void start() noexcept
    {
        w_.repeat = 0;
        detail::start_timer(raw(), w_, begin_ + (ticks() + 1) * every_ - now());
    }

    static void on_tick(struct ev_loop*, ev_timer* w, int)
    {
        interval& self = *static_cast<interval*>(w->data);
        self.start();
        if (self.has_event()) self.happened();
    }

    ev_timer w_;
    const ev_tstamp every_, begin_;
    double taken_ = 0;
};

// Signals, caught while it exists. next delivers the number of one that was
// received; a signal that is received again before that is delivered once.
class signal_set final : public detail::source {
public:
    signal_set(std::initializer_list<int> signals) : signal_set(signals.size())
    {
        for (int signum : signals) {
            watched& s = watched_[count_++];
            init(s.w, on_signal);
            s.w.signum = signum;
            if (!detail::refusal(raw(), s.w)) ev_signal_start(raw(), &s.w);
            if (!s.w.active) detail::throw_error(EINVAL, "signal_set");
        }
    }
    ~signal_set()
    {
        if (!raw()) return;
        for (std::size_t i = 0; i < count_; ++i)
            ev_signal_stop(raw(), &watched_[i].w);
    }

    [[nodiscard]] auto next(place where = place::here())
    {
        return detail::take_op<signal_set>(*this, "signal_set::next", where);
    }
    bool has_event() const noexcept override { return received_ > 0; }
    int take() noexcept
    {
        std::size_t i = 0;
        while (!watched_[i].received) ++i;
        watched_[i].received = false;
        --received_;
        return watched_[i].w.signum;
    }

private:
    struct watched {
        ev_signal w;
        bool received = false;
    };

    explicit signal_set(std::size_t count) : watched_(count) {}

    static void on_signal(struct ev_loop*, ev_signal* w, int)
    {
        signal_set& self = *static_cast<signal_set*>(w->data);
        watched* s = &self.watched_[0];
        while (&s->w != w) ++s;
        if (!s->received) ++self.received_;
        s->received = true;
        self.happened();
    }

    detail::array<watched> watched_;
    std::size_t count_ = 0, received_ = 0;
};

// A child process. In the default loop, make it before the loop runs again
// after the fork, or it may be refused with ECHILD; the end of the process is
// kept until it is asked for. Another loop watches a pidfd, which needs
// Linux 5.4; if something else reads the status first, there is an error,
// ECHILD.
class process final : public detail::source {
public:
    explicit process(int pid)
    {
        init(child_, on_end);
        child_.pid = pid;
        child_.flags = 0;
        init(io_, on_readable);
        int error = start();
        if (error) detail::throw_error(error, "process");
    }
    ~process()
    {
        if (raw()) {
            ev_child_stop(raw(), &child_);
            ev_io_stop(raw(), &io_);
        }
        if (fd_ >= 0) ::close(fd_);
    }

    int pid() const noexcept { return child_.pid; }

    // Delivers the status, for the macros of sys/wait.h; also a second time.
    [[nodiscard]] auto exited(place where = place::here())
    {
        return detail::take_op<process>(*this, "process::exited", where);
    }
    bool has_event() const noexcept override { return ended_; }
    int error() const noexcept { return error_; }
    int take() const
    {
        if (error_) detail::throw_error(error_, "process::exited");
        return child_.rstatus;
    }

private:
    // Returns why not, or 0.
    int start() noexcept
    {
        if (ev_is_default_loop(raw())) {
            int error = detail::refusal(raw(), child_);
            if (!error) ev_child_start(raw(), &child_);
            return error;
        }
        if (child_.pid <= 0) return EINVAL;
        int error = detail::refusal_of_child(child_.pid);
        if (!error && (fd_ = detail::pidfd_open(child_.pid)) < 0) error = errno;
        io_.fd = fd_;
        io_.events = EV_READ | EV__IOFDSET;
        if (!error) ev_io_start(raw(), &io_);
        return error;
    }

    void end() noexcept
    {
        ended_ = true;
        happened();
    }

    static void on_end(struct ev_loop* raw, ev_child* w, int)
    {
        ev_child_stop(raw, w);
        static_cast<process*>(w->data)->end();
    }

    static void on_readable(struct ev_loop* raw, ev_io* w, int)
    {
        process& self = *static_cast<process*>(w->data);
        self.error_ = detail::pidfd_status(self.fd_, self.child_.rstatus);
        if (self.error_ == EAGAIN) return;
        ev_io_stop(raw, w);
        self.end();
    }

    ev_child child_;  // in the default loop
    ev_io io_;        // in others
    int fd_ = -1, error_ = 0;
    bool ended_ = false;
};

// The attributes of a file. next delivers the present ones after they changed.
class path_watch final : public detail::source {
public:
    // The path is not copied.
    explicit path_watch(const char* path)
    {
        init(w_, on_change);
        w_.path = path;
        w_.interval = 0;
        w_.wd = -2;
        ev_stat_start(raw(), &w_);
    }
    ~path_watch()
    {
        if (raw()) ev_stat_stop(raw(), &w_);
    }

    [[nodiscard]] auto next(place where = place::here())
    {
        return detail::take_op<path_watch>(*this, "path_watch::next", where);
    }
    bool has_event() const noexcept override { return changed_; }
    ev_statdata take() noexcept { return changed_ = false, w_.attr; }

private:
    static void on_change(struct ev_loop*, ev_stat* w, int)
    {
        path_watch& self = *static_cast<path_watch*>(w->data);
        self.changed_ = true;
        self.happened();
    }

    ev_stat w_;
    bool changed_ = false;
};

}  // namespace relev

#endif
