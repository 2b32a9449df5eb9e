// Functions that other threads pass to a loop.
//
// A list without a lock: post pushes a node and, if the list was empty, wakes
// the loop. The loop takes the whole list at once and runs it in the order of
// the posts.

#ifndef RELEVPP_DETAIL_POST_HPP
#define RELEVPP_DETAIL_POST_HPP

#include <atomic>

#include "../base.hpp"

namespace relev::detail {

// A posted function; `finish` destroys it after it has run, or instead.
struct post_node {
    post_node* next = nullptr;
    void (*finish)(post_node* node, bool run);
};

template <class F>
struct post_node_of : post_node {
    explicit post_node_of(F function) : f(std::move(function))
    {
        finish = [](post_node* node, bool run) {
            struct owner {
                post_node_of* node;
                ~owner() { delete node; }
            } own{static_cast<post_node_of*>(node)};
            if (run) own.node->f();
        };
    }

    F f;
};

class post_list : pinned {
public:
    ~post_list() { drop(); }

    // From any thread. True if the list was empty.
    bool push(post_node* node) noexcept
    {
        post_node* first = first_.load(std::memory_order_relaxed);
        do {
            node->next = first;
        } while (!first_.compare_exchange_weak(
            first, node, std::memory_order_release, std::memory_order_relaxed));
        return !first;
    }

    // Runs or only destroys what is in the list, the oldest first. A function
    // may throw: the rest stays in the list.
    void finish(bool run)
    {
        take();
        while (post_node* node = taken_) {
            taken_ = node->next;
            node->finish(node, run);
        }
        if (taken_ == nullptr) last_ = &taken_;
    }

    // Destroys what has not run, and what the destructors post.
    void drop() noexcept
    {
        do finish(false);
        while (first_.load(std::memory_order_relaxed));
    }

    // From any thread: what was pushed has not all been taken.
    bool has_new() const noexcept
    {
        return first_.load(std::memory_order_relaxed) != nullptr;
    }
    bool has_rest() const noexcept { return taken_ != nullptr; }

private:
    // Appends what was posted, in its order, to what an exception left over.
    void take() noexcept
    {
        post_node* node = first_.exchange(nullptr, std::memory_order_acquire);
        post_node* in_order = nullptr;
        while (node) {
            post_node* next = node->next;
            node->next = in_order;
            in_order = node;
            node = next;
        }
        last_ = &taken_;
        while (*last_) last_ = &(*last_)->next;
        *last_ = in_order;
    }

    std::atomic<post_node*> first_{nullptr};
    post_node* taken_ = nullptr;
    post_node** last_ = &taken_;
};

}  // namespace relev::detail

#endif
