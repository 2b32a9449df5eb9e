// ev_child in a loop that does not reap all children: each watcher has a pidfd,
// and the loop reaps only what it watches. The pidfds are in an epoll set of
// their own, which the loop watches as it watches a timerfd.
//
// Whatever happens in between, a pidfd stays readable until its member has been
// handled: so the next iteration goes on.

#include "children.hh"

#include "../core/cancel.hh"
#include "../core/fork.hh"
#include "../core/pending.hh"
#include "../core/wakeup.hh"
#include "../watchers/indexed.hh"
#include "pidfd.hh"
#include "statuses.hh"

#if EV_RELEV_ENABLE && EV_CHILD_ENABLE && EV_USE_EPOLL

#include <sys/epoll.h>

namespace evi { namespace {

extern const Kind child_kind;
void child_feed(Loop& loop, ev_child* w, int pid, int status);

[[gnu::cold]] int set_change(Loop& loop, int change, Member& member)
{
    const Own& own = loop.watchers.children.own;
    bool here = own.open && own.io.fd >= 0 && !fork_flagged(loop);
    if (!here) return 0;  // children_fork does it
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.u64 = uint64_t(member.pid) << 32 | uint32_t(member.fd);
    return epoll_ctl(own.io.fd, change, member.fd, &event);
}

[[gnu::cold]] void member_free(Loop& loop, Member& member)
{
    assert(*member.link == &member);
    *member.link = member.next;
    if (member.next) member.next->link = member.link;
    locked([&] { return member_remove(member), 0; });
    if (member.fd >= 0) set_change(loop, EPOLL_CTL_DEL, member);
    if (pidfd_ours(member.fd)) descriptor_close(member.fd);
    memory_free(&member);
}

[[gnu::cold, gnu::noinline]] void child_leave(Loop& loop, ev_child* w)
{
    Member* member = nullptr;
    if (w->pid > 0)
        member = locked([&] { return member_find(loop, w->pid, base(w)); });
    if (member) member_free(loop, *member);
    index_stop_slow(loop, child_kind, base(w));
}

// The place of its watcher, if that is still active.
[[gnu::cold]] int place_of(Loop& loop, const Member& member)
{
    int found = nowhere;
    Index& all = loop.watchers.children.all;
    all.each(member.pid, [&](int place) {
        if (all.dead(place)) index_drop(loop, child_kind, place);
        else if (all.at(place) == member.w) found = place;
    });
    return found;
}

constexpr const char* child_unknown =
    "(libev) ev_child: no child, or the program has waited for it";

// Somebody else has waited for the child: no status will ever come. It ends the
// member, too.
[[gnu::cold]] void child_lost(Loop& loop, ev_child* w)
{
    pending_reserve(loop, base(w), 1);
    ev_child_stop(c_loop(loop), w);
    pending_feed(loop, base(w), EV_ERROR);
    error_note_quiet(loop, Error::pid, EV_CHILD, base(w), child_unknown,
                     number_of_watcher, ECHILD);
}

// With the lock. False: not yet. It is known now, or lost.
[[gnu::cold]] bool member_reaped(Member& member)
{
    if (member.known) return true;
    siginfo_t info;
    int reaped = pidfd_wait(member.fd, 0, info);
    if (reaped > 0) status_store(member.pid, status_of(info), false);
    return reaped;
}

// The child has ended. Without a watcher it is left to the program.
[[gnu::cold]] void member_ready(Loop& loop, Member& member)
{
    if (place_of(loop, member) < 0) return member_free(loop, member);
    if (!locked([&] { return member_reaped(member); })) return;
    auto* w = reinterpret_cast<ev_child*>(member.w);
    if (!member.known) return child_lost(loop, w);
    pending_reserve(loop, base(&loop.watchers.children.own.io), 1);
    child_feed(loop, w, member.pid, member.status);
    member_free(loop, member);
}

// Without a member, another process has the pidfd, and it could not be taken
// out of the set: only a new set is without it.
[[gnu::cold]] void pidfd_ready(Loop& loop, int pid, int fd)
{
    Member* member = locked([&] { return member_find(loop, pid, fd); });
    assert(!member || member->pid == pid);
    if (member) member_ready(loop, *member);
    else process_lost(loop);
}

[[gnu::cold]] void children_ready(Loop& loop, ev_io* own, int revents)
{
    if (revents & EV_ERROR) return io_restart_internal(loop, own);
    if (fork_flagged(loop)) return;
    epoll_event events[16];
    int state = cancel_disable();
    int count = epoll_wait(own->fd, events, 16, 0);
    cancel_restore(state);
    if (count < 0 && errno != EINTR) return io_lose_internal(loop, own);
    for (int i = 0; i < count; ++i) {
        uint64_t data = events[i].data.u64;
        pidfd_ready(loop, static_cast<int>(data >> 32), static_cast<int>(data));
    }
}

[[gnu::cold]] bool set_begin(Loop& loop)
{
    Own& own = loop.watchers.children.own;
    if (own.open && own.tried) return true;
    ev_init(&own.io, (Callback<ev_io, children_ready>()));
    return own_begin(loop, own,
                     [](Loop&) { return epoll_create1(EPOLL_CLOEXEC); });
}

// With the lock. Takes a pidfd, or the status of a child that was reaped
// before; then the errno of a failure is 0.
[[gnu::cold]] int member_open(Loop& loop, Member& member)
{
    member.process = process_current();
    member.fd = pidfd_open_now(member.pid);
    int error = member.fd < 0 ? errno : 0;
    siginfo_t info;
    if (!error && pidfd_wait(member.fd, WNOWAIT, info) < 0) error = errno;
    if (!error && set_change(loop, EPOLL_CTL_ADD, member)) error = errno;
    if (error == ESRCH || error == ECHILD)
        member.known = status_kept(member.pid, member.status);
    if (error && member.fd >= 0) close(member.fd), member.fd = -1;
    if (!error) member_enter(member);
    return member.known ? 0 : error;
}

[[gnu::cold]] void child_refuse(Loop& loop, ev_child* w, int error)
{
    error_report(loop, Error::pid, EV_CHILD, base(w),
                 error == ESRCH || error == ECHILD
                     ? child_unknown
                     : "(libev) ev_child_start: no pidfd",
                 error);
}

constexpr const char* child_noreap =
    "(libev) ev_child_start: any child, or tracing, with RELEV_NOREAP";

// All that may fail or leave by longjmp comes first.
[[gnu::cold, gnu::noinline]] void child_join(Loop& loop, ev_child* w)
{
    if (w->pid <= 0 || w->flags & 1)
        return error_report(loop, Error::pid, EV_CHILD, base(w),
                            loop.is_default ? child_noreap : child_not_here);
    Children& children = loop.watchers.children;
    if (!set_begin(loop)) return child_refuse(loop, w, errno);
    if (children.all.full()) index_make_room(loop, child_kind, base(w));
    pending_reserve(loop, base(&children.own.io), 1);
    auto* member = new (memory_resize(nullptr, sizeof(Member))) Member();
    member->loop = &loop;
    member->w = base(w);
    member->pid = w->pid;
    int error = locked([&] { return member_open(loop, *member); });
    bool kept = !error && member->fd < 0;
    if (error || kept) {
        int status = member->status;
        memory_free(member);
        if (error) return child_refuse(loop, w, error);
        index_enter(loop, child_kind, base(w), w->pid);
        return child_feed(loop, w, w->pid, status);
    }
    member->next = children.members;
    member->link = &children.members;
    if (member->next) member->next->link = &member->next;
    children.members = member;
    index_enter(loop, child_kind, base(w), w->pid);
}

// Opens a pidfd that the program closed. False: the child was reaped.
[[gnu::cold]] bool member_reopen(Loop& loop, Member& member)
{
    siginfo_t info;
    if (pidfd_ours(member.fd)) return true;
    if (member.fd >= 0) own_error(loop, member.fd);
    member.fd = pidfd_open_now(member.pid);
    if (member.fd < 0) return errno != ESRCH;
    return pidfd_wait(member.fd, WNOWAIT, info) >= 0;
}

// Puts it into a new set. If that fails, the next iteration tries. The number
// of a pidfd that was closed may be that of another member.
[[gnu::cold]] void member_renew(Loop& loop, Member& member)
{
    assert(member.process == process_current());
    if (!member_reopen(loop, member)) {
        member_ready(loop, member);
        wakeup_notify(loop, loop.wakeup.asyncs);  // the wait comes next
    } else if (!set_begin(loop) || set_change(loop, EPOLL_CTL_ADD, member)) {
        if (errno == EEXIST) member.fd = -1;
        process_lost(loop);
    }
}

// In a child the parent's children are of no interest. What this process has
// started goes into a new set.
[[gnu::cold]] void children_fork(Loop& loop)
{
    Children& children = loop.watchers.children;
    own_close(children.own);
    Member* next;
    for (Member* member = children.members; member; member = next) {
        next = member->next;
        if (member->process != process_current()) member_free(loop, *member);
        else member_renew(loop, *member);
    }
}

[[gnu::cold]] void children_end(Loop& loop)
{
    Member* next;
    for (Member* member = loop.watchers.children.members; member;
         member = next) {
        next = member->next;
        member_free(loop, *member);
    }
    own_close(loop.watchers.children.own);
}

}}  // evi

#endif
