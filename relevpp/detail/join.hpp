// A group of fibers, and the operation that waits for their end.

#ifndef RELEVPP_DETAIL_JOIN_HPP
#define RELEVPP_DETAIL_JOIN_HPP

#include "../loop.hpp"

namespace relev { namespace detail {

// A group whose owner waits until its fibers have ended.
class joined_group : public group {
public:
    explicit joined_group(place where) noexcept : group(where) {}

    // The first error counts; the loop's handler gets the others.
    void note_error(std::exception_ptr error) noexcept
    {
        if (!error_) error_ = std::move(error);
        else owner->of_loop().unhandled(std::move(error));
        cancel();
    }

    // A task was canceled, by whatever: the group is not complete.
    void note_canceled() noexcept { incomplete_ = true; }
    bool is_incomplete() const noexcept { return incomplete_; }

    void rethrow()
    {
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    }
    bool has_failed() const noexcept { return error_ != nullptr; }

    // The last fiber has ended: the owner continues if it waits for that.
    virtual void all_ended() noexcept {}

protected:
    ~joined_group() = default;

private:
    std::exception_ptr error_;
    bool incomplete_ = false;
};

class join_op final : public operation {
public:
    join_op(bool& waits, const char* name, place where) noexcept
        : operation(where), on_(waits), name_(name)
    {
    }

    bool await_ready() const noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> h) noexcept
    {
        owner_ = h.promise().owner;
        wait(h);
        on_ = true;
    }
    void await_resume() const noexcept {}

    void complete() noexcept { resume_soon(); }
    bool asked_to_end() noexcept override { return true; }
    void abandon() noexcept override { on_ = false; }
    const char* name() const noexcept override { return name_; }

private:
    bool& on_;
    const char* name_;
};

}  // namespace detail
}  // namespace relev

#endif
