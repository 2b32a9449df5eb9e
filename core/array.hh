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
[[gnu::cold]] inline void print(const char* a, const char* b, const char* c)
{
    const char* texts[] = {a, b, c, "\n"};
    for (const char* text : texts)
        if (write(2, text, strlen(text)) < 0) return;
}

// realloc; size 0 frees. Null: there is no memory.
[[gnu::cold]] inline void* memory_try(void* old, size_t size)
{
    if (hooks.allocator) return hooks.allocator(old, static_cast<long>(size));
    if (size) return realloc(old, size);
    free(old);
    return nullptr;
}

// The same, but never fails: out of memory ends the process.
[[gnu::cold]] inline void* memory_resize(void* old, size_t size)
{
    void* p = memory_try(old, size);
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
[[gnu::cold, gnu::noinline]] void syserr(const char* what)
{
    if (hooks.syserr) return hooks.syserr(what);
    print(what, ": ", strerror(errno));
    abort();
}

// For verify(): unlike assert, it is never compiled out.
[[gnu::cold]] inline void verify_that(bool holds, const char* what)
{
    if (holds) return;
    print("(libev) corrupted: ", what, "");
    abort();
}

// What arrays of all types share: one function for all of them, as growing and
// freeing are slow paths. `size` is that of an element.
//
// Invariant: data[0 .. capacity) is allocated, data[0 .. count) is in use.
struct [[gnu::may_alias]] AnyArray {
    void* data;
    int count;
    int capacity;
};

[[gnu::cold, gnu::noinline]] inline void array_resize(AnyArray& a, int room,
                                                      size_t size)
{
    assert(room >= a.count);
    a.data = memory_resize(a.data, static_cast<size_t>(room) * size);
    a.capacity = room;
}

// At least to n elements.
[[gnu::cold, gnu::noinline]] inline void array_grow(AnyArray& a, int n,
                                                    size_t size)
{
    // A small array doubles. A large one grows by half, so that at most a third
    // of it is unused. Near INT_MAX it grows to exactly n.
    auto bytes = static_cast<int>(size);
    int more = a.capacity < 16384 / bytes ? a.capacity : a.capacity / 2;
    int least = max(1, 64 / bytes);
    bool huge = a.capacity > 1 << 29;
    array_resize(a, huge ? n : max(n, max(a.capacity + more, least)), size);
}

[[gnu::noinline]] inline void array_extend(AnyArray& a, int n, size_t size)
{
    if (n > a.capacity) array_grow(a, n, size);
    memset(static_cast<char*>(a.data) + static_cast<size_t>(a.count) * size, 0,
           static_cast<size_t>(n - a.count) * size);
    a.count = n;
}

[[gnu::noinline]] inline void array_free(AnyArray& a)
{
    memory_free(a.data);
    a = {};
}

[[gnu::cold, gnu::noinline]] inline void array_trim(AnyArray& a, size_t size)
{
    bool large = static_cast<size_t>(a.capacity) > 16384 / size;
    if (!large || a.capacity / 8 < a.count) return;
    if (a.count) array_resize(a, 2 * a.count, size);
    else array_free(a);
}

[[gnu::cold, gnu::noinline]] inline void array_verify(const AnyArray& a)
{
    verify_that(a.count >= 0 && a.count <= a.capacity, "array count");
    verify_that(!a.capacity == !a.data, "array memory");
}

// A growing array of plain values. All bytes zero is an empty array. It has no
// destructor: free() releases the memory.
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

    [[gnu::always_inline]] void push(
        T value)  // by value: it may be an element of this array
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
        if (unlikely(n > capacity)) array_grow(any(), n, sizeof(T));
    }

    // Makes [0 .. n) usable; new elements are zero. Never shrinks.
    void extend(int n)
    {
        if (unlikely(n > count)) array_extend(any(), n, sizeof(T));
    }

    // Frees memory if the array is large and mostly unused.
    void trim() { array_trim(any(), sizeof(T)); }

    void free() { array_free(any()); }

    void verify() const
    {
        array_verify(reinterpret_cast<const AnyArray&>(*this));
    }

private:
    AnyArray& any()
    {
        static_assert(sizeof(Array) == sizeof(AnyArray), "the same members");
        return reinterpret_cast<AnyArray&>(*this);
    }

    [[gnu::noinline]] void push_growing(T value)
    {
        reserve(count + 1);
        push(value);
    }
};

}}  // evi

#endif
