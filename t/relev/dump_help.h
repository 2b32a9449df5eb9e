/* What relev_dump writes, without the callbacks, whose names depend on how the
 * program was linked. The lines about the loop itself are in a text of their
 * own. */
#ifndef DUMP_HELP_H_
#define DUMP_HELP_H_

#include <unistd.h>

#include "calls.h"

static char dumped[16384];
static char dumped_loop[500];

enum { dumped_loop_lines = 3 };

static inline void dumped_split(void)
{
    char* end = dumped;
    for (int i = 0; i < dumped_loop_lines; ++i) {
        end = strchr(end, '\n');
        assert_non_null(end);
        ++end;
    }
    size_t length = (size_t)(end - dumped);
    assert_true(length < sizeof dumped_loop);
    memcpy(dumped_loop, dumped, length);
    dumped_loop[length] = 0;
    memmove(dumped, end, strlen(end) + 1);
}

static inline void dumped_cut(const char* from)
{
    char* at = dumped;
    while ((at = strstr(at, from))) {
        char* end = strchr(at, '\n');
        assert_non_null(end);
        memmove(at, end, strlen(end) + 1);
    }
}

/* Removes the callback, and what the debug library adds, from each line. */
static inline void dumped_strip(void)
{
    dumped_cut(", callback ");
    dumped_cut("; started by ");
}

static inline int dump(struct ev_loop* loop)
{
    static FILE* file;
    if (!file) file = tmpfile();
    assert_non_null(file);
    rewind(file);
    assert_int_equal(ftruncate(fileno(file), 0), 0);
    int listed = relev_dump(loop, fileno(file));
    rewind(file);
    dumped[fread(dumped, 1, sizeof dumped - 1, file)] = 0;
    dumped_strip();
    dumped_split();
    return listed;
}

/* The last line of a dump. */
static inline const char* dump_reason(struct ev_loop* loop)
{
    char *end, *line;
    dump(loop);
    end = strrchr(dumped, '\n');
    assert_non_null(end);
    *end = 0;
    line = strrchr(dumped, '\n');
    line = line ? line + 1 : dumped;
    assert_memory_equal(line, "ev_run goes on because of: ", 27);
    return line + 27;
}

#endif
