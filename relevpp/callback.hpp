// callback<R(Args...)>: a function object of any type, stored in place. It
// gives a name to the type of a watcher that is a member of a class.

#ifndef RELEVPP_CALLBACK_HPP
#define RELEVPP_CALLBACK_HPP

#include <cstddef>
#include <new>

#include "base.hpp"

namespace relev {
namespace detail {

// What calls the function object of a watcher; it lies just before the watcher.
struct alignas(ev_any_watcher) watcher_entry {
    void (*call_object)(struct ev_loop* loop, void* w, int revents);
};

}  // namespace detail

template <class Signature>
class callback;

template <class R, class... Args>
class callback<R(Args...)> {
public:
    // The largest function object that it can store. It never allocates.
    static constexpr std::size_t capacity = 32;

    template <class F>
    requires(
        !std::is_same_v<
            std::remove_cvref_t<F>,
            callback> && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
        callback(F&& f)
        : row_(&row_of<std::decay_t<F>>)
    {
        using Stored = std::decay_t<F>;
        static_assert(sizeof(Stored) <= capacity,
                      "the closure is too big for a callback: capture "
                      "pointers or references");
        static_assert(alignof(Stored) <= alignof(std::max_align_t),
                      "the closure is over-aligned");
        static_assert(std::is_nothrow_move_constructible_v<Stored>,
                      "the closure must move without throwing");
        ::new (static_cast<void*>(place_)) Stored(std::forward<F>(f));
    }

    callback(callback&& other) noexcept : row_(other.row_)
    {
        row_->move(place_, other.place_);
    }

    callback& operator=(callback&& other) noexcept
    {
        if (this == &other) return *this;
        row_->destroy(place_);
        row_ = other.row_;
        row_->move(place_, other.place_);
        return *this;
    }

    ~callback() { row_->destroy(place_); }

    R operator()(Args... args)
    {
        return row_->call(place_, std::forward<Args>(args)...);
    }

    // For the watcher classes: the callback of a watcher that has this object.
    // Each type of closure has a function of its own, whose address dumps and
    // metrics of the loop show.
    auto entry() const noexcept { return row_->entry; }

private:
    struct row {
        void (*entry)(struct ev_loop* loop, void* w, int revents);
        R (*call)(void* place, Args... args);
        void (*move)(void* to, void* from) noexcept;
        void (*destroy)(void* place) noexcept;
    };

    template <class F>
    static void entry_of(struct ev_loop* l, void* w, int revents)
    {
        (static_cast<detail::watcher_entry*>(w) - 1)
            ->call_object(l, w, revents);
    }

    template <class F>
    static constexpr row row_of = {
        entry_of<F>,
        [](void* place, Args... args) -> R {
            return (*static_cast<F*>(place))(std::forward<Args>(args)...);
        },
        [](void* to, void* from) noexcept {
            ::new (to) F(std::move(*static_cast<F*>(from)));
        },
        [](void* place) noexcept { static_cast<F*>(place)->~F(); }};

    const row* row_;
    alignas(std::max_align_t) unsigned char place_[capacity];
};

}  // namespace relev

#endif
