// What becomes of a finding: the error callback is called or, if there is none,
// a line is printed.

#include "debug.hh"

#include "../core/watcher.hh"
#include "state.hh"

#if RELEV_DEBUG

#include <limits.h>

namespace evi { namespace {

void report_print(const Report& report)
{
    char line[1400];
    Text text = {line, sizeof line - 1, 0};
    text.put("relev-debug[");
    text.put(static_cast<long long>(process_id()));
    text.put("]: ");
    relev_error error = error_of(report);
    int room = text.size - text.length;
    text.length +=
        min(error_format(error, {line + text.length, room, 0}), room - 1);
    line[text.length++] = '\n';
    line_print(line, static_cast<size_t>(text.length));
}

// The callback may call any function of the library, also one that finds
// something.
void report_deliver(Loop& loop, const Report& report)
{
    Entered before = entered;
    bool wanted = has_error_callback(loop) && !options.only_log;
    if (wanted) relev_of(loop), error_call(loop, report);
    if (!wanted || options.log) report_print(report);
    entered = before;
    if (options.abort) abort();
}

// To the error callback of all loops. It may make the same error, as the loop
// that it gets is null: then false. The stack grows down.
[[gnu::noinline]] bool report_of_none(const Report& report)
{
    static __thread uintptr_t reporting;
    auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    if (reporting > frame) return false;
    reporting = frame;
    error_report_of_none(report);
    reporting = 0;
    return true;
}

// The same place is reported once.
bool reported_before(Error error, const void* caller)
{
    static struct {
        Error error;
        const void* caller;
    } reported[256];
    static unsigned count;
    if (!caller) return false;
    for (auto& one : reported)
        if (one.error == error && one.caller == caller) return true;
    reported[count++ % 256] = {error, caller};
    return false;
}

Finding::Finding(Error error, const char* what)
    : text{buffer, sizeof buffer, 0}, report{error,   0,      0,      nullptr,
                                             INT_MIN, buffer, nullptr}
{
    text.put("(debug) ");  // as long as "(libev) ", which is left out
    text.put(what);
}

void Finding::about(const Watched& one)
{
    report.type = one.type;
    report.w = one.w;
    report.number = one.number;
    report.callback = one.callback;
}

void Finding::by(const char* function, const void* caller, bool readable)
{
    text.put("; "), text.put(function);
    text.put(" called at "), put_function(text, caller, readable);
    text.put(" by thread "), text.put(static_cast<long long>(thread_id()));
}

void Finding::destroyed_by(const Record& record, bool readable)
{
    text.put("; ev_loop_destroy called at ");
    put_function(text, record.destroyer, readable);
}

void Finding::during(const void* callback, bool sure)
{
    if (!callback) return;
    text.put(sure ? "; during the callback " : "; found after the callback ");
    put_function(text, callback, true);
}

void put_started(Text& text, const Watched& one, bool readable)
{
    text.put("; started by "), text.put(one.function);
    text.put(" at "), put_function(text, one.caller, readable);
    text.put(" in thread "), text.put(static_cast<long long>(one.thread));
}

void Finding::deliver(Record* record, Loop& loop)
{
    text.end();
    assert(text.length > prefix);
    if (record && record->alive) return report_deliver(loop, report);
    bool wanted = has_error_callback(loop) && !options.only_log;
    if (wanted) wanted = report_of_none(report);
    if (!wanted || options.log) report_print(report);
    if (options.abort) abort();
}

void Finding::print()
{
    text.end();
    report_print(report);
    if (options.abort) abort();
}

// What follows from a damage that was just reported is not printed as well.
void debug_error(Loop& loop, const Report& error)
{
    if (entered.reported && error.w == entered.w) return;
    Report report = error;
    report_complete(loop, report);
    Finding finding(report.error, report.text + prefix);
    finding.report = report;
    finding.report.text = finding.buffer;
    finding.by(entered.function ? entered.function : "ev_run", entered.caller);
    finding.text.end();
    report_print(finding.report);
    if (options.abort) abort();
}

}}  // evi

#endif
