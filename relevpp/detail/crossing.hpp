// An operation that other threads complete, by a message to its loop.

#ifndef RELEVPP_DETAIL_CROSSING_HPP
#define RELEVPP_DETAIL_CROSSING_HPP

#include "../loop.hpp"

namespace relev { namespace detail {

struct crossing_tag;

// While it waits it keeps the loop running: others can complete it.
class crossing : public operation, message {
protected:
    explicit crossing(place where) noexcept : operation(where) {}
    crossing(crossing&& other) noexcept : operation(std::move(other)), message()
    {
    }
    ~crossing() = default;

    void enter(std::coroutine_handle<> h) noexcept
    {
        wait(h);
        ev_ref(owner_->raw());
    }

    // It is complete. From any thread, once, and not after `forget`.
    void send() noexcept { owner_->of_loop().gate()->send(*this); }

    // It does not wait any more.
    void forget() noexcept
    {
        owner_->of_loop().gate()->forget(*this);
        ev_unref(owner_->raw());
    }

private:
    void arrive() noexcept final
    {
        ev_unref(owner_->raw());
        resume_soon();
    }
};

}  // namespace detail
}  // namespace relev

#endif
