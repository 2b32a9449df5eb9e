// Fibers and scopes: with operations (operation.hpp), what the coroutines are
// made of.
//
// A fiber is a task and all that it awaits; it is suspended in exactly one
// operation. Its scopes form a stack: each knows the one around it, and the
// innermost is the fiber's. A group is a scope with fibers inside, whose
// outermost scope it is.
//
// Invariants: `canceled` of a scope is true if it, or a scope around it up to
// the next shield, was canceled. A fiber that waits is in no queue.

#ifndef RELEVPP_DETAIL_FIBER_HPP
#define RELEVPP_DETAIL_FIBER_HPP

#include <cassert>
#include <coroutine>
#include <cstdint>
#include <system_error>

#include "errors.hpp"
#include "list.hpp"

namespace relev {

class loop;

namespace detail {

struct ready_tag;
struct sibling_tag;
class scheduler;
class scope;
class operation;

class fiber : public hook<ready_tag>, public hook<sibling_tag> {
public:
    // Runs it until it waits or ends; the last call may destroy it.
    void resume() noexcept
    {
        if constexpr (!exceptions)
            if (ends) return end_canceled();
        stack_end_ = stack() - stack_size;
        at.resume();
        if (top.done()) ended();
    }

    void make_ready() noexcept;

    // An operation need not wait. Now and then it is resumed after all others,
    // all the same: then true.
    bool is_ready(std::coroutine_handle<> h) noexcept
    {
        if (--ready_left) [[likely]]
            return false;
        return let_others_run(h);
    }

    // It lets others run, so it has as many ready operations again.
    void waited() noexcept { ready_left = 256; }

    struct ev_loop* raw() const noexcept;
    scheduler& sched() const noexcept { return *sched_; }
    loop& of_loop() const noexcept { return loop_; }

    // True in a chain of tasks that has used much stack: then the next one
    // starts from the ready queue.
    bool is_deep() const noexcept { return stack() < stack_end_; }

    std::coroutine_handle<> at;  // where it continues
    scope* inner;                // its innermost scope
    const operation* waits_in() const { return waiting; }
    operation* waiting = nullptr;  // what it waits for
    bool ends = false;             // without exceptions: when it is resumed
    unsigned ready_left = 256;     // operations that may be ready

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
    bool let_others_run(std::coroutine_handle<> h) noexcept;
    inline void end_canceled() noexcept;

    // Of the many KiB that a thread has, those for tasks that start each other.
    static constexpr std::size_t stack_size = 64 * 1024;

    // Not the address of a variable: a sanitizer may have moved that.
    [[gnu::always_inline]] static std::uintptr_t stack() noexcept
    {
        return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    }

    std::uintptr_t stack_end_;
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

    // The fibers of a group; null of another scope.
    inline list<fiber, sibling_tag>* inside() noexcept;

    fiber* owner = nullptr;
    scope* outer = nullptr;
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
    explicit group(place where) noexcept : scope(scope_kind::group, where) {}

    list<fiber, sibling_tag> children;
};

inline list<fiber, sibling_tag>* scope::inside() noexcept
{
    bool has = kind == scope_kind::group;
    return has ? &static_cast<group*>(this)->children : nullptr;
}

}  // namespace detail
}  // namespace relev

#endif
