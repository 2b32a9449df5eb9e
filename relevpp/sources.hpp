// Sources of events that keep what happens between two awaits: signal_set,
// process, path_watch, interval. A task makes them; they use the loop that runs
// it, from then on.

#ifndef RELEVPP_SOURCES_HPP
#define RELEVPP_SOURCES_HPP

#include <initializer_list>
#include <memory>

#include "detail/run.hpp"
#include "ops.hpp"

namespace relev {
namespace detail {

// What the sources share: the loop, and the task that waits. One at a time.
class source : pinned {
public:
    virtual bool has_event() const noexcept = 0;

    class next_op;

protected:
    source() noexcept : loop_(*running_loop) { loop_.watchers_changed(1); }
    ~source() { loop_.watchers_changed(-1); }

    template <class W>
    void init(W& w, void (*cb)(struct ev_loop*, W*, int)) noexcept
    {
        w.active = w.pending = w.priority = 0;
        w.data = this;
        w.cb = cb;
    }

    struct ev_loop* raw() const noexcept { return loop_.raw(); }
    inline void happened() noexcept;

    loop& loop_;

private:
    next_op* waiting_ = nullptr;
};

class source::next_op : public operation {
public:
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        if (!may_wait(h)) return refused();
        if (source_.has_event()) return false;
        assert(!source_.waiting_ && "two tasks wait for the same source");
        wait(h);
        source_.waiting_ = this;
        return true;
    }

    void complete() noexcept { resume_now(); }
    void abandon() noexcept final { source_.waiting_ = nullptr; }
    const char* name() const noexcept final { return name_; }

protected:
    next_op(source& s, const char* name, place where) noexcept
        : operation(where), source_(s), name_(name)
    {
    }
    next_op(next_op&&) = default;
    ~next_op() = default;

private:
    source& source_;
    const char* name_;
};

inline void source::happened() noexcept
{
    if (waiting_) std::exchange(waiting_, nullptr)->complete();
}

// Delivers what S::take returns.
template <class S>
class take_op final : public source::next_op {
public:
    take_op(S& s, const char* name, place where) noexcept
        : next_op(s, name, where), from_(s)
    {
    }
    [[gnu::always_inline]] auto await_resume()
    {
        this->throw_if_canceled();
        return from_.take();
    }

private:
    S& from_;
};

}  // namespace detail

// Ticks at a fixed rate. next delivers how many ticks there were since the last
// call: more than one if the task was late.
class interval final : public detail::source {
public:
    template <duration D>
    explicit interval(D every) noexcept
    {
        init(w_, on_tick);
        w_.at = w_.repeat = seconds_of(every);
        ev_timer_start(raw(), &w_);
    }
    ~interval()
    {
        if (raw()) ev_timer_stop(raw(), &w_);
    }

    [[nodiscard]] auto next(place where = place::here())
    {
        return detail::take_op<interval>(*this, "interval::next", where);
    }
    bool has_event() const noexcept override { return ticks_ > 0; }
    unsigned take() noexcept { return std::exchange(ticks_, 0u); }

private:
    static void on_tick(struct ev_loop*, ev_timer* w, int)
    {
        interval& self = *static_cast<interval*>(w->data);
        ++self.ticks_;
        self.happened();
    }

    ev_timer w_;
    unsigned ticks_ = 0;
};

// Signals, caught while it exists. next delivers the number of one that was
// received; a signal that is received again before that is delivered once.
class signal_set final : public detail::source {
public:
    signal_set(std::initializer_list<int> signals)
        : watched_(std::make_unique<watched[]>(signals.size()))
    {
        for (int signum : signals) {
            watched& s = watched_[count_++];
            init(s.w, on_signal);
            s.w.signum = signum;
            ev_signal_start(raw(), &s.w);
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

    static void on_signal(struct ev_loop*, ev_signal* w, int)
    {
        signal_set& self = *static_cast<signal_set*>(w->data);
        watched* s = &self.watched_[0];
        while (&s->w != w) ++s;
        if (!s->received) ++self.received_;
        s->received = true;
        self.happened();
    }

    std::unique_ptr<watched[]> watched_;
    std::size_t count_ = 0, received_ = 0;
};

// A child process, in the default loop. Make it before the loop runs again
// after the fork; the end of the process is kept until it is asked for.
class process final : public detail::source {
public:
    explicit process(int pid) noexcept
    {
        init(w_, on_end);
        w_.pid = pid;
        w_.flags = 0;
        ev_child_start(raw(), &w_);
    }
    ~process()
    {
        if (raw()) ev_child_stop(raw(), &w_);
    }

    int pid() const noexcept { return w_.pid; }

    // Delivers the status, for the macros of sys/wait.h; also a second time.
    [[nodiscard]] auto exited(place where = place::here())
    {
        return detail::take_op<process>(*this, "process::exited", where);
    }
    bool has_event() const noexcept override { return ended_; }
    int take() const noexcept { return w_.rstatus; }

private:
    static void on_end(struct ev_loop* raw, ev_child* w, int)
    {
        process& self = *static_cast<process*>(w->data);
        ev_child_stop(raw, w);
        self.ended_ = true;
        self.happened();
    }

    ev_child w_;
    bool ended_ = false;
};

// The attributes of a file. next delivers the present ones after they changed.
class path_watch final : public detail::source {
public:
    // The path is not copied.
    explicit path_watch(const char* path) noexcept
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
