// Reports an error to the error callback of relev.h or, without one, to the
// syserr callback of ev.h.

#include "report.hh"

#include "fds.hh"

#include <sys/select.h>

namespace evi { namespace {

// In a debug build (EV_VERIFY >= 2) it is printed to stderr as well.
[[gnu::cold]] void error_to_syserr(const char* text)
{
    if (verify_level >= 2) print(text, "", "");
    errno = EINVAL;
    if (hooks.syserr) hooks.syserr(text);
}

[[gnu::cold]] void error_report_text(Loop& loop)
{
    const char* text = loop.error_text;
    loop.error_text = nullptr;
    loop.pending.mask &= ~reports_due;
    if (text) error_to_syserr(text);
}

// The callbacks may longjmp. Then the other reports are made when events are
// dispatched. The errors of a callback are reported after it, so that one
// that tries again does not call itself: then this is called by it, and the
// stack grows down.
[[gnu::cold, gnu::noinline]] void reports_make_all(Loop& loop)
{
    auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    if (loop.reporting > frame) return;
    while (!loop.reports_held && loop.pending.mask >= reports_due) {
        loop.reporting = frame;
        if (!error_report_next(loop)) error_report_text(loop);
        loop.reporting = 0;
    }
}

[[gnu::cold, gnu::noinline]] void reports_dispatch(Loop& loop)
{
    loop.reports_held = 0;  // an operation was left by longjmp
    loop.reporting = 0;     // so was a callback, or it runs the loop itself
    reports_make(loop);
}

[[gnu::cold]] Report report_of(Error error, int type, Watcher* w,
                               const char* text, int number = number_of_watcher,
                               int errnum = 0)
{
    assert(text);
    return {error, errnum, type, w, number, text, nullptr};
}

[[gnu::cold, gnu::noinline]] void error_note(Loop& loop, Error error, int type,
                                             Watcher* w, const char* text,
                                             int errnum)
{
    Report report = report_of(error, type, w, text, number_of_watcher, errnum);
    if (error_queue(loop, report)) return;
    debug_error(loop, report);
    if (!loop.error_text) loop.error_text = text;
    loop.pending.mask |= reports_due;
}

[[gnu::cold, gnu::noinline]] void error_note_quiet(Loop& loop, Error error,
                                                   int type, Watcher* w,
                                                   const char* text, int number,
                                                   int errnum)
{
    error_queue(loop, report_of(error, type, w, text, number, errnum));
}

[[gnu::cold, gnu::noinline]] void error_report(Loop& loop, Error error,
                                               int type, Watcher* w,
                                               const char* text, int errnum)
{
    error_note(loop, error, type, w, text, errnum);
    reports_make(loop);
}

// The backends do not say why: the system is asked, if somebody wants to know.
[[gnu::cold, gnu::noinline]] void fd_error(Loop& loop, Watcher* w, int fd,
                                           int error)
{
    if (!has_error_callback(loop)) return;
    Report report =
        report_of(Error::fd_refused, EV_IO, w,
                  "(libev) ev_io: the descriptor is not supported", fd, error);
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
    error_queue(loop, report);
}

[[gnu::cold, gnu::noinline]] void own_error(Loop& loop, int fd)
{
    error_queue(loop,
                report_of(Error::fd_own, 0, nullptr, own_closed, fd, EBADF));
}

[[gnu::cold, gnu::noinline]] void signum_error(int signum, const char* text)
{
    error_report_of_none(
        report_of(Error::signum, EV_SIGNAL, nullptr, text, signum));
}

}}  // evi
