// The options in RELEV_DEBUG, and where lines are printed.

#include "debug.hh"

#include "dump_output.hh"

#if RELEV_DEBUG

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

namespace evi { namespace {

Options options = {false, false, false, 1, nullptr};

// The file that was standard error when the program began; inode 0: none.
struct stat error_file;

char log_path[PATH_MAX];

// Is it still, or a log? A daemon closes it, and its number may become that of
// a file with data, or of a connection.
bool error_open()
{
    struct stat now = {};
    if (fstat(2, &now)) return false;
    bool same = now.st_dev == error_file.st_dev
             && now.st_ino == error_file.st_ino && now.st_ino;
    return same || fcntl(2, F_GETFL) & O_APPEND;
}

int log_open() { return options.log ? output_open(options.log, nullptr) : -1; }

// The file is opened for each line: a daemon closes all descriptors. The
// program may have a standard error that nobody reads.
void line_print(const char* line, size_t size)
{
    int error = errno;
    int log = log_open();
    int fd = log < 0 ? 2 : log;
    bool printed = log >= 0 || error_open();
    Output output = {};
    if (printed) {
        output_begin(output, fd);
        output_bytes(output, line, static_cast<int>(size));
        output_end(output);
    }
    if (log >= 0) close(log);
    errno = error;
}

// An option, in the text of the variable.
struct Token {
    const char* text;
    size_t size;

    bool is(const char* name) const
    {
        return size == strlen(name) && !memcmp(text, name, size);
    }

    bool after(const char* name, Token& rest) const
    {
        size_t n = strlen(name);
        if (size < n || memcmp(text, name, n)) return false;
        rest = {text + n, size - n};
        return true;
    }
};

void complain(const char* what, Token token)
{
    char line[200];
    Text text = {line, sizeof line - 1, 0};
    text.put("relev-debug["), text.put(static_cast<long long>(process_id()));
    text.put("]: RELEV_DEBUG: "), text.put(what);
    text.put(": ");
    for (size_t i = 0; i < token.size; ++i) text.put(token.text[i]);
    int length = min(text.length, text.size - 1);
    line[length++] = '\n';
    line_print(line, static_cast<size_t>(length));
}

// With a point in every locale. False: it is no such number.
bool seconds_read(Token token, ev_tstamp& seconds)
{
    ev_tstamp value = 0, unit = 0;
    bool digits = false;
    for (size_t i = 0; i < token.size; ++i) {
        char c = token.text[i];
        bool point = c == '.' && unit <= 0;
        if (!point && (c < '0' || c > '9')) return false;
        digits |= !point;
        if (point) unit = 1;
        else if (unit > 0) value += (unit /= 10) * (c - '0');
        else value = value * 10 + (c - '0');
    }
    assert(value >= 0);
    if (digits) seconds = value;
    return digits;
}

// A program may change its directory. False: the path is too long.
bool log_set(Token path)
{
    size_t n = 0;
    bool relative = path.size && path.text[0] != '/';
    if (relative && getcwd(log_path, sizeof log_path)) {
        n = strlen(log_path);
        log_path[n++] = '/';
    }
    if (!path.size || n + path.size >= sizeof log_path) return false;
    memcpy(log_path + n, path.text, path.size);
    log_path[n + path.size] = 0;
    options.log = log_path;
    int log = log_open();
    if (log >= 0) close(log);
    else options.log = nullptr;
    return options.log;
}

void option_read(Token token)
{
    Token value;
    if (token.is("abort")) options.abort = true;
    else if (token.is("only-log")) options.only_log = true;
    else if (token.is("leaks")) options.leaks = true;
    else if (token.after("slow=", value)) {
        if (!seconds_read(value, options.slow))
            complain("not a number of seconds", token);
    } else if (token.after("log=", value)) {
        if (!log_set(value)) complain("cannot write this file", token);
    } else if (token.size) complain("unknown option", token);
}

// The library is loaded: of the program, nothing ran yet.
[[gnu::constructor]] void debug_begin()
{
    int error = errno;
    if (fstat(2, &error_file)) error_file = {};
    const char* text = secure_getenv("RELEV_DEBUG");
    while (text && *text) {
        size_t n = strcspn(text, ",");
        option_read({text, n});
        text += n + (text[n] == ',');
    }
    assert(options.slow >= 0);
    errno = error;
}

}}  // evi

#endif
