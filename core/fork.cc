// After a fork the child shares its parent's epoll set, inotify instance and
// wake-up channel. A change to these would affect the parent too. So the child
// does not use them, and replaces them in its first iteration, whether the
// program called ev_loop_fork or not. Fork watchers are called only if it did,
// or with EVFLAG_FORKCHECK.

#include "fork.hh"

#include "report.hh"
#include "wakeup.hh"

#include <sys/mman.h>

namespace evi { namespace {

Mark process_pid;  // used without a page
std::atomic<Mark*> process_mark{&process_pid};
std::atomic<unsigned> process_count;  // of the processes that had a number

#ifdef MADV_WIPEONFORK

constexpr size_t page_size = 4096;

[[gnu::cold]] void* page_new()
{
    void* page = mmap(nullptr, page_size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) return nullptr;
    // An emulator (qemu) accepts any advice, and ignores it.
    bool ignored = !madvise(page, page_size, -1);
    if (!ignored && !madvise(page, page_size, MADV_WIPEONFORK)) return page;
    munmap(page, page_size);
    return nullptr;
}

[[gnu::cold]] void page_free(void* page) { munmap(page, page_size); }

#else

void* page_new() { return nullptr; }
void page_free(void*) {}

#endif

bool by_page() { return process_mark.load() != &process_pid; }

[[gnu::cold]] unsigned process_current()
{
    Mark& mark = *process_mark.load();
    if (&mark == &process_pid) mark.store(static_cast<unsigned>(getpid()));
    unsigned now = mark.load();
    if (now) return now;
    unsigned next = process_count.fetch_add(1) + 1;
    return mark.compare_exchange_strong(now, next) ? next : now;
}

// The page is made once, for the first loop, or never; two threads may try at
// the same time.
[[gnu::cold]] void process_init(Loop& loop, bool checked)
{
    void* page = by_page() || process_pid.load() ? nullptr : page_new();
    Mark* before = &process_pid;
    if (page
        && !process_mark.compare_exchange_strong(before, new (page) Mark()))
        page_free(page);
    loop.process = process_current();
    if (checked) loop.fork_checked = loop.process;
}

[[gnu::cold, gnu::noinline]] void process_check(Loop& loop)
{
    unsigned now = process_current();
    if (now == loop.fork_checked) return;
    loop.fork_checked = now;
    fork_set(loop, fork_seen);
}

[[gnu::cold]] bool fork_flagged(const Loop& loop)
{
    return fork_bits(loop) & fork_seen || process_current() != loop.process;
}

// The syserr callback and the allocator may leave it by longjmp. Then the next
// iteration starts again. Kinds may use the kernel objects that are new.
[[gnu::cold]] void fork_rebuild(Loop& loop)
{
    reports_hold(loop);
    ios_stop_internal(loop);
    loop.backend->fork(loop);
    wakeup_fork(loop);
    loop.process = process_current();
    assert(loop.process);
    fork_set(loop, fork_half);
    for (int i = 0; const Kind* kind = kind_at(i); ++i)
        if (kind->fork) kind->fork(loop);
    posts_fork(loop);
    fork_set(loop, 0);
    reports_release(loop);
}

}}  // evi

// The C API.

[[gnu::cold]] void ev_loop_fork(EV_P) EV_NOEXCEPT
{
    evi::fork_set(evi::entry(EV_A), evi::fork_seen);
}
