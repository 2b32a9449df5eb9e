// The memory of coroutine frames: kept by each thread for the next frame of
// that size, until the thread ends.

#ifndef RELEVPP_DETAIL_FRAMES_HPP
#define RELEVPP_DETAIL_FRAMES_HPP

#include <cstddef>
#include <new>

#include "../base.hpp"

namespace relev::detail {

// The address sanitizer must see every frame that is freed.
#if defined __SANITIZE_ADDRESS__
inline constexpr bool frames_are_kept = false;
#elif defined __has_feature
#if __has_feature(address_sanitizer)
inline constexpr bool frames_are_kept = false;
#else
inline constexpr bool frames_are_kept = true;
#endif
#else
inline constexpr bool frames_are_kept = true;
#endif

// Frames of up to 8 KiB in classes of 64 bytes, the larger ones of 128: tasks
// that run after each other should use the same frame. At most 1 MiB of each
// class.
struct frame_cache {
    static constexpr std::size_t classes = 68, limit = 1024 * 1024;
    static constexpr std::size_t class_of(std::size_t size) noexcept
    {
        return size <= 384 ? (size + 63) / 64 : (size + 127) / 128 + 3;
    }
    static constexpr std::size_t size_of(std::size_t k) noexcept
    {
        return k <= 6 ? k * 64 : (k - 3) * 128;
    }

    struct block {
        block* next;
    };
    struct row {
        block* first;
        unsigned count;
    };

    row rows[classes];
    bool used;  // the thread keeps frames

    void clear() noexcept
    {
        for (row& r : rows) {
            while (block* b = r.first) {
                r.first = b->next;
                ::operator delete(b);
            }
            r.count = 0;
        }
    }
};

inline constinit thread_local frame_cache frames{};

// From now on this thread keeps frames. Only a thread that makes or runs a loop
// does, so that the others pay nothing for the destructor.
inline void keep_frames() noexcept
{
    struct keeping {
        keeping() noexcept { frames.used = true; }
        ~keeping()
        {
            frames.used = false;
            frames.clear();
        }
    };
    static thread_local keeping until_thread_ends;
    (void)until_thread_ends;
}

inline void* frame_new(std::size_t size)
{
    std::size_t k = frame_cache::class_of(size);
    frame_cache& cache = frames;
    if (k < frame_cache::classes) {
        frame_cache::row& r = cache.rows[k];
        if (frame_cache::block* b = r.first) {
            r.first = b->next;
            --r.count;
            return b;
        }
    }
    return ::operator new(frame_cache::size_of(k));
}

inline void frame_delete(void* frame, std::size_t size) noexcept
{
    std::size_t k = frame_cache::class_of(size);
    frame_cache& cache = frames;
    if (frames_are_kept && k < frame_cache::classes && cache.used
        && cache.rows[k].count * frame_cache::size_of(k) < frame_cache::limit) {
        frame_cache::row& r = cache.rows[k];
        r.first = ::new (frame) frame_cache::block{r.first};
        ++r.count;
    } else {
        ::operator delete(frame);
    }
}

}  // namespace relev::detail

#endif
