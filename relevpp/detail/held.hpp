// Owning pointers. Those of <memory> would be a fifth of the compile time of
// relev.hpp.

#ifndef RELEVPP_DETAIL_HELD_HPP
#define RELEVPP_DETAIL_HELD_HPP

#include <cstddef>
#include <utility>

#include "../base.hpp"

namespace relev::detail {

// One of the holders of an object that counts them: by hold and drop, which
// deletes it for the last one. Any thread may copy and destroy its own.
template <class T>
class held {
public:
    held() = default;
    // Instead of the holder that made the object.
    explicit held(T* made) noexcept : to_(made) {}
    held(const held& other) noexcept : to_(other.to_)
    {
        if (to_) to_->hold();
    }
    held(held&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
    held& operator=(held other) noexcept
    {
        std::swap(to_, other.to_);
        return *this;
    }
    ~held()
    {
        if (to_) to_->drop();
    }

    T& operator*() const noexcept { return *to_; }
    T* operator->() const noexcept { return to_; }

private:
    T* to_ = nullptr;
};

// Objects, as many as are made with it.
template <class T>
class array : pinned {
public:
    explicit array(std::size_t size) : all_(new T[size]()), size_(size) {}
    ~array() { delete[] all_; }

    std::size_t size() const noexcept { return size_; }
    T& operator[](std::size_t i) noexcept { return all_[i]; }
    T* begin() noexcept { return all_; }
    T* end() noexcept { return all_ + size_; }

private:
    T* const all_;
    const std::size_t size_;
};

}  // namespace relev::detail

#endif
