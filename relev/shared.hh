// A number that the loop's thread writes, and any thread may read.

#ifndef EVI_SHARED_HH
#define EVI_SHARED_HH

#include "../core/config.hh"

#include <stdint.h>

namespace evi { namespace {

// Adds 1. A compiler makes three instructions of a load and a store, where the
// processor has one; another thread cannot see it half done either.
#if defined __x86_64__ && defined __GNUC__

inline void shared_count(uint64_t& number)
{
    __asm__("addq $1, %0" : "+m"(number) : : "cc");
}

#else

inline void shared_count(uint64_t& number)
{
    constexpr bool atomic = __atomic_always_lock_free(sizeof number, nullptr);
    if (!atomic) return static_cast<void>(++number);
    uint64_t before = __atomic_load_n(&number, __ATOMIC_RELAXED);
    __atomic_store_n(&number, before + 1, __ATOMIC_RELAXED);
}

#endif

// Relaxed atomic: one instruction each. On processors that cannot write so many
// bits at once (some of 32 bits), other threads may see a half of two values.
// If `ordered`, in the order of the program.
template <class T, bool ordered = false>
struct Shared {
    T value;

    static constexpr int load = ordered ? __ATOMIC_ACQUIRE : __ATOMIC_RELAXED;
    static constexpr int store = ordered ? __ATOMIC_RELEASE : __ATOMIC_RELAXED;

    static constexpr bool atomic =
        __atomic_always_lock_free(sizeof(T), nullptr);

    operator T() const
    {
        T result = {};
        if (atomic) __atomic_load(&value, &result, load);
        else result = *const_cast<const volatile T*>(&value);
        return result;
    }

    Shared& operator=(T to)
    {
        if (atomic) __atomic_store(&value, &to, store);
        else *const_cast<volatile T*>(&value) = to;
        return *this;
    }

    template <class U>
    void operator+=(U by)
    {
        *this = *this + by;
    }

    void operator++() { shared_count(value); }
};

using Counter = Shared<uint64_t>;

// Sets all of an array to 0.
template <class T, int n>
void shared_clear(Shared<T> (&all)[n])
{
    for (auto& one : all) one = T();
}

}}  // evi

#endif
