// Counts the allocations of a test program. One file of it includes this.

#ifndef ALLOCATIONS_HELP_HH
#define ALLOCATIONS_HELP_HH

#include <cstdlib>
#include <new>

static long allocations;

[[gnu::noinline]] void* operator new(std::size_t size)
{
    ++allocations;
    if (void* p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}

#endif
