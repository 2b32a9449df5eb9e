// Who hears of a mistake: the error callback of relev.h or, without one, the
// syserr callback of ev.h.

#include "report.hh"

#include <fcntl.h>
#include <limits.h>
#include <sys/select.h>

namespace evi { namespace {

constexpr int number_of_watcher = INT_MIN;

// In a debug build (EV_VERIFY >= 2) stderr hears of it as well. The callback
// may longjmp, out of an operation that holds reports back.
[[gnu::cold]] void mistake_to_syserr(Loop& loop, const char* text)
{
    if (verify_level >= 2) print(text, "", "");
    unsigned held = loop.reports_held;
    loop.reports_held = 0;
    errno = EINVAL;
    if (hooks.syserr) hooks.syserr(text);
    loop.reports_held = held;
}

[[gnu::cold]] Report report_of(Error error, int type, Watcher* w,
                               const char* text)
{
    assert(text);
    return {error, 0, type, w, number_of_watcher, text, nullptr};
}

[[gnu::cold, gnu::noinline]] void mistake_note(Loop& loop, Error error,
                                               int type, Watcher* w,
                                               const char* text)
{
    if (extension.queue(loop, report_of(error, type, w, text))) return;
    debug_mistake(loop, report_of(error, type, w, text));
    mistake_to_syserr(loop, text);
}

[[gnu::cold, gnu::noinline]] void fault_note(Loop& loop, Error error, int type,
                                             Watcher* w, const char* text)
{
    extension.queue(loop, report_of(error, type, w, text));
}

[[gnu::cold, gnu::noinline]] void signum_note(Loop& loop, int signum,
                                              const char* text)
{
    Report report = report_of(Error::signum, EV_SIGNAL, nullptr, text);
    report.number = signum;
    extension.queue(loop, report);
}

[[gnu::cold, gnu::noinline]] void mistake(Loop& loop, Error error, int type,
                                          Watcher* w, const char* text)
{
    mistake_note(loop, error, type, w, text);
    mistakes_tell(loop);
}

// The queue is empty if there is no error callback. Within an operation that
// holds reports back, the syserr callback is not called, as it may longjmp.
[[gnu::cold, gnu::noinline]] void mistakes_end(Loop& loop, const char* text)
{
    if (extension.heard(loop)) mistakes_tell(loop);
    else if (!loop.reports_held) mistake_to_syserr(loop, text);
}

[[gnu::cold, gnu::noinline]] void mistakes_end_later(Loop& loop,
                                                     const char* text)
{
    if (!extension.heard(loop)) mistake_to_syserr(loop, text);
    else mistakes_later(loop);
}

[[gnu::cold]] bool fd_closed(int fd)
{
    return fcntl(fd, F_GETFD) < 0 && errno == EBADF;
}

// The backends do not say why: the system is asked, if somebody wants to know.
[[gnu::cold, gnu::noinline]] void fd_fault(Loop& loop, Watcher* w, int fd,
                                           int error)
{
    if (!extension.heard(loop)) return;
    Report report = report_of(Error::fd_refused, EV_IO, w,
                              "(libev) ev_io: the descriptor is not supported");
    report.number = fd;
    report.errnum = error;
    if (fd_closed(fd)) {
        report.error = Error::fd_closed;
        report.errnum = EBADF;
        report.text = "(libev) ev_io: the descriptor is closed";
    } else if (use_fd_set && fd >= FD_SETSIZE) {
        report.error = Error::fd_range;
        report.errnum = 0;
        report.text = "(libev) ev_io: the descriptor is too large for select";
    }
    errno = error;
    extension.queue(loop, report);
    extension.later(loop);
}

[[gnu::cold, gnu::noinline]] void own_fault(Loop& loop, int fd)
{
    Report report = report_of(Error::fd_own, 0, nullptr, own_closed);
    report.number = fd;
    report.errnum = EBADF;
    if (extension.queue(loop, report)) extension.later(loop);
}

[[gnu::cold, gnu::noinline]] void signum_fault(int signum, const char* text)
{
    Report report = report_of(Error::signum, EV_SIGNAL, nullptr, text);
    report.number = signum;
    extension.tell_of_none(report);
}

}}  // evi
