// Memory that may be freed or unmapped: the kernel is asked to copy it, and
// refuses where a program would crash.

#include "debug.hh"

#if RELEV_DEBUG

#include <fcntl.h>
#include <sys/mman.h>

namespace evi { namespace {

// Where process_vm_readv is forbidden, as in some containers.
bool memory_copy_by_pipe(void* to, const void* from, size_t size)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) return false;
    auto all = static_cast<ssize_t>(size);
    bool copied =
        write(ends[1], from, size) == all && read(ends[0], to, size) == all;
    close(ends[0]), close(ends[1]);
    return copied;
}

bool memory_copy(void* to, const void* from, size_t size)
{
    assert(size <= 4096);
    int error = errno;
    iovec remote = {const_cast<void*>(from), size};
    bool copied =
        memories_copy(to, &remote, 1) || memory_copy_by_pipe(to, from, size);
    errno = error;
    return copied;
}

bool memories_copy(void* to, const iovec* from, size_t count)
{
    size_t size = 0;
    int error = errno;
    assert(count);
    for (size_t i = 0; i < count; ++i) size += from[i].iov_len;
    iovec all = {to, size};
    ssize_t n = process_vm_readv(process_id(), &all, 1, from, count, 0);
    errno = error;
    return n == static_cast<ssize_t>(size);
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
