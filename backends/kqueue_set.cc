// kqueue: changes of the kernel's set. See kqueue.hh.

#include "kqueue.hh"

#include "../core/cancel.hh"
#include "../core/report.hh"

#include <fcntl.h>
#include <sys/stat.h>

namespace evi { namespace {

constexpr int kqueue_room_least = 64;

// In two steps: a child that another thread makes in between does not inherit
// it (fact 5), and a program that this child executes does not either.
[[gnu::cold]] int kqueue_open()
{
    int fd = kqueue();
    if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

[[gnu::cold]] void kqueue_close(Kqueue& k)
{
    if (k.fd >= 0 && k.process == process_current()) descriptor_close(k.fd);
    k.fd = -1;
}

// The program closed our kqueue, so its number is not ours any more. The next
// wait replaces it. Another loop that waits for this one watches it again, as
// it counts as replaced, and finds it unusable.
[[gnu::cold]] void kqueue_lose(Loop& loop)
{
    auto& k = state<Kqueue>(loop);
    if (k.fd < 0) return;  // it is known
    own_error(loop, k.fd);
    k.fd = -1;
    ++loop.backend_renewals;
}

// Replaces our kqueue by a new, empty one; all fds will be registered again. If
// there are no free fds, ours is closed first. False: there is no new one.
[[gnu::cold]] bool kqueue_renew(Loop& loop)
{
    auto& k = state<Kqueue>(loop);
    int fd = kqueue_open();
    if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
        kqueue_close(k);
        fd = kqueue_open();
    }
    if (fd < 0) return false;
    if (fd != k.fd) kqueue_close(k);
    k.fd = loop.backend_fd = fd;
    k.process = process_current();
    ++loop.backend_renewals;
    k.changes.count = k.files.count = 0;
    for (Fd& entry : loop.fds.table) entry.tag = 0;
    fds_rearm(loop);
    return true;
}

[[gnu::cold]] void kqueue_fork(Loop& loop)
{
    while (!kqueue_renew(loop)) syserr("(libev) kqueue");
}

void kqueue_room(Kqueue& k)
{
    k.events.reserve(k.changes.count + kqueue_room_least);
    k.events.count = k.events.capacity;
}

[[gnu::cold]] int kqueue_errors(Kqueue& k, int ready)
{
    int kept = 0;
    for (int i = 0; i < ready; ++i) {
        const KqueueEvent& event = k.events[i];
        if (kqueue_is_error(event) && kqueue_generation(event))
            k.events[kept++] = event;
    }
    return kept;
}

// Changes.

KqueueEvent kqueue_change(int fd, int event, int flags, uint32_t generation)
{
    assert(event == EV_READ || event == EV_WRITE);
    KqueueEvent change = {};
    change.ident = static_cast<decltype(change.ident)>(fd);
    change.filter = static_cast<decltype(change.filter)>(
        event == EV_READ ? EVFILT_READ : EVFILT_WRITE);
    change.flags = static_cast<decltype(change.flags)>(flags);
    change.udata = decltype(change.udata)(uintptr_t(generation));
    return change;
}

// There is room for two (kqueue_prepare).
void kqueue_add(Kqueue& k, int fd, int events, uint32_t generation)
{
    assert(k.changes.count + 2 <= k.changes.capacity && generation);
    for (int event = EV_READ; event <= EV_WRITE; event *= 2)
        if (events & event)
            k.changes.push(kqueue_change(fd, event, EV_ADD, generation));
}

// The allocator may leave it by longjmp; then nothing was changed.
inline void kqueue_prepare(Kqueue& k)
{
    k.changes.reserve(k.changes.count + 2);
}

// Not of a file: no event has its tag.
bool kqueue_current(const Loop& loop, const KqueueEvent& event)
{
    if (event.ident >= static_cast<unsigned>(loop.fds.table.count))
        return false;  // the table shrank
    uint32_t tag = loop.fds.table[static_cast<int>(event.ident)].tag;
    auto ready = static_cast<uint32_t>(kqueue_ready(event));
    return tag & ready
        && (tag & ~(kqueue_step - 1)) == kqueue_generation(event);
}

[[gnu::cold, gnu::noinline]] void kqueue_delete(Loop& loop, int fd, int events)
{
    auto& k = state<Kqueue>(loop);
    kqueue_prepare(k);
    for (int event = EV_READ; event <= EV_WRITE; event *= 2)
        if (events & event)
            k.changes.push(kqueue_change(fd, event, EV_DELETE, 0));
}

// The files (fact 6).

constexpr auto kqueue_closed = static_cast<mode_t>(~0);

// Two errors are those of a file. Others say nothing: a program can give up the
// right to call fstat (Capsicum on FreeBSD). Then kevent decides.
mode_t kqueue_mode(int fd)
{
    struct stat s;
    if (!fstat(fd, &s)) return s.st_mode;
    if (errno == EBADF) return kqueue_closed;
    return errno == EIO || errno == EOVERFLOW ? S_IFREG : S_IFSOCK;
}

inline bool kqueue_ready_always(mode_t mode)
{
    return S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode);
}

[[gnu::cold]] void kqueue_add_file(Loop& loop, int fd)
{
    auto& files = state<Kqueue>(loop).files;
    files.push(fd);
    loop.fds.table[fd].tag =
        kqueue_file | static_cast<uint32_t>(files.count - 1);
}

[[gnu::cold]] void kqueue_remove_file(Loop& loop, int fd)
{
    auto& files = state<Kqueue>(loop).files;
    Fd& entry = loop.fds.table[fd];
    assert(kqueue_is_file(entry));
    int last = files.pop();  // moves to the freed index, unless it was there
    if (last != fd) {
        files[static_cast<int>(entry.tag & ~kqueue_file)] = last;
        loop.fds.table[last].tag = entry.tag;
    }
    entry.tag = 0;
}

// The last one first, as epoll does.
[[gnu::cold]] void kqueue_feed_files(Loop& loop)
{
    auto& files = state<Kqueue>(loop).files;
    for (int i = files.count; i--;)
        fd_event(loop, files[i], loop.fds.table[files[i]].registered());
}

// A registration that may be another file's than the last one.
void kqueue_register(Loop& loop, int fd, int want)
{
    auto& k = state<Kqueue>(loop);
    Fd& entry = loop.fds.table[fd];
    kqueue_prepare(k);
    mode_t mode = kqueue_mode(fd);
    bool closed = mode == kqueue_closed, file = kqueue_ready_always(mode);
    if (unlikely(kqueue_is_file(entry))) {
        if (file) return;  // it keeps its place
        kqueue_remove_file(loop, fd);
    }
    if (unlikely(closed)) return fd_kill(loop, fd);
    if (unlikely(file)) return kqueue_add_file(loop, fd);
    k.generation = (k.generation + kqueue_step) & ~kqueue_file;
    if (!k.generation) k.generation = kqueue_step;
    entry.tag = k.generation | static_cast<uint32_t>(want);
    kqueue_add(k, fd, want, k.generation);
}

// The same file: adds what is not registered yet.
void kqueue_widen(Loop& loop, int fd, int want)
{
    auto& k = state<Kqueue>(loop);
    Fd& entry = loop.fds.table[fd];
    if (kqueue_is_file(entry)) return;
    int more = want & ~static_cast<int>(entry.tag);
    if (!more) return;
    kqueue_prepare(k);
    uint32_t generation = entry.tag & ~(kqueue_step - 1);
    kqueue_add(k, fd, more, generation);
    entry.tag |= static_cast<uint32_t>(more);
}

void kqueue_modify(Loop& loop, int fd, int was, int want)
{
    assert(fd >= 0 && fd < loop.fds.table.count);
    Fd& entry = loop.fds.table[fd];
    want &= fd_events;
    bool same = was && entry.tag && !entry.reset;
    if (!want && kqueue_is_file(entry)) kqueue_remove_file(loop, fd);
    if (!want) return;  // perhaps in another thread, during a wait
    if (same) kqueue_widen(loop, fd, want);
    else kqueue_register(loop, fd, want);
    if (unlikely(loop.embedded)) kqueue_flush(loop);
}

// The next user of the fd must see nothing of us. In a child there is nothing.
// Another thread may be in a wait. If it is interrupted, a change of this fd is
// made again; then an event of it is not current, and the entry is deleted.
[[gnu::cold]] void kqueue_forget(Loop& loop, int fd)
{
    auto& k = state<Kqueue>(loop);
    int error = errno, kept = min(k.making, k.changes.count), end = kept;
    for (; end < k.changes.count; ++end)
        if (static_cast<int>(k.changes[end].ident) != fd)
            k.changes[kept++] = k.changes[end];
    k.changes.count = kept;
    loop.fds.table[fd].tag = 0;
    for (int event = EV_READ; event <= EV_WRITE; event *= 2) {
        KqueueEvent change = kqueue_change(fd, event, EV_DELETE, 0);
        if (!fork_flagged(loop)) kevent(k.fd, &change, 1, nullptr, 0, nullptr);
    }
    errno = error;
}

// Another loop waits for this one, and sees the kernel's set only. What fails
// is left for the next wait of this loop.
[[gnu::cold, gnu::noinline]] void kqueue_flush(Loop& loop)
{
    auto& k = state<Kqueue>(loop);
    if (!k.changes.count || fork_flagged(loop)) return;
    kqueue_room(k);
    const timespec at_once = {0, 0};
    int ready = kqueue_call(k, k.changes.count, 0, &at_once);
    if (ready >= 0 && !kqueue_errors(k, ready)) k.changes.count = 0;
    if (ready < 0 && errno == EBADF) kqueue_lose(loop);
}

// Fact 7: then the error is an event, too. It is noted by an error of 0.
[[gnu::cold, gnu::noinline]] void kqueue_excuse(const Loop& loop,
                                                KqueueEvent& event)
{
    if (event.filter != EVFILT_WRITE || !kqueue_current(loop, event)) return;
    auto fd = static_cast<int>(event.ident);
    bool wanted = loop.fds.table[fd].registered() & EV_WRITE;
    bool broken = event.data == EPIPE || event.data == EBADF;
    if (wanted && broken && !fd_closed(fd)) event.data = 0;
}

// A change that the kernel refused. If the allocator leaves it by longjmp, the
// change is made again, and its error must still be current.
[[gnu::cold, gnu::noinline]] void kqueue_refused(Loop& loop,
                                                 const KqueueEvent& event)
{
    if (!kqueue_current(loop, event)) return;  // of an older registration
    auto fd = static_cast<int>(event.ident);
    int ready = kqueue_ready(event);
    Fd& entry = loop.fds.table[fd];
    // Changed while others held the loop: it is registered again anyway.
    if (entry.changed()) return fd_reset(loop, fd);
    if (!(entry.registered() & ready)) {
        entry.tag &= ~static_cast<uint32_t>(ready);
        return;
    }
    errno = fd_closed(fd) ? EBADF : static_cast<int>(event.data);
    if (!event.data) fd_reset(loop, fd);                  // kqueue_excuse
    else if (errno == ENODEV) kqueue_add_file(loop, fd);  // as /dev/null is
    else fd_kill(loop, fd);
}

}}  // evi
