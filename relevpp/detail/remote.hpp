// The fibers that belong to a loop, and to no task: those of run(task), and
// tasks that another loop waits for. And the way to a loop for other threads.

#ifndef RELEVPP_DETAIL_REMOTE_HPP
#define RELEVPP_DETAIL_REMOTE_HPP

#include "gate.hpp"
#include "scheduler.hpp"

namespace relev::detail {

// An ev_async that keeps no loop running.
inline void async_start(struct ev_loop* raw, ev_async& w) noexcept
{
    w.sent = 0;
    ev_async_start(raw, &w);
    ev_unref(raw);
}
inline void async_stop(struct ev_loop* raw, ev_async& w) noexcept
{
    ev_ref(raw);
    ev_async_stop(raw, &w);
}

// A loop that is passed to a function with any number of arguments, and where.
struct loop_at {
    loop_at(loop& there, place where = place::here()) noexcept
        : l(there), at(where)
    {
    }
    loop& l;
    place at;
};

class outermost : public fiber {
public:
    // Cancels the task.
    void stop() noexcept { scope_.cancel(); }
    bool stopped() const noexcept { return scope_.own; }

    virtual void destroy() noexcept = 0;

protected:
    outermost(loop& l, scheduler& s) noexcept
        : fiber(l, s, scope_), scope_(scope_kind::root, place{"", 0})
    {
        scope_.owner = this;
    }
    ~outermost() { scope_.owner = nullptr; }

private:
    scope scope_;
};

// A task on a loop that another loop waits for.
class remote : public outermost {
protected:
    explicit remote(loop& l) noexcept;
    ~remote();
};

// The tasks on a loop that other threads wait for, and their messages.
class guests : pinned {
public:
    guests(held<gate> in, scheduler& s) noexcept
        : sched_(s), gate_(std::move(in))
    {
    }

    // From any thread.
    const held<gate>& way_in() const noexcept { return gate_; }

    void add(outermost& g) noexcept { remotes_.push_back(g); }

    // The loop that waits for the end of the last one does so in ev_run.
    void remove(outermost& g) noexcept
    {
        static_cast<hook<sibling_tag>&>(g).unlink();
        if (remotes_.empty() && are_refused())
            ev_break(sched_.raw(), EVBREAK_ONE);
    }

    // The loop is destroyed.
    void end() noexcept
    {
        gate_->detach();
        gate_->receive();
        destroy();
    }

    bool are_refused() const noexcept
    {
        return gate_->takes() == starts::refused;
    }

    // From now on those that come are refused, and the others canceled.
    void refuse() noexcept
    {
        gate_->set(starts::refused);
        gate_->receive();
        stop();
    }

    // They are canceled, and destroyed if they still wait then.
    void destroy() noexcept
    {
        if (remotes_.empty()) return;
        sched_.finish([this] { stop(); });
        while (!remotes_.empty())
            static_cast<outermost&>(remotes_.front()).destroy();
    }

    bool empty() const noexcept { return remotes_.empty(); }

    template <class F>
    void each(F f) const
    {
        remotes_.each(f);
    }

private:
    void stop() noexcept
    {
        remotes_.each([](fiber& g) { static_cast<outermost&>(g).stop(); });
    }

    scheduler& sched_;
    const held<gate> gate_;
    mutable list<fiber, sibling_tag> remotes_;
};

}  // namespace relev::detail

#endif
