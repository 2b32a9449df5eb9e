// Doubly linked lists of objects that contain their own links: nothing is
// allocated, and an object leaves its list in constant time.

#ifndef RELEVPP_DETAIL_LIST_HPP
#define RELEVPP_DETAIL_LIST_HPP

#include "../base.hpp"

namespace relev::detail {

// Says of a hook that it is unlinked only while it is in a list.
struct loose {};

// A place in a ring; alone, it is its own neighbor, unless it is loose. An
// object that can be in two lists at a time has hooks with different tags. An
// object that is destroyed in a list has to leave it first.
template <class Tag>
class hook : pinned {
public:
    hook() noexcept : next_(this), prev_(this) {}
    explicit hook(loose) noexcept {}

    bool is_linked() const noexcept { return next_ != this; }

    void unlink() noexcept
    {
        leave();
        next_ = prev_ = this;
    }

    // The same for a loose hook.
    void leave() noexcept
    {
        prev_->next_ = next_;
        next_->prev_ = prev_;
    }

protected:
    template <class, class>
    friend class list;

    void link_before(hook& other) noexcept
    {
        prev_ = other.prev_;
        next_ = &other;
        prev_->next_ = other.prev_ = this;
    }

    hook* next_;
    hook* prev_;
};

template <class T, class Tag>
class list : hook<Tag> {
public:
    using hook_type = hook<Tag>;

    list() = default;
    ~list() { this->unlink(); }

    bool empty() const noexcept { return !this->is_linked(); }
    T& front() noexcept { return of(this->next_); }
    void push_back(T& t) noexcept { as_hook(t).link_before(*this); }

    T& pop_front() noexcept
    {
        T& first = front();
        as_hook(first).unlink();
        return first;
    }

    // Appends all of the other list, which is empty then.
    void take(list& other) noexcept
    {
        while (!other.empty()) push_back(other.pop_front());
    }

    // Calls f for each; f may unlink the one that it gets.
    template <class F>
    void each(F f)
    {
        for (hook_type *h = this->next_, *next; h != this; h = next) {
            next = h->next_;
            f(of(h));
        }
    }

private:
    static hook_type& as_hook(T& t) noexcept { return t; }
    static T& of(hook_type* h) noexcept { return static_cast<T&>(*h); }
};

}  // namespace relev::detail

#endif
