// What the sources of sources.hpp share, and the operation that takes from one.

#ifndef RELEVPP_DETAIL_SOURCE_HPP
#define RELEVPP_DETAIL_SOURCE_HPP

#include <stdexcept>

#include "../ops.hpp"
#include "run.hpp"

namespace relev { namespace detail {

// What the sources share: the loop, and the task that waits. One at a time.
class source : pinned {
public:
    virtual bool has_event() const noexcept = 0;

    class next_op;

protected:
    source() : loop_(of_task()) { loop_.watchers_changed(1); }
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
    static loop& of_task()
    {
        if (!running_loop)
            raise(std::logic_error("relev: a task must make a source"));
        return *running_loop;
    }

    next_op* waiting_ = nullptr;
};

class source::next_op : public operation {
public:
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> h) noexcept
    {
        if (!may_wait(h)) return refused();
        if (source_.has_event()) return ready(h);
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

    // A source may fail.
    std::error_code failure() const noexcept
    {
        if constexpr (requires { from_.error(); })
            if (!this->canceled_ && from_.error())
                return {from_.error(), std::generic_category()};
        return operation::failure();
    }

private:
    S& from_;
};

}  // namespace detail
}  // namespace relev

#endif
