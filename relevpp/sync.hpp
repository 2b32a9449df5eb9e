// event, semaphore and mutex, for the tasks of one loop. Who waited longest is
// served first; it is resumed when the caller has returned to the loop.

#ifndef RELEVPP_SYNC_HPP
#define RELEVPP_SYNC_HPP

#include "task.hpp"

namespace relev {

class semaphore;

namespace detail {

struct waiter_tag;

// An operation in a list of those who wait for the same thing.
class waiter : public operation, public hook<waiter_tag> {
public:
    // What it waited for is there.
    void grant() noexcept
    {
        hook<waiter_tag>::leave();
        resume_soon();
    }
    void abandon() noexcept final { hook<waiter_tag>::leave(); }

protected:
    explicit waiter(place where) noexcept
        : operation(where), hook<waiter_tag>(loose())
    {
    }
    waiter(waiter&& other) noexcept
        : operation(std::move(other)), hook<waiter_tag>(loose())
    {
    }
    ~waiter() = default;
};

using waiters = list<waiter, waiter_tag>;

}  // namespace detail

// Happens once, until it is reset.
class event : detail::pinned {
public:
    // Wakes all that wait.
    void set() noexcept
    {
        set_ = true;
        while (!waiters_.empty()) waiters_.front().grant();
    }
    void reset() noexcept { set_ = false; }
    bool is_set() const noexcept { return set_; }

    class wait_op final : public detail::waiter {
    public:
        wait_op(event& e, place where) noexcept : waiter(where), event_(e) {}

        bool await_ready() const noexcept { return false; }
        template <class P>
        bool await_suspend(std::coroutine_handle<P> h) noexcept
        {
            if (!may_wait(h)) return refused();
            if (event_.set_) return ready(h);
            wait(h);
            event_.waiters_.push_back(*this);
            return true;
        }
        [[gnu::always_inline]] void await_resume() const
        {
            throw_if_canceled();
        }
        const char* name() const noexcept override { return "event::wait"; }

    private:
        event& event_;
    };

    [[nodiscard]] wait_op wait(place where = place::here())
    {
        return {*this, where};
    }

private:
    bool set_ = false;
    detail::waiters waiters_;
};

// One of the places of a semaphore; the destructor releases it.
class permit {
public:
    permit() = default;
    explicit permit(semaphore& s) noexcept : of_(&s) {}
    permit(permit&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
    permit& operator=(permit&& other) noexcept
    {
        permit moved(std::move(other));  // also from itself
        std::swap(of_, moved.of_);
        return *this;
    }
    ~permit() { release(); }

    inline void release() noexcept;

private:
    semaphore* of_ = nullptr;
};

// A number of places, for as many tasks at a time.
class semaphore : detail::pinned {
public:
    explicit semaphore(unsigned places) noexcept : free_(places) {}

    class acquire_op final : public detail::waiter {
    public:
        acquire_op(semaphore& s, place where) noexcept : waiter(where), of_(s)
        {
        }
        acquire_op(acquire_op&&) = default;
        ~acquire_op()
        {
            if (granted_) of_.release();  // destroyed before it was resumed
        }

        bool await_ready() const noexcept { return false; }
        template <class P>
        bool await_suspend(std::coroutine_handle<P> h) noexcept
        {
            if (!may_wait(h)) return refused();
            if (of_.free_) return --of_.free_, granted_ = true, ready(h);
            wait(h);
            of_.waiters_.push_back(*this);
            return true;
        }
        [[gnu::always_inline]] permit await_resume()
        {
            throw_if_canceled();
            granted_ = false;
            return permit(of_);
        }
        const char* name() const noexcept override { return "acquire"; }

    private:
        friend semaphore;
        semaphore& of_;
        bool granted_ = false;
    };

    // Waits for a place.
    [[nodiscard]] acquire_op acquire(place where = place::here())
    {
        return {*this, where};
    }

    // Gives a place to who waits, or adds it, up to the largest number there
    // is. A permit does it by itself.
    void release() noexcept
    {
        if (waiters_.empty()) {
            if (free_ + 1) ++free_;
            return;
        }
        acquire_op& first = static_cast<acquire_op&>(waiters_.front());
        first.granted_ = true;
        first.grant();
    }

    unsigned available() const noexcept { return free_; }

private:
    unsigned free_;
    detail::waiters waiters_;
};

inline void permit::release() noexcept
{
    if (of_) std::exchange(of_, nullptr)->release();
}

// One task at a time: `auto guard = co_await m.lock();`
class mutex : detail::pinned {
public:
    [[nodiscard]] semaphore::acquire_op lock(place where = place::here())
    {
        return place_.acquire(where);
    }
    bool is_locked() const noexcept { return place_.available() == 0; }

private:
    semaphore place_{1};
};

}  // namespace relev

#endif
