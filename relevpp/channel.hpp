// channel<T>: a queue between the tasks of one loop, of a fixed capacity.
//
// A value goes straight to the task that has waited for one; so a value is in
// one place at any time, and a canceled pop never took one.

#ifndef RELEVPP_CHANNEL_HPP
#define RELEVPP_CHANNEL_HPP

#include <optional>
#include <stdexcept>

#include "detail/held.hpp"
#include "sync.hpp"

namespace relev {

// Thrown by push on a closed channel, and by pop on one that is empty, too.
struct channel_closed : std::logic_error {
    channel_closed() : logic_error("relev: the channel is closed") {}
};

template <class T>
class channel : detail::pinned {
public:
    // With capacity 0 a push waits for its pop.
    explicit channel(std::size_t capacity) : places_(capacity) {}
    ~channel() { assert(pushing_.empty() && popping_.empty()); }

    class push_op;
    class pop_op;
    class next_op;

    // Waits for a place.
    [[nodiscard]] push_op push(const T& value, place where = place::here())
    {
        return {*this, value, where};
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

    // Do not wait: false or nothing if they would have to.
    bool try_push(T& value)
    {
        if (closed_) return false;
        if (!popping_.empty()) {
            hand_over(value);
        } else if (count_ < places_.size()) {
            append(std::move(value));
        } else {
            return false;
        }
        return true;
    }
    std::optional<T> try_pop()
    {
        if (!has_value()) return std::nullopt;
        return popped();
    }

    // No more values: what is in it can still be popped.
    void close() noexcept
    {
        closed_ = true;
        while (!popping_.empty()) popping_.front().grant();
        while (!pushing_.empty()) pushing_.front().grant();
    }
    bool is_closed() const noexcept { return closed_; }
    std::size_t size() const noexcept { return count_; }

private:
    // Waits for a value, or for the end.
    class taker : public detail::waiter {
    public:
        taker(taker&&) = default;
        taker(channel& c, place where) noexcept : waiter(where), channel_(c) {}
        bool await_ready() const noexcept { return false; }
        template <class P>
        [[gnu::always_inline]] bool await_suspend(std::coroutine_handle<P> h)
        {
            if (!this->may_wait(h)) return this->refused();
            if (channel_.has_value()) {
                value.emplace(channel_.popped());
                return this->ready(h);
            }
            if (channel_.closed_) return this->ready(h);
            this->wait(h);
            channel_.popping_.push_back(*this);
            return true;
        }
        const char* name() const noexcept override { return "channel::pop"; }

        std::optional<T> value;

    protected:
        ~taker() = default;

    private:
        channel& channel_;
    };

    bool has_value() const noexcept { return count_ || !pushing_.empty(); }

    // To the task that has waited longest.
    void hand_over(T& value)
    {
        taker& t = static_cast<taker&>(popping_.front());
        t.value.emplace(std::move(value));
        t.grant();
    }

    // There must be one.
    T popped()
    {
        if (!count_) return from_push();
        std::optional<T>& place = places_[first_];
        T value = std::move(*place);
        place.reset();
        if (++first_ == places_.size()) first_ = 0;
        --count_;
        if (!pushing_.empty()) append(from_push());
        return value;
    }

    void append(T&& value)
    {
        std::size_t at = first_ + count_;
        places_[at < places_.size() ? at : at - places_.size()].emplace(
            std::move(value));
        ++count_;
    }

    T from_push()
    {
        push_op& p = static_cast<push_op&>(pushing_.front());
        T value = std::move(p.value_);
        p.taken_ = true;
        p.grant();
        return value;
    }

    detail::array<std::optional<T>> places_;
    std::size_t first_ = 0, count_ = 0;
    bool closed_ = false;
    detail::waiters pushing_, popping_;
};

template <class T>
class channel<T>::pop_op final : public taker {
public:
    using taker::taker;
    [[gnu::always_inline]] T await_resume()
    {
        this->throw_if_canceled();
        if (!this->value) detail::raise(channel_closed());
        return std::move(*this->value);
    }
    std::error_code failure() const noexcept
    {
        if (!this->canceled_ && !this->value)
            return std::make_error_code(std::errc::broken_pipe);
        return detail::operation::failure();
    }
};

template <class T>
class channel<T>::next_op final : public taker {
public:
    using taker::taker;
    [[gnu::always_inline]] std::optional<T> await_resume()
    {
        this->throw_if_canceled();
        return std::move(this->value);
    }
};

template <class T>
class channel<T>::push_op final : public detail::waiter {
public:
    template <class V>
    push_op(channel& c, V&& value, place where)
        : waiter(where), channel_(c), value_(std::forward<V>(value))
    {
    }

    bool await_ready() const noexcept { return false; }
    template <class P>
    [[gnu::always_inline]] bool await_suspend(std::coroutine_handle<P> h)
    {
        if (!this->may_wait(h)) return this->refused();
        if (!channel_.popping_.empty()) {  // for ever, somebody would pop
            channel_.hand_over(value_);
            return taken_ = true, false;
        }
        taken_ = channel_.try_push(value_);
        if (taken_ || channel_.closed_) return this->ready(h);
        this->wait(h);
        channel_.pushing_.push_back(*this);
        return true;
    }
    [[gnu::always_inline]] void await_resume() const
    {
        this->throw_if_canceled();
        if (!taken_) detail::raise(channel_closed());
    }
    std::error_code failure() const noexcept
    {
        if (!this->canceled_ && !taken_)
            return std::make_error_code(std::errc::broken_pipe);
        return detail::operation::failure();
    }
    const char* name() const noexcept override { return "channel::push"; }

private:
    friend channel;
    channel& channel_;
    T value_;
    bool taken_ = false;
};

}  // namespace relev

#endif
