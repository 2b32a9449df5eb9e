// What becomes of a finding: the error callback is called or, if there is none,
// a line is printed.

#include "debug.hh"

#include "../core/watcher.hh"
#include "state.hh"

#if RELEV_DEBUG

#include <fcntl.h>
#include <limits.h>

namespace evi { namespace {

constexpr ev_tstamp slow_default = 1;
char log_path[4096];

// RELEV_DEBUG=abort,log=FILE,only-log,slow=SECONDS; ignored in a setuid
// program.
void options_read(Options& options, const char* text)
{
    while (*text) {
        size_t n = strcspn(text, ",");
        if (n == 5 && !strncmp(text, "abort", 5)) options.abort = true;
        if (n == 8 && !strncmp(text, "only-log", 8)) options.only_log = true;
        if (!strncmp(text, "slow=", 5))
            options.slow = strtod(text + 5, nullptr);
        if (!strncmp(text, "log=", 4) && n - 4 < sizeof log_path) {
            memcpy(log_path, text + 4, n - 4);
            options.log = log_path;
        }
        text += n + (text[n] == ',');
    }
}

Options& options()
{
    static Options all;
    if (all.read) return all;
    const char* text = secure_getenv("RELEV_DEBUG");
    all.slow = slow_default;
    if (text) options_read(all, text);
    all.read = true;
    return all;
}

// The file is opened for each line: a daemon closes all descriptors.
void line_print(const char* line, size_t size)
{
    const char* log = options().log;
    int fd = 2;
    if (log) fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) fd = 2;
    while (write(fd, line, size) < 0 && errno == EINTR) {}
    if (fd != 2) close(fd);
}

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
    bool wanted = has_error_callback(loop) && !options().only_log;
    if (wanted) relev_of(loop), error_call(loop, report);
    if (!wanted || options().log) report_print(report);
    entered = before;
    if (options().abort) abort();
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

void Finding::by(const char* function, const void* caller)
{
    text.put("; "), text.put(function);
    text.put(" called at "), put_function(text, caller);
    text.put(" by thread "), text.put(static_cast<long long>(thread_id()));
}

void Finding::during(const void* callback)
{
    if (!callback) return;
    text.put("; during the callback "), put_function(text, callback);
}

void Finding::started(const Watched& one)
{
    text.put("; started by "), text.put(one.function);
    text.put(" at "), put_function(text, one.caller);
    text.put(" in thread "), text.put(static_cast<long long>(one.thread));
}

void Finding::deliver(Record* record, Loop& loop)
{
    text.end();
    assert(text.length > prefix);
    if (record && record->alive) return report_deliver(loop, report);
    report_print(report);
    if (options().abort) abort();
}

void debug_error(Loop& loop, const Report& error)
{
    Report report = error;
    report_complete(loop, report);
    Finding finding(report.error, report.text + prefix);
    finding.report = report;
    finding.report.text = finding.buffer;
    finding.by(entered.function ? entered.function : "ev_run", entered.caller);
    finding.text.end();
    report_print(finding.report);
    if (options().abort) abort();
}

}}  // evi

#endif
