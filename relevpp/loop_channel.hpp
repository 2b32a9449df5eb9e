// loop_channel<T>: a queue between tasks and threads, of a fixed capacity. Not
// a part of relev.hpp: include it where it is used.
//
// A value stays in the queue until the task that pops it runs. A task that
// waits is woken by a message to its loop (detail/gate.hpp); one that is
// woken to pop has a claim on one of the values, which it gives up if it is
// canceled or destroyed before. So no value is lost with a task or a loop.
//
// Values are moved, and destroyed when they were moved from, under the lock.
// The mutex detects a value whose move uses the channel: that ends the program.
//
// Invariants: no push waits while there is a place, and no pop while there is
// a value without a claim, or the channel is closed and empty. `settle` makes
// them hold again after each change.

#ifndef RELEVPP_LOOP_CHANNEL_HPP
#define RELEVPP_LOOP_CHANNEL_HPP

#include <condition_variable>
#include <memory>
#include <mutex>

#include "channel.hpp"
#include "detail/crossing.hpp"

namespace relev {

template <class T>
class loop_channel : detail::pinned {
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "a value is moved under a lock: its move constructor must be "
                  "noexcept");

public:
    // At least 1.
    explicit loop_channel(std::size_t capacity)
        : capacity_(capacity ? capacity : 1),
          places_(std::make_unique<std::optional<T>[]>(capacity_))
    {
        pthread_mutexattr_t checked;
        pthread_mutexattr_init(&checked);
        pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
        pthread_mutex_init(lock_.native_handle(), &checked);
        pthread_mutexattr_destroy(&checked);
    }
    ~loop_channel() { assert(pushing_.empty() && popping_.empty()); }

    class push_op;
    class pop_op;
    class next_op;

    // Waits for a place.
    [[nodiscard]] push_op push(const T& value, place where = place::here())
    {
        return {*this, T(value), where};
    }
    [[nodiscard]] push_op push(T&& value, place where = place::here())
    {
        static_assert(!detail::is_destroyed_twice<T>(),
                      "g++ 12 destroys an aggregate that is made in a co_await "
                      "expression twice: give the type a constructor");
        return {*this, std::move(value), where};
    }
    // Waits for a value.
    [[nodiscard]] pop_op pop(place where = place::here())
    {
        return {*this, where};
    }
    // The same, and nothing when the channel is closed and empty.
    [[nodiscard]] next_op next(place where = place::here())
    {
        return {*this, where};
    }

    // The rest may be called by any thread, in a task or not. These do not
    // wait: false or nothing if they would have to.
    bool try_push(T& value)
    {
        locked here(lock_);
        return put(value);
    }
    std::optional<T> try_pop()
    {
        locked here(lock_);
        if (!claim()) return std::nullopt;
        return taken();
    }

    // These block the thread. False or nothing if the channel is closed.
    bool push_from_thread(T value)
    {
        waiting_thread w;
        w.pushed = &value;
        locked here(lock_);
        w.done = put(value);
        if (!w.done && !closed_) w.wait(here, pushing_);
        return w.done;
    }
    std::optional<T> pop_from_thread()
    {
        waiting_thread w;
        locked here(lock_);
        w.done = claim();
        if (!w.done && !has_ended()) w.wait(here, popping_);
        if (!w.done) return std::nullopt;
        return taken();
    }

    // No more values: what is in it can still be popped.
    void close() noexcept
    {
        locked here(lock_);
        closed_ = true;
        settle();
        while (!pushing_.empty()) pushing_.pop_front().wake();
    }
    bool is_closed() const noexcept
    {
        locked here(lock_);
        return closed_;
    }
    std::size_t size() const noexcept
    {
        locked here(lock_);
        return count_;
    }

private:
    using locked = std::unique_lock<std::mutex>;

    // Who waits, in one of the lists.
    struct crosser : detail::hook<detail::crossing_tag> {
        virtual void wake() noexcept = 0;

        T* pushed = nullptr;  // the value
        bool done = false;    // it was pushed, or: it has a claim

    protected:
        ~crosser() = default;
    };
    using crossers = detail::list<crosser, detail::crossing_tag>;

    struct waiting_thread final : crosser {
        void wait(locked& here, crossers& in)
        {
            in.push_back(*this);
            awake.wait(here, [this] { return !this->is_linked(); });
        }
        void wake() noexcept override { awake.notify_one(); }

        std::condition_variable awake;
    };

    class op;
    class taker;

    // A value with a claim may still be left to another one.
    bool has_ended() const noexcept { return closed_ && !count_; }

    // False if there is no place.
    bool put(T& value) noexcept
    {
        if (closed_ || count_ == capacity_) return false;
        append(value);
        settle();
        return true;
    }

    void append(T& value) noexcept
    {
        std::size_t at = first_ + count_++;
        places_[at < capacity_ ? at : at - capacity_].emplace(std::move(value));
    }

    // False if each value is claimed.
    bool claim() noexcept
    {
        if (count_ == claims_) return false;
        return ++claims_, true;
    }

    // By who has a claim.
    T taken() noexcept
    {
        std::optional<T>& from = places_[first_];
        T value = std::move(*from);
        from.reset();
        if (++first_ == capacity_) first_ = 0;
        --count_, --claims_;
        settle();
        return value;
    }

    void settle() noexcept
    {
        while (count_ < capacity_ && !pushing_.empty()) {
            crosser& c = pushing_.pop_front();
            append(*c.pushed);
            c.done = true;
            c.wake();
        }
        while (!popping_.empty() && claim()) {
            crosser& c = popping_.pop_front();
            c.done = true;
            c.wake();
        }
        while (has_ended() && !popping_.empty()) popping_.pop_front().wake();
    }

    mutable std::mutex lock_;
    const std::size_t capacity_;
    std::unique_ptr<std::optional<T>[]> places_;
    std::size_t first_ = 0, count_ = 0;
    std::size_t claims_ = 0;  // values for those that were woken to pop
    bool closed_ = false;
    crossers pushing_, popping_;
};

}  // namespace relev

#include "detail/loop_channel_ops.hpp"

#endif
