// Memory that may be freed or unmapped: the kernel is asked to copy it, and
// refuses where a program would crash. If it refuses everything, nothing is
// known of the memory, and nothing is reported.

#include "debug.hh"

#if RELEV_DEBUG

#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>

namespace evi { namespace {

// Does the kernel read a few bytes there? It does so before it refuses the
// operation, which does not exist; an emulator may not. Of the ways to ask,
// this is the fastest, and it needs no descriptor, whose number the program
// would see.
bool Memory::asked_readable(uintptr_t address)
{
    constexpr int nothing = -1;
    ++asked;
    auto* set = reinterpret_cast<const void*>(address);
    return !syscall(SYS_rt_sigprocmask, nothing, set, nullptr, _NSIG / 8)
        || errno != EFAULT;
}

bool Memory::page_readable(uintptr_t page)
{
    for (int i = 0; i < min(found, most); ++i)
        if (pages[i] == page) return true;
    if (!asked_readable(page)) return false;
    pages[found++ % most] = page;
    return true;
}

Copy Memory::copy_by_kernel(void* to, const void* from, size_t size)
{
    iovec here = {to, size}, there = {const_cast<void*>(from), size};
    ssize_t n = process_vm_readv(process_id(), &here, 1, &there, 1, 0);
    if (n == static_cast<ssize_t>(size)) return Copy::done;
    bool unmapped = n >= 0 || errno == EFAULT;
    return unmapped ? Copy::unmapped : Copy::unknown;
}

Copy Memory::copy(void* to, const void* from, size_t size)
{
    assert(size && size <= page_least);
    int error = errno;
    Copy copied = Copy::done;
    if (!asked) answers = !asked_readable(no_page);
    auto begin = reinterpret_cast<uintptr_t>(from);
    uintptr_t first = begin & ~(page_least - 1);
    uintptr_t last = (begin + size - 1) & ~(page_least - 1);
    if (!answers) copied = copy_by_kernel(to, from, size);
    else if (!page_readable(first) || !page_readable(last))
        copied = Copy::unmapped;
    else memcpy(to, from, size);
    errno = error;
    return copied;
}

Copy memory_copy(void* to, const void* from, size_t size)
{
    Memory memory = {};
    return memory.copy(to, from, size);
}

void* pages_new(size_t size)
{
    void* p = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p != MAP_FAILED) return p;
    print("relev-debug: cannot allocate memory", "", "");
    abort();
}

void pages_free(void* p, size_t size) { munmap(p, size); }

}}  // evi

#endif
