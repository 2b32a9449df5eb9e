// The ready queue of a loop: fibers that were woken by other fibers, first in,
// first out. It is drained by an event that is fed to a watcher of its own.
//
// After `budget` fibers the loop polls the kernel, so that fibers that wake
// each other cannot keep descriptors and timers waiting; so it does after as
// many operations of one fiber that were ready at once. An active idle watcher
// makes that poll return at once.

#ifndef RELEVPP_DETAIL_SCHEDULER_HPP
#define RELEVPP_DETAIL_SCHEDULER_HPP

#include "operation.hpp"

namespace relev::detail {

class scheduler : pinned {
public:
    explicit scheduler(struct ev_loop* raw) noexcept : raw_(raw)
    {
        init(drain_, on_drain, 0);
        init(tail_, on_tail, EV_MINPRI);
        init(busy_, on_busy, EV_MINPRI);
        init(polled_, on_polled, EV_MAXPRI);
    }

    struct ev_loop* raw() const noexcept { return raw_; }

    // Resumes the fiber after those that are ready already.
    void push(fiber& f) noexcept
    {
        ready_.push_back(f);
        if (fed_) return;
        fed_ = true;
        ev_feed_event(raw_, &drain_, EV_CUSTOM);
    }

    // Resumes the fiber when the kernel was polled and all else has run.
    void push_last(fiber& f) noexcept
    {
        later_.push_back(f);
        poll_first();
    }

    // Calls `wake`, and resumes what is ready, and what that makes ready,
    // without polling. Fibers that wake each other for ever remain. No event is
    // fed: one that is cleared would still be counted as pending.
    template <class F>
    void finish(F wake) noexcept
    {
        fed_ = true;
        wake();
        for (unsigned left = rounds; left && !is_idle(); --left) {
            if (ready_.empty()) ready_.take(later_);
            list<fiber, ready_tag> now;
            now.take(ready_);
            while (!now.empty()) now.pop_front().resume();
        }
        rest();
    }

    // Leaves no trace in the loop of ev.h, unless fibers are ready.
    void rest() noexcept
    {
        stop();
        if (is_idle()) return;
        fed_ = true;
        poll_first();
    }

    // Leaves no trace in the loop of ev.h.
    void stop() noexcept
    {
        ev_clear_pending(raw_, &drain_);
        ev_clear_pending(raw_, &tail_);
        ev_idle_stop(raw_, &busy_);
        ev_check_stop(raw_, &polled_);
        fed_ = false;
    }

    static constexpr unsigned budget = 256;

private:
    static constexpr unsigned rounds = 1000;

    template <class W>
    void init(W& w, void (*cb)(struct ev_loop*, W*, int), int priority) noexcept
    {
        w.active = w.pending = 0;
        w.priority = priority;
        w.data = this;
        w.cb = cb;
    }

    bool is_idle() const noexcept { return ready_.empty() && later_.empty(); }

    void drain(unsigned count) noexcept
    {
        for (; count && !ready_.empty(); --count) ready_.pop_front().resume();
    }

    void drain_some() noexcept
    {
        drain(budget);
        fed_ = !ready_.empty();
        if (fed_) poll_first();
    }

    void poll_first() noexcept
    {
        ev_idle_start(raw_, &busy_);
        ev_check_start(raw_, &polled_);
    }

    static scheduler& of(void* data) { return *static_cast<scheduler*>(data); }

    static void on_drain(struct ev_loop*, ev_prepare* w, int)
    {
        of(w->data).drain_some();
    }

    static void on_tail(struct ev_loop*, ev_prepare* w, int)
    {
        scheduler& self = of(w->data);
        self.ready_.take(self.later_);
        self.fed_ = true;
        self.drain_some();
    }

    static void on_polled(struct ev_loop* raw, ev_check* w, int)
    {
        scheduler& self = of(w->data);
        ev_check_stop(raw, w);
        ev_idle_stop(raw, &self.busy_);
        ev_feed_event(raw, &self.tail_, EV_CUSTOM);
    }

    static void on_busy(struct ev_loop*, ev_idle*, int) {}

    struct ev_loop* raw_;
    list<fiber, ready_tag> ready_, later_;
    bool fed_ = false;  // somebody will drain the queue
    ev_prepare drain_, tail_;
    ev_idle busy_;
    ev_check polled_;
};

inline void fiber::make_ready() noexcept { sched_->push(*this); }
[[gnu::noinline]] inline bool fiber::let_others_run(
    std::coroutine_handle<> h) noexcept
{
    ready_left = scheduler::budget;
    at = h;
    sched_->push_last(*this);
    return true;
}
inline struct ev_loop* fiber::raw() const noexcept { return sched_->raw(); }

}  // namespace relev::detail

#endif
