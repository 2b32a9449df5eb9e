// The operations of loop_channel.hpp.

#ifndef RELEVPP_DETAIL_LOOP_CHANNEL_OPS_HPP
#define RELEVPP_DETAIL_LOOP_CHANNEL_OPS_HPP

#include "../loop_channel.hpp"

namespace relev {

// A task that waits.
template <class T>
class loop_channel<T>::op : public detail::crossing, public crosser {
public:
    bool await_ready() const noexcept { return false; }

    // In the lock: as `wait` in other threads' eyes begins here.
    void abandon() noexcept final
    {
        {
            locked here(channel_.lock_);
            crosser::unlink();
        }
        this->forget();  // nobody wakes it any more
        give_up();
    }
    void wake() noexcept final { this->send(); }

protected:
    op(loop_channel& c, place where) noexcept : crossing(where), channel_(c) {}
    op(op&& other) noexcept
        : crossing(std::move(other)), channel_(other.channel_)
    {
        assert(!other.done);
    }
    ~op() = default;

    void begin_wait(std::coroutine_handle<> h, crossers& in) noexcept
    {
        this->enter(h);
        in.push_back(*this);
    }

    virtual void give_up() noexcept {}

    std::error_code failure_unless(bool complete) const noexcept
    {
        if (!this->canceled_ && !complete)
            return std::make_error_code(std::errc::broken_pipe);
        return detail::operation::failure();
    }

    loop_channel& channel_;
};

template <class T>
class loop_channel<T>::push_op final : public op {
public:
    push_op(loop_channel& c, T&& value, place where) noexcept
        : op(c, where), value_(std::move(value))
    {
    }
    push_op(push_op&& other) noexcept
        : op(std::move(other)), value_(std::move(other.value_))
    {
    }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        if (!this->may_wait(h)) return this->refused();
        this->pushed = &value_;
        locked here(this->channel_.lock_);
        this->done = this->channel_.put(value_);
        if (this->done || this->channel_.closed_) {
            here.unlock();
            return this->ready(h);
        }
        this->begin_wait(h, this->channel_.pushing_);
        return true;
    }
    void await_resume() const
    {
        this->throw_if_canceled();
        if (!this->done) detail::raise(channel_closed());
    }
    std::error_code failure() const noexcept
    {
        return this->failure_unless(this->done);
    }
    const char* name() const noexcept override { return "loop_channel::push"; }

    // What was pushed cannot be canceled: the message comes soon.
    bool asked_to_end() noexcept override
    {
        locked here(this->channel_.lock_);
        static_cast<crosser*>(this)->unlink();  // from now on nobody takes it
        return this->done;
    }

private:
    T value_;
};

// Waits for a value, or for the end.
template <class T>
class loop_channel<T>::taker : public op {
public:
    taker(loop_channel& c, place where) noexcept : op(c, where) {}
    taker(taker&&) = default;

    template <class P>
    bool await_suspend(std::coroutine_handle<P> h)
    {
        if (!this->may_wait(h)) return this->refused();
        locked here(this->channel_.lock_);
        this->done = this->channel_.claim();
        if (this->done || this->channel_.has_ended()) {
            here.unlock();
            return this->ready(h);
        }
        this->begin_wait(h, this->channel_.popping_);
        return true;
    }
    const char* name() const noexcept override { return "loop_channel::pop"; }

protected:
    ~taker() { give_up(); }  // if it was destroyed before it was resumed

    std::optional<T> value()
    {
        this->throw_if_canceled();
        if (!std::exchange(this->done, false)) return std::nullopt;
        locked here(this->channel_.lock_);
        return this->channel_.taken();
    }

private:
    void give_up() noexcept final
    {
        if (!std::exchange(this->done, false)) return;
        locked here(this->channel_.lock_);
        --this->channel_.claims_;
        this->channel_.settle();
    }
};

template <class T>
class loop_channel<T>::pop_op final : public taker {
public:
    using taker::taker;
    T await_resume()
    {
        std::optional<T> popped = this->value();
        if (!popped) detail::raise(channel_closed());
        return std::move(*popped);
    }
    std::error_code failure() const noexcept
    {
        return this->failure_unless(this->done);
    }
};

template <class T>
class loop_channel<T>::next_op final : public taker {
public:
    using taker::taker;
    std::optional<T> await_resume() { return this->value(); }
};

}  // namespace relev

#endif
