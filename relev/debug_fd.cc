// Is each watched descriptor still open, and still that of the same file?
//
// The kernel drops a closed descriptor from an epoll set without a report: then
// the watcher is never called again. Files of one kind may have the same device
// and inode, as all of eventfd do; but epoll knows whether it has this one.

#include "debug.hh"

#include "../core/fork.hh"

#if RELEV_DEBUG

#if EV_USE_EPOLL
#include "../backends/epoll.hh"
#endif

#include <sys/stat.h>

namespace evi { namespace {

constexpr size_t files_most = 2;  // for each iteration

void file_note(Watched& one)
{
    struct stat file = {};
    int error = errno;
    if (one.type != EV_IO || fstat(one.number, &file)) file = {};
    one.device = file.st_dev;
    one.inode = file.st_ino;
    errno = error;
}

bool file_same(const Watched& one, bool& closed)
{
    struct stat file = {};
    int error = errno;
    closed = fstat(one.number, &file) && errno == EBADF;
    bool same = file.st_dev == one.device && file.st_ino == one.inode;
    errno = error;
    return same && !closed;
}

#if EV_USE_EPOLL

// Does the epoll set not have the file of this number? It is asked to change
// the registration to what it is, which changes nothing.
bool set_lacks(Loop& loop, int fd)
{
    bool epoll = loop.backend->flag == EVBACKEND_EPOLL && !fork_flagged(loop);
    if (!epoll || fd < 0 || fd >= loop.fds.table.count) return false;
    const Fd& entry = loop.fds.table[fd];
    int want = entry.registered();
    bool asked = want && !entry.changed() && want <= epoll_both && entry.tag
              && !entry.reset && !epoll_is_file(entry)
              && want == epoll_asked(entry);
    if (!asked || loop.backend_fd < 0) return false;
    assert(!(want & ~epoll_both));
    int error = errno;
    epoll_event event = {};
    event.events = epoll_events(want);
    event.data.u64 = uint64_t(entry.tag) << 32 | static_cast<uint32_t>(fd);
    // Not by libc, where the program may have a function of its own.
    bool lacks =
        syscall(SYS_epoll_ctl, loop.backend_fd, EPOLL_CTL_MOD, fd, &event)
        && errno == ENOENT;
    errno = error;
    return lacks;
}

#else

bool set_lacks(Loop&, int) { return false; }

#endif

// The next active watcher of a descriptor that is lost. It is not asked again.
bool lost_next(Record& record, Loop& loop, size_t& at, size_t& left,
               Watched& found, bool& closed)
{
    if (!debug_lock()) return false;
    bool lost = false;
    for (; !lost && left && at < record.table.size; ++at) {
        Watched& one = record.table.slots[at];
        if (!one.active || !one.inode) continue;
        --left;
        lost = !file_same(one, closed) || set_lacks(loop, one.number);
        if (!lost) continue;
        one.inode = 0;
        found = one;
    }
    debug_unlock();
    return lost;
}

void put_file(Text& text, int fd)
{
    char link[40];
    char file[300];
    Text path = {link, sizeof link, 0};
    path.put("/proc/self/fd/"), path.put(static_cast<long long>(fd));
    path.end();
    assert(path.length < path.size);
    ssize_t n = readlink(link, file, sizeof file - 1);
    file[max<ssize_t>(n, 0)] = 0;
    text.put(file);
}

void file_report(Record& record, Loop& loop, const Watched& one, bool closed)
{
    assert(one.type == EV_IO);
    Finding finding(Error::fd_closed, "closed while watched");
    if (!closed) {
        finding.text.put("; the number is now of ");
        put_file(finding.text, one.number);
    }
    finding.about(one), finding.started(one);
    finding.deliver(&record, loop);
}

// The next few: from the last place to the end, then from the start.
void files_check(Record& record, Loop& loop)
{
    size_t left = files_most;
    size_t& at = record.checked_fds;
    for (int round = 0; left && round < 2;) {
        Watched found;
        bool closed;
        if (lost_next(record, loop, at, left, found, closed))
            file_report(record, loop, found, closed);
        else if (at >= record.table.size) at = 0, ++round;
        else return;
    }
}

}}  // evi

#endif
