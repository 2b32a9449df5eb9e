// Fibers, scopes and leaves: what the coroutines are made of.
//
// A fiber is a task and all that it awaits; it is suspended in exactly one
// leaf, the operation that it waits for. Its scopes form a stack: each knows
// the one around it, and the innermost is the fiber's. A group is a scope with
// fibers inside, whose outermost scope it is.
//
// Invariants: `canceled` of a scope is true if it, or a scope around it up to
// the next shield, was canceled. A fiber with a leaf is in no queue.

#ifndef RELEVPP_FIBER_HPP
#define RELEVPP_FIBER_HPP

#include <cassert>
#include <coroutine>
#include <system_error>

#include "list.hpp"
#include "raise.hpp"

namespace relev {

// Thrown by an operation in a canceled scope. Not a std::exception, so that no
// handler of those takes it: catch it for cleaning up, and throw it again.
struct canceled {};

// Where an operation was called, for loop::dump. The default arguments of the
// operations make it.
struct place {
    const char* file;
    int line;

    static constexpr place here(const char* file = __builtin_FILE(),
                                int line = __builtin_LINE()) noexcept
    {
        return {file, line};
    }
};

class loop;

namespace detail {

struct ready_tag;
struct sibling_tag;
class scheduler;
class scope;
class leaf;

class fiber : public hook<ready_tag>, public hook<sibling_tag> {
public:
    // Runs it until it waits or ends; the last call may destroy it.
    void resume() noexcept
    {
        if constexpr (!exceptions)
            if (ends) return end_canceled();
        at.resume();
        if (top.done()) ended();
    }

    void make_ready() noexcept;
    struct ev_loop* raw() const noexcept;
    scheduler& sched() const noexcept { return *sched_; }
    loop& of_loop() const noexcept { return loop_; }

    std::coroutine_handle<> at;  // where it continues
    scope* inner;                // its innermost scope
    const leaf* waits_in() const { return waiting; }
    leaf* waiting = nullptr;  // what it waits for
    bool ends = false;        // without exceptions: when it is resumed

    // Its frames will be destroyed where it waits.
    inline void stop_waiting() noexcept;

protected:
    fiber(loop& l, scheduler& s, scope& outer) noexcept
        : inner(&outer), loop_(l), sched_(&s)
    {
    }
    ~fiber()
    {
        hook<ready_tag>::unlink();
        hook<sibling_tag>::unlink();
    }

    virtual void ended() noexcept = 0;
    virtual void destroy_frames() noexcept = 0;

    std::coroutine_handle<> top;  // the task that it runs

private:
    inline void end_canceled() noexcept;

    loop& loop_;
    scheduler* sched_;
};

// Without exceptions: destroys the task in a scope, and returns what continues
// then.
template <bool Exceptions>
struct scope_end {
    using function = std::coroutine_handle<> (*)(void*);
    void ends_by(void*, function) noexcept {}
    std::coroutine_handle<> end_inside() noexcept { return nullptr; }
};

template <>
struct scope_end<false> {
    using function = std::coroutine_handle<> (*)(void*);
    void ends_by(void* what, function f) noexcept { what_ = what, f_ = f; }
    std::coroutine_handle<> end_inside() noexcept
    {
        return f_ ? f_(what_) : nullptr;
    }

private:
    void* what_ = nullptr;
    function f_ = nullptr;
};

enum class scope_kind : unsigned char { root, timeout, shield, stop, group };

class scope : pinned, public scope_end<exceptions> {
public:
    scope(scope_kind scope_kind, place where) noexcept
        : kind(scope_kind), at(where)
    {
    }
    ~scope()
    {
        if (owner) leave();
    }

    // From now on the fiber is inside.
    void enter(fiber& f) noexcept
    {
        owner = &f;
        outer = f.inner;
        canceled = outer && outer->canceled && kind != scope_kind::shield;
        f.inner = this;
    }

    void leave() noexcept
    {
        assert(owner->inner == this);
        ended_by_own = own && !(outer && outer->canceled);
        owner->inner = outer;
        owner = nullptr;
    }

    // Every operation inside throws `canceled`, now and later. It only marks
    // and queues: no other code runs before it returns.
    void cancel() noexcept;

    fiber* owner = nullptr;
    scope* outer = nullptr;
    list<fiber, sibling_tag>* inside = nullptr;  // the fibers of a group
    const scope_kind kind;
    bool own = false;  // canceled itself
    bool canceled = false;
    bool ended_by_own = false;  // by its own cancel, and no other
    const place at;

private:
    void mark() noexcept;
    static void cancel_inside(fiber& f, const scope& end) noexcept;
};

// A scope with fibers inside.
class group : public scope {
public:
    explicit group(place where) noexcept : scope(scope_kind::group, where)
    {
        inside = &children;
    }

    list<fiber, sibling_tag> children;
};

// An operation that a fiber waits for. Who destroys the frames of a fiber that
// waits calls `abandon` first, see frame<T>: so operations need no destructor,
// and a cancel by exception does not have to run one.
class leaf : pinned {
public:
    // The operation will not be waited for: its watcher stops.
    virtual void abandon() noexcept = 0;
    virtual const char* name() const noexcept = 0;

    // An operation that waits for the end of others only learns of a cancel.
    virtual void asked_to_end() noexcept {}

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
        if (waits_for_end_) return asked_to_end();
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
    leaf(leaf&& other) noexcept
        : at(other.at), waits_for_end_(other.waits_for_end_)
    {
        assert(!other.owner_);
    }
    explicit leaf(place where, bool waits_for_end = false) noexcept
        : at(where), waits_for_end_(waits_for_end)
    {
    }
    ~leaf() = default;

    // False if the scope is canceled: then the fiber must not wait.
    template <class Promise>
    bool may_wait(std::coroutine_handle<Promise> h) noexcept
    {
        owner_ = h.promise().owner;
        canceled_ = owner_->inner->canceled && !waits_for_end_;
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

    void wait(std::coroutine_handle<> h) noexcept
    {
        assert(!owner_->waiting);
        owner_->at = h;
        owner_->waiting = this;
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

private:
    const bool waits_for_end_;  // for fibers inside: it cannot be canceled
};

inline void fiber::stop_waiting() noexcept
{
    if (leaf* l = std::exchange(waiting, nullptr)) l->abandon();
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
    if (inside) inside->each([this](fiber& f) { cancel_inside(f, *this); });
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
