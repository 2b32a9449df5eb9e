/* What relev_dump writes, without the callbacks, whose names depend on how the
 * program was linked. */
#ifndef DUMP_HELP_H_
#define DUMP_HELP_H_

#include <unistd.h>

#include "calls.h"

static char dumped[16384];

/* Removes ", callback NAME" from each line. */
static inline void dumped_strip(void)
{
    char* at = dumped;
    while ((at = strstr(at, ", callback "))) {
        char* end = strchr(at, '\n');
        assert_non_null(end);
        memmove(at, end, strlen(end) + 1);
    }
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
