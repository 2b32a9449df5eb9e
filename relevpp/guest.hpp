// The fibers that belong to a loop, and to no task: the root of run(task), and
// tasks that another loop waits for.

#ifndef RELEVPP_GUEST_HPP
#define RELEVPP_GUEST_HPP

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
class guest : public outermost {
protected:
    explicit guest(loop& l) noexcept;
    ~guest() = default;
};

// The tasks on a loop that other loops wait for.
class guest_list : pinned {
public:
    void add(outermost& g) noexcept { guests_.push_back(g); }

    void stop() noexcept
    {
        guests_.each([](fiber& g) { static_cast<outermost&>(g).stop(); });
    }

    bool empty() const noexcept { return guests_.empty(); }

    template <class F>
    void each(F f) const
    {
        guests_.each(f);
    }

    void destroy() noexcept
    {
        while (!guests_.empty())
            static_cast<outermost&>(guests_.front()).destroy();
    }

private:
    mutable list<fiber, sibling_tag> guests_;
};

}  // namespace relev::detail

#endif
