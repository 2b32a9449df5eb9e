// Is each watched descriptor still open, and still that of the same file?
//
// The kernel drops a closed descriptor from an epoll set without a report: then
// the watcher is never called again.

#include "debug.hh"

#if RELEV_DEBUG

#include <sys/stat.h>

namespace evi { namespace {

constexpr size_t files_most = 64;  // for each iteration

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

bool lost_next(Record& record, size_t& at, size_t& left, Watched& found,
               bool& closed)
{
    if (!debug_lock()) return false;
    bool lost = false;
    for (; !lost && left && at < record.table.size; ++at, --left) {
        Watched& one = record.table.slots[at];
        if (!one.active || !one.inode || file_same(one, closed)) continue;
        lost = true;
        one.inode = 0;  // reported once
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

void files_check(Record& record, Loop& loop)
{
    size_t left = min(files_most, record.table.size);
    size_t& at = record.checked_fds;
    if (at >= record.table.size) at = 0;
    while (left) {
        Watched found;
        bool closed;
        if (lost_next(record, at, left, found, closed))
            file_report(record, loop, found, closed);
        else if (at < record.table.size) return;
        if (at >= record.table.size) at = 0;
    }
}

}}  // evi

#endif
