// Memory and failure: the allocator hook, the error reports, Array<T>.
//
// Out of memory ends the process, as documented for ev_set_allocator. So no
// function that allocates can fail.

#ifndef EVI_ARRAY_HH
#define EVI_ARRAY_HH

#include "config.hh"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <new>
#include <type_traits>

namespace evi { namespace {

using AllocatorCallback = void* (*)(void*, long);
using SyserrCallback = void (*)(const char*);

// Shared by all loops; set before the first loop is made.
struct Hooks {
    AllocatorCallback allocator;  // null: the C library
    SyserrCallback syserr;        // null: print and abort
};

Hooks hooks;

// Prints one line on standard error. Without stdio, so that it works anywhere,
// also in a signal handler.
inline void print(const char* a, const char* b, const char* c)
{
    const char* texts[] = {a, b, c, "\n"};
    for (const char* text : texts)
        if (write(2, text, strlen(text)) < 0) return;
}

// realloc that never fails: size 0 frees and returns null, out of memory ends
// the process.
inline void* memory_resize(void* old, size_t size)
{
    void* p = nullptr;
    if (hooks.allocator) p = hooks.allocator(old, static_cast<long>(size));
    else if (size) p = realloc(old, size);
    else free(old);

    if (p || !size) return p;
    print("(libev) cannot allocate memory, aborting.", "", "");
    abort();
}

inline void memory_free(void* p)
{
    if (p) memory_resize(p, 0);
}

// New memory, all bytes zero.
template <class T>
T* memory_new()
{
    static_assert(std::is_trivially_destructible<T>::value, "no destructors");
    void* p = memory_resize(nullptr, sizeof(T));
    memset(p, 0, sizeof(T));
    return static_cast<T*>(p);
}

// A system call failed, with errno set. If the user's callback returns, the
// caller goes on or tries again; without a callback the process ends.
[[gnu::noinline]] void syserr(const char* what)
{
    if (hooks.syserr) return hooks.syserr(what);
    print(what, ": ", strerror(errno));
    abort();
}

// For verify(): unlike assert, it is never compiled out.
inline void verify_that(bool holds, const char* what)
{
    if (holds) return;
    print("(libev) corrupted: ", what, "");
    abort();
}

// A growing array of plain values. All bytes zero is an empty array. It has no
// destructor: free() releases the memory.
//
// Invariant: data[0 .. capacity) is allocated, data[0 .. count) is in use.
template <class T>
struct Array {
    static_assert(std::is_trivially_copyable<T>::value, "moved by realloc");

    T* data;
    int count;
    int capacity;

    T& operator[](int i)
    {
        assert(i >= 0 && i < count);
        return data[i];
    }

    const T& operator[](int i) const
    {
        assert(i >= 0 && i < count);
        return data[i];
    }

    void push(T value)  // by value: it may be an element of this array
    {
        if (unlikely(count == capacity)) return push_growing(value);
        data[count++] = value;
    }

    T pop()
    {
        assert(count > 0);
        return data[--count];
    }

    void reserve(int n)
    {
        if (n > capacity) grow(n);
    }

    // Makes [0 .. n) usable; new elements are zero. Never shrinks.
    void extend(int n)
    {
        if (unlikely(n > count)) extend_zero(n);
    }

    // Frees memory if the array is large and mostly unused.
    void trim()
    {
        if (capacity > keep && capacity / 8 >= count) resize(2 * count);
    }

    void free()
    {
        memory_free(data);
        data = nullptr;
        count = capacity = 0;
    }

    void verify() const
    {
        verify_that(count >= 0 && count <= capacity, "array count");
        verify_that(!capacity == !data, "array memory");
    }

private:
    static constexpr int least = max<int>(1, 64 / int(sizeof(T)));
    static constexpr int keep = 16384 / int(sizeof(T));

    [[gnu::noinline]] void resize(int room)
    {
        if (!room) return free();
        data = static_cast<T*>(
            memory_resize(data, static_cast<size_t>(room) * sizeof(T)));
        capacity = room;
    }

    [[gnu::noinline]] void grow(int n)
    {
        // A small array doubles. A large one grows by half, so that at most a
        // third of it is unused. Near INT_MAX it grows to exactly n.
        int more = capacity < keep ? capacity : capacity / 2;
        resize(capacity > (1 << 29) ? n : max(n, max(capacity + more, least)));
    }

    [[gnu::noinline]] void push_growing(T value)
    {
        grow(count + 1);
        push(value);
    }

    [[gnu::noinline]] void extend_zero(int n)
    {
        reserve(n);
        memset(static_cast<void*>(data + count), 0,
               static_cast<size_t>(n - count) * sizeof(T));
        count = n;
    }
};

}}  // evi

#endif
