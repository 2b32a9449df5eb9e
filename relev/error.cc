// relev_set_error_cb: who receives errors and refused watchers.
//
#include "../core/pending.hh"
#include "../core/report.hh"
#include "../core/watcher.hh"
#include "owner.hh"
#include "state.hh"
#include "text.hh"

#include <limits.h>

#if EV_RELEV_ENABLE

namespace evi { namespace {

static_assert(int(Error::fd_range) == RELEV_E_FD_RANGE
                  && int(Error::fd_own) == RELEV_E_FD_OWN
                  && int(Error::signal_taken) == RELEV_E_SIGNAL_TAKEN
                  && int(Error::embed) == RELEV_E_EMBED
                  && int(Error::priority) == RELEV_E_PRIORITY
                  && int(Error::leak) == RELEV_E_LEAK,
              "the codes are those of relev.h");

// For loops that have no callback of their own.
relev_error_cb* error_of_all;
void* error_data_of_all;

[[gnu::cold]] bool has_error_callback(const Loop& loop)
{
    return error_of_all || (loop.relev && loop.relev->error);
}

// Replaces an internal watcher by the one that the program knows.
[[gnu::cold]] void report_complete(const Loop& loop, Report& report)
{
    if (!report.w) return;
    if (report.number == INT_MIN)
        report.number = number_of(report.type, report.w);
    Owner owner = owner_of(loop, report.w, report.type);
    report.type = owner.type;
    report.w = owner.w;
    report.callback = owner.callback;
    if (owner.type || report.error != Error::fd_closed) return;
    report.error = Error::fd_own;
    report.text = own_closed;
}

// Stopping needs no memory (R4.2), so a report is lost if there is none.
[[gnu::cold]] bool reports_reserve(Loop& loop)
{
    if (!loop.relev) {
        void* memory = memory_resize_try(nullptr, sizeof(Relev));
        if (!memory) return false;
        // relev_post of another thread may read it.
        __atomic_store_n(&loop.relev, new (memory) Relev(), __ATOMIC_SEQ_CST);
    }
    auto& reports = loop.relev->reports;
    if (reports.count < reports.capacity) return true;
    int room = max(8, 2 * reports.capacity);
    auto size = static_cast<size_t>(room) * sizeof(Report);
    void* data = memory_resize_try(reports.data, size);
    if (!data) return false;
    reports.data = static_cast<Report*>(data);
    reports.capacity = room;
    return true;
}

[[gnu::cold]] bool error_queue(Loop& loop, const Report& report)
{
    if (!has_error_callback(loop)) return false;
    if (!reports_reserve(loop)) return true;
    auto& reports = loop.relev->reports;
    reports.push(report);
    report_complete(loop, reports[reports.count - 1]);
    loop.pending.mask |= reports_due;
    return true;
}

[[gnu::cold]] relev_error error_of(const Report& report)
{
    assert(int(report.error) > 0);
    return {
        int(report.error), report.errnum,        report.type,     report.w,
        report.number,     report.text + prefix, report.callback,
    };
}

[[gnu::cold]] void error_call(Loop& loop, const Report& report)
{
    Relev& relev = *loop.relev;
    bool own = relev.error != nullptr;
    relev_error_cb* callback = own ? relev.error : error_of_all;
    void* data = own ? relev.error_data : error_data_of_all;
    relev_error error = error_of(report);
    if (callback) callback(c_loop(loop), &error, data);
}

// The caller may be a signal handler.
[[gnu::cold]] void error_report_of_none(const Report& report)
{
    if (!error_of_all) return;
    int error_before = errno;
    relev_error error = error_of(report);
    error_of_all(nullptr, &error, error_data_of_all);
    errno = error_before;
}

[[gnu::cold]] bool error_report_next(Loop& loop)
{
    if (!loop.relev || !loop.relev->reports.count) return false;
    Relev& relev = *loop.relev;
    Report report = relev.reports[relev.made++];
    if (relev.made == relev.reports.count) {
        relev.made = relev.reports.count = 0;
        if (!loop.error_text) loop.pending.mask &= ~reports_due;
    }
    error_call(loop, report);
    return true;
}

[[gnu::cold]] void put_watcher(Text& text, const relev_error& error)
{
    bool unknown = error.watcher && !error.type;
    text.put(unknown ? "watcher" : kind_of(error.type).name);
    if (error.watcher) text.put(' '), text.put(error.watcher);
    else if (error.callback) text.put(" of ev_once");
    if (!error.callback) return;
    text.put(" (callback ");
    put_function(text, error.callback, true);
    text.put(')');
}

[[gnu::cold]] void put_number(Text& text, const relev_error& error)
{
    bool own = error.code == RELEV_E_FD_OWN;
    const char* what = kind_of(own ? int(EV_IO) : error.type).number_name;
    if (!what) return;
    if (text.length) text.put(", ");
    text.put(what), text.put(' ');
    text.put(static_cast<long long>(error.number));
}

[[gnu::cold]] int error_format(const relev_error& error, Text text)
{
    put_watcher(text, error);
    put_number(text, error);
    if (text.length) text.put(": ");
    text.put(error.text);
    if (error.errnum) {
        text.put(" (errno ");
        text.put(static_cast<long long>(error.errnum));
        text.put(')');
    }
    return text.end();
}

[[gnu::cold]] void error_set(Loop& loop, relev_error_cb* callback, void* data)
{
    if (!callback && !loop.relev) return;
    Relev& relev = relev_of(loop);
    relev.error = callback;
    relev.error_data = data;
}

}}  // evi

// The C API.

[[gnu::cold]] void relev_set_error_cb(struct ev_loop* loop, relev_error_cb* cb,
                                      void* data) EV_NOEXCEPT
{
    if (loop) return evi::error_set(evi::entry(loop), cb, data);
    evi::error_of_all = cb;
    evi::error_data_of_all = data;
}

[[gnu::cold]] int relev_error_format(const struct relev_error* error,
                                     char* buffer, int size) EV_NOEXCEPT
{
    if (!error || size < 0 || (size && !buffer)) return evi::failed(EINVAL);
    return evi::error_format(*error, {buffer, size, 0});
}

#endif
