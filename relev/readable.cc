// Is memory there? The kernel is asked to read it.

#include "readable.hh"

#include "state.hh"

#if EV_RELEV_ENABLE

#ifdef __linux__

#include <sys/uio.h>

namespace evi { namespace {

// Of linux/futex.h, which not every C library has.
constexpr int cmp_requeue = 4, private_flag = 128;

// The kernel compares a word there with a value that it does not have. Even if
// it has, none is woken, and none is requeued.
[[gnu::cold]] bool word_compared(uintptr_t at)
{
    int other = 0;
    long done =
        syscall(SYS_futex, at & ~uintptr_t(3), cmp_requeue | private_flag, 0,
                nullptr, &other, 0x5ca1ab1e);
    return done >= 0 || errno != EFAULT;
}

// If copying is forbidden, as in some containers, another call is asked. If
// that is forbidden, too, the answer is yes: only EFAULT says that nothing is
// there.
[[gnu::cold]] bool byte_readable(uintptr_t at)
{
    char byte;
    iovec to = {&byte, 1}, from = {reinterpret_cast<void*>(at), 1};
    ssize_t n = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    if (n < 0 && errno != EFAULT) return word_compared(at);
    return n == 1;
}

}}  // evi

#else

namespace evi { namespace {

bool byte_readable(uintptr_t) { return true; }  // no call says it

}}  // evi

#endif

namespace evi { namespace {

[[gnu::cold]] bool readable(const void* memory, size_t size)
{
    constexpr uintptr_t page = 4096;  // or a part of one
    auto at = reinterpret_cast<uintptr_t>(memory);
    uintptr_t end = at + size;
    if (end < at) return false;
    for (; at < end; at = (at | (page - 1)) + 1)
        if (!at || !byte_readable(at)) return false;
    return true;
}

// What is there may be anything.
[[gnu::cold, gnu::no_sanitize_address]] bool loop_readable(const Loop* loop)
{
    auto at = reinterpret_cast<uintptr_t>(loop);
    if (at % alignof(Loop) || !readable(loop, sizeof *loop)) return false;
    const Backend* used = loop->backend;
    const Relev* relev = loop->relev;
    if (relev && readable(relev, sizeof *relev)
        && used == &relev->observers.backend)
        used = relev->observers.real;
    if (relev && readable(relev, sizeof *relev) && used == &relev->time.backend)
        used = relev->time.real;
    int i = 0;
    while (backend_at(i) && backend_at(i) != used) ++i;
    return backend_at(i);
}

[[gnu::cold]] Loop* loop_accepted(struct ev_loop* given, const char* function,
                                  const void* caller)
{
    int error = errno;
    debug_dump(given, function, caller);
    auto* loop = reinterpret_cast<Loop*>(given);
    bool accepted = loop_readable(loop);
    errno = accepted ? error : EINVAL;
    return accepted ? loop : nullptr;
}

}}  // evi

#else

namespace evi { namespace {

bool readable(const void*, size_t) { return true; }
bool loop_readable(const Loop*) { return true; }

}}  // evi

#endif
