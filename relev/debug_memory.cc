// Memory that may be freed or unmapped: the kernel is asked to copy it, and
// refuses where a program would crash. If it refuses everything, nothing is
// known of the memory, and nothing is reported.

#include "debug.hh"

#if RELEV_DEBUG

#include <signal.h>
#include <sys/mman.h>

namespace evi { namespace {

// Does the kernel read a few bytes there? It does so before it refuses the
// operation, which does not exist; an emulator may not.
bool readable(const void* from)
{
    constexpr int nothing = -1;
    return !syscall(SYS_rt_sigprocmask, nothing, from, nullptr, _NSIG / 8)
        || errno != EFAULT;
}

// Where process_vm_readv is forbidden, as in some containers. A descriptor is
// not used: the program would see its number.
Copy memory_copy_probed(void* to, const void* from, size_t size)
{
    auto* begin = static_cast<const char*>(from);
    assert(size >= _NSIG / 8 && size <= 4096);  // so it is in two pages at most
    if (readable(reinterpret_cast<const void*>(8))) return Copy::unknown;
    if (!readable(begin) || !readable(begin + size - _NSIG / 8)) return Copy::unmapped;
    memcpy(to, from, size);
    return Copy::done;
}

ssize_t memories_read(void* to, const iovec* from, size_t count)
{
    size_t size = 0;
    assert(count);
    for (size_t i = 0; i < count; ++i) size += from[i].iov_len;
    iovec all = {to, size};
    ssize_t n = process_vm_readv(process_id(), &all, 1, from, count, 0);
    return n == static_cast<ssize_t>(size) ? n : -1;
}

Copy memory_copy(void* to, const void* from, size_t size)
{
    int error = errno;
    iovec remote = {const_cast<void*>(from), size};
    Copy copied = memories_read(to, &remote, 1) >= 0 ? Copy::done
                : errno == EFAULT                    ? Copy::unmapped
                                  : memory_copy_probed(to, from, size);
    errno = error;
    return copied;
}

bool memories_copy(void* to, const iovec* from, size_t count)
{
    int error = errno;
    bool copied = memories_read(to, from, count) >= 0;
    errno = error;
    return copied;
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
