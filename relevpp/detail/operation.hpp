// The operations that fibers wait for, and how a cancel reaches them.

#ifndef RELEVPP_DETAIL_OPERATION_HPP
#define RELEVPP_DETAIL_OPERATION_HPP

#include "fiber.hpp"

namespace relev { namespace detail {

// An operation that a fiber waits for. Who destroys the frames of a fiber that
// waits calls `abandon` first, see frame<T>: so operations need no destructor,
// and a cancel by exception does not have to run one.
class operation : public awaiter, pinned {
public:
    // The operation will not be waited for: its watcher stops.
    virtual void abandon() noexcept = 0;
    virtual const char* name() const noexcept = 0;

    // The scope was canceled. True: it waits for the end of others, and only
    // passes that on.
    virtual bool asked_to_end() noexcept { return false; }

    const place at;

    // For nothrow: why it has no result. Operations with errors of their own
    // hide this.
    std::error_code failure() const noexcept
    {
        if (!canceled_) return {};
        return std::make_error_code(std::errc::operation_canceled);
    }

    // The fiber's scope was canceled.
    void interrupt() noexcept
    {
        if (asked_to_end()) return;
        owner_->waiting = nullptr;
        canceled_ = true;
        abandon();
        if constexpr (!exceptions) owner_->ends = !quiet_;
        owner_->make_ready();
    }

    // It was canceled by the scope around it, and is resumed soon.
    void ends_with_scope() noexcept
    {
        if constexpr (!exceptions)
            if (owner_->inner->canceled) owner_->ends = !quiet_;
    }

    // nothrow asks what it ended with.
    void set_quiet() noexcept { quiet_ = true; }

protected:
    // An operation may be moved before it is awaited: into that of nothrow.
    operation(operation&& other) noexcept : at(other.at)
    {
        assert(!other.owner_);
    }
    explicit operation(place where) noexcept : at(where) {}
    ~operation() = default;

    // False if the scope is canceled: then the fiber must not wait.
    template <class Promise>
    bool may_wait(std::coroutine_handle<Promise> h) noexcept
    {
        owner_ = h.promise().owner;
        canceled_ = owner_->inner->canceled;
        return !canceled_;
    }

    // What await_suspend returns then.
    bool refused() noexcept
    {
        if (exceptions || quiet_) return false;
        owner_->ends = true;
        owner_->make_ready();
        return true;
    }

    // It is complete without waiting: what await_suspend returns then.
    bool ready(std::coroutine_handle<> h) noexcept
    {
        return owner_->is_ready(h);
    }

    void wait(std::coroutine_handle<> h) noexcept
    {
        assert(!owner_->waiting);
        owner_->at = h;
        owner_->waiting = this;
        owner_->waited();
    }

    // The operation is complete. From a callback of the loop:
    void resume_now() noexcept
    {
        owner_->waiting = nullptr;
        owner_->resume();
    }

    // From other code: it returns before the fiber is resumed.
    void resume_soon() noexcept
    {
        owner_->waiting = nullptr;
        owner_->make_ready();
    }

    // Inlined, for each frame that an exception leaves costs a third of it.
    [[gnu::always_inline]] void throw_if_canceled() const
    {
        if (canceled_) detail::raise(relev::canceled{});
    }

    fiber* owner_ = nullptr;
    bool canceled_ = false;
    bool quiet_ = false;
};

inline void fiber::stop_waiting() noexcept
{
    if (operation* l = std::exchange(waiting, nullptr)) l->abandon();
}

// Destroys what is inside the outermost scope that is canceled: all of it, if
// that is not a scope of this fiber.
inline void fiber::end_canceled() noexcept
{
    ends = false;
    scope* last = inner;
    while (last->owner == this && last->outer && last->outer->canceled)
        last = last->outer;
    if (last->owner == this)
        if (std::coroutine_handle<> next = last->end_inside()) {
            at = next;
            resume();
            return;
        }
    destroy_frames();
    ended();
}

// The scopes of f that are inside `end`, up to the outermost shield, and what f
// waits for.
inline void scope::cancel_inside(fiber& f, const scope& end) noexcept
{
    scope* from = f.inner;
    bool hidden = false;
    for (scope* s = from; s != &end; s = s->outer)
        if (s->kind == scope_kind::shield) from = s->outer, hidden = true;
    for (scope* s = from; s != &end; s = s->outer) s->mark();
    if (!hidden && f.waiting) f.waiting->interrupt();
}

inline void scope::mark() noexcept
{
    if (canceled) return;
    canceled = true;
    if (auto* fibers = inside())
        fibers->each([this](fiber& f) { cancel_inside(f, *this); });
}

inline void scope::cancel() noexcept
{
    if (own || !owner) return;
    own = true;
    if (canceled) return;
    mark();
    cancel_inside(*owner, *this);
}

}  // namespace detail
}  // namespace relev

#endif
