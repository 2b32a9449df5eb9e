// The fibers that belong to a loop, and to no task: those of run(task), and
// tasks that another loop waits for.

#ifndef RELEVPP_DETAIL_REMOTE_HPP
#define RELEVPP_DETAIL_REMOTE_HPP

#include "scheduler.hpp"

namespace relev::detail {

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
    ~remote() = default;
};

// The tasks on a loop that other loops wait for.
class remote_list : pinned {
public:
    void add(outermost& g) noexcept { remotes_.push_back(g); }

    void stop() noexcept
    {
        remotes_.each([](fiber& g) { static_cast<outermost&>(g).stop(); });
    }

    bool empty() const noexcept { return remotes_.empty(); }

    template <class F>
    void each(F f) const
    {
        remotes_.each(f);
    }

    void destroy() noexcept
    {
        while (!remotes_.empty())
            static_cast<outermost&>(remotes_.front()).destroy();
    }

private:
    mutable list<fiber, sibling_tag> remotes_;
};

}  // namespace relev::detail

#endif
