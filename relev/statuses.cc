// Each child is reaped by one loop, and its status may be wanted by others: the
// default loop reaps every child, another loop those that it watches. All of it
// happens under one lock: so a child that is gone was either stored here before
// or reaped by the program itself.

#include "statuses.hh"

#include "../core/cancel.hh"
#include "../core/clock.hh"
#include "../core/fork.hh"
#include "../core/wakeup.hh"

#include <sys/wait.h>

namespace evi { namespace {

std::atomic<bool> statuses_shared{false};

#if EV_CHILD_ENABLE
int child_wait(int* status);
#endif

#if EV_RELEV_ENABLE && EV_CHILD_ENABLE && EV_USE_EPOLL

constexpr unsigned status_count = 256;
constexpr unsigned member_buckets = 256;

// Of a child that was reaped: a watcher may be started later, or the default
// loop may not have seen it.
struct Status {
    int pid;
    int status;
    bool unseen;
};

// The lock's holder is the number of a process: in a child nobody else holds
// it, whatever a thread of the parent did at the fork. Lists are right at any
// instruction.
struct Registry {
    std::atomic<unsigned> holder;
    unsigned process;  // whose children these are
    Member* members[member_buckets];
    Status kept[status_count];  // a ring
    unsigned written;
};

Registry registry = {};

[[gnu::cold]] int registry_lock()
{
    int state = cancel_disable();
    unsigned self = process_current(), holder = 0;
    while (!registry.holder.compare_exchange_strong(holder, self, in_order)) {
        bool parents = holder && holder != self;
        if (parents
            && registry.holder.compare_exchange_strong(holder, self, in_order))
            break;
        time_sleep(1e-4);
        holder = 0;
    }
    if (registry.process == self) return state;
    for (Status& kept : registry.kept) kept = {};
    registry.process = self;
    return state;
}

[[gnu::cold]] void registry_unlock(int state)
{
    assert(registry.holder.load(in_order));
    registry.holder.store(0, in_order);
    cancel_restore(state);
}

[[gnu::cold]] Member*& bucket_of(int pid)
{
    assert(pid > 0);
    return registry.members[static_cast<unsigned>(pid) % member_buckets];
}

[[gnu::cold]] void member_enter(Member& member)
{
    Member*& bucket = bucket_of(member.pid);
    member.hashed = bucket;
    std::atomic_signal_fence(
        std::memory_order_seq_cst);  // a fork may come here
    bucket = &member;
}

[[gnu::cold]] void member_remove(Member& member)
{
    Member** link = &bucket_of(member.pid);
    while (*link != &member) {
        assert(*link);
        link = &(*link)->hashed;
    }
    *link = member.hashed;
}

template <class F>
Member* member_search(int pid, F found)
{
    Member* member = bucket_of(pid);
    while (member && !(member->pid == pid && found(*member)))
        member = member->hashed;
    return member;
}

[[gnu::cold]] Member* member_find(const Loop& loop, int pid, int fd)
{
    return member_search(pid, [&](const Member& member) {
        return member.loop == &loop && member.fd == fd;
    });
}

[[gnu::cold]] Member* member_find(const Loop& loop, int pid, const Watcher* w)
{
    return member_search(pid, [&](const Member& member) {
        return member.loop == &loop && member.w == w;
    });
}

[[gnu::cold]] void status_keep(int pid, int status, bool unseen)
{
    Status& kept = registry.kept[registry.written++ % status_count];
    kept = {pid, status, unseen};
}

[[gnu::cold]] void status_store(int pid, int status, bool by_default)
{
    for (Member* m = bucket_of(pid); m; m = m->hashed) {
        if (m->pid != pid || m->known || m->process != registry.process)
            continue;
        m->status = status;
        m->known = true;
    }
    status_keep(pid, status, !by_default);
}

// The latest: a number may be used again.
[[gnu::cold]] bool status_kept(int pid, int& status)
{
    for (unsigned i = 1; i <= status_count; ++i) {
        const Status& kept =
            registry.kept[(registry.written - i) % status_count];
        if (kept.pid != pid) continue;
        status = kept.status;
        return true;
    }
    return false;
}

// The oldest that another loop has reaped.
[[gnu::cold]] int status_unseen(int* status)
{
    for (unsigned i = 0; i < status_count; ++i) {
        Status& kept = registry.kept[(registry.written + i) % status_count];
        if (!kept.unseen) continue;
        kept.unseen = false;
        *status = kept.status;
        return kept.pid;
    }
    return 0;
}

[[gnu::cold]] void statuses_begin()
{
    locked([] {
        for (Status& kept : registry.kept) kept.unseen = false;
        return 0;
    });
}

[[gnu::cold]] int status_next(int* status)
{
    return locked([=] {
        int pid = child_wait(status);
        if (pid <= 0) return status_unseen(status);
        if (!WIFSTOPPED(*status) && !WIFCONTINUED(*status))
            status_store(pid, *status, true);
        return pid;
    });
}

#elif EV_CHILD_ENABLE

int status_next(int* status) { return child_wait(status); }

#endif

}}  // evi
