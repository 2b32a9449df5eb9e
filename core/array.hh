// Memory and failure: the hooks of the program, a message, Array<T>.
//
// Out of memory ends the process, as documented for ev_set_allocator. So a
// function that allocates cannot fail, unless it is called ..._try.

#ifndef EVI_ARRAY_HH
#define EVI_ARRAY_HH

#include "config.hh"

#include <assert.h>
#include <stdint.h>
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

// Like realloc; size 0 frees. Null also means: no memory, `old` is unchanged.
[[gnu::cold]] inline void* memory_resize_try(void* old, size_t size)
{
    if (hooks.allocator) return hooks.allocator(old, static_cast<long>(size));
    if (size) return realloc(old, size);
    free(old);
    return nullptr;
}

[[gnu::cold, gnu::noinline]] inline void memory_none()
{
    print("(libev) cannot allocate memory, aborting.", "", "");
    abort();
}

// The same, but it never fails: out of memory ends the process.
[[gnu::cold]] inline void* memory_resize(void* old, size_t size)
{
    void* p = memory_resize_try(old, size);
    if (!p && size) memory_none();
    return p;
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

// Does f hold for begin .. end - 1? Of many only a sample is examined, which
// the golden ratio distributes evenly.
template <class F>
bool sample(int begin, int end, F f)
{
    constexpr int some = 64;
    int n = end - begin;
    uint32_t part = 0;
    for (int i = 0; i < min(n, some); ++i, part += 0x9e3779b9) {
        uint64_t at = n > some ? uint64_t(part) * static_cast<uint64_t>(n) >> 32
                               : static_cast<uint64_t>(i);
        if (!f(begin + static_cast<int>(at))) return false;
    }
    return true;
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

// Clears the first bytes of the unused element capacity / 8, and returns what
// they were: not 0 if the element was used since the last call.
[[gnu::cold, gnu::noinline]] inline uint64_t array_mark(AnyArray& a,
                                                        size_t size)
{
    assert(a.count <= a.capacity / 8);
    void* at =
        static_cast<char*>(a.data) + static_cast<size_t>(a.capacity / 8) * size;
    uint64_t was = 0;
    memcpy(&was, at, min(size, sizeof was));
    memset(at, 0, min(size, sizeof was));
    return was;
}

// False: no memory, and the array is unchanged.
[[gnu::cold, gnu::noinline]] inline bool array_resize_try(AnyArray& a, int room,
                                                          size_t size)
{
    assert(room && room >= a.count);
    void* data = memory_resize_try(a.data, static_cast<size_t>(room) * size);
    if (!data) return false;
    a.data = data;
    a.capacity = room;
    if (fast_code && a.count <= room / 8) array_mark(a, size);
    return true;
}

// At least to n elements. An array doubles: pages that are not used yet take no
// memory. Near INT_MAX it grows to exactly n.
[[gnu::cold, gnu::noinline]] inline bool array_grow_try(AnyArray& a, int n,
                                                        size_t size)
{
    int least = max(1, 64 / static_cast<int>(size));
    bool huge = a.capacity > 1 << 29;
    int room = huge ? n : max(n, max(2 * a.capacity, least));
    return array_resize_try(a, room, size);
}

[[gnu::cold, gnu::noinline]] inline void array_grow(AnyArray& a, int n,
                                                    size_t size)
{
    if (!array_grow_try(a, n, size)) memory_none();
}

// Hot: code for size would clear the memory byte by byte.
[[gnu::hot, gnu::noinline]] inline void array_extend(AnyArray& a, int n,
                                                     size_t size)
{
    if (n > a.capacity) array_grow(a, n, size);
    memset(static_cast<char*>(a.data) + static_cast<size_t>(a.count) * size, 0,
           static_cast<size_t>(n - a.count) * size);
    a.count = n;
}

[[gnu::cold, gnu::noinline]] inline void array_free(AnyArray& a)
{
    memory_free(a.data);
    a = {};
}

// An array above 16 kB shrinks if it has used less than an eighth since the
// last call. So a steady loop allocates nothing, whatever it uses between two
// calls. If the allocator refuses, the old block stays.
[[gnu::cold, gnu::noinline]] inline void array_trim(AnyArray& a, size_t size)
{
    int small = 4096 / static_cast<int>(size);
    if (a.capacity <= 4 * small || a.capacity / 8 < a.count) return;
    if (!array_mark(a, size))
        array_resize_try(a, max(2 * a.count, small), size);
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
    static_assert(sizeof(T) <= 1024, "a small block holds several");

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
        reserve(count + 1);
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

    // The same; false: no memory, and the array is unchanged.
    bool reserve_try(int n)
    {
        return n <= capacity || array_grow_try(any(), n, sizeof(T));
    }

    T* begin() const { return data; }
    T* end() const { return data + count; }

    // Makes [0 .. n) usable; new elements are zero. Never shrinks.
    void extend(int n)
    {
        if (unlikely(n > count)) array_extend(any(), n, sizeof(T));
    }

    // Frees memory if the array is large, and mostly unused since the last
    // call.
    void trim() { array_trim(any(), sizeof(T)); }

    void shrink(int room)  // to that capacity, or the count
    {
        room = max(max(room, count), 1);
        if (room < capacity) array_resize_try(any(), room, sizeof(T));
    }

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
};

}}  // evi

#endif
