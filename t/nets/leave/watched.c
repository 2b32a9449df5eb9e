/* The record of a run, and the states of the library's descriptors. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../faults/plan.h"
#include "leave.h"

enum { fds_from = 3, fds_to = 100, lines_most = 128, line_most = 200 };

void wrong(const char* format, ...)
{
    va_list values;
    if (!result->wrong[0]) {
        char* at = result->wrong;
        if (world.in_child) at += sprintf(at, "in the child: ");
        at += sprintf(at, "round %d: ", world.round);
        va_start(values, format);
        vsnprintf(at, (size_t)(result->wrong + sizeof result->wrong - at),
                  format, values);
        va_end(values);
    }
    _exit(1);
}

/* A file that is taken for a regular one is always ready: that is no fault. */
void spins(const char* what)
{
    if (!(now.may & may_spin)) wrong("%s", what);
    result->ended = 1;
    _exit(0);
}

static int records(void)
{
    return !world.in_child
        && (now.way == way_none || now.alone || way_forks(now.way));
}

void record(const char* format, ...)
{
    va_list values;
    size_t room = record_most - result->recorded;
    if (!records() || room < 300) return;
    va_start(values, format);
    result->recorded += (size_t)vsnprintf(result->record + result->recorded,
                                          room, format, values);
    va_end(values);
}

/* Keeps of a line of fdinfo what does not differ from run to run; false: it is
 * of no interest. */
static int line_clean(char* line)
{
    static const char* const vague[] = {
        "pos:",     "flags:",     "mnt_id:",          "ino:",
        "it_value", "eventfd-id", "eventfd-semaphore"};
    for (size_t i = 0; i < sizeof vague / sizeof *vague; ++i)
        if (!strncmp(line, vague[i], strlen(vague[i]))) return 0;
    char* position = strstr(line, " pos:");
    if (position) strcpy(position, "\n");
    char* number = strstr(line, " ino:");
    char* mask = number ? strstr(number, " mask:") : NULL;
    if (mask) memmove(number, mask, strlen(mask) + 1);
    char* rest = strstr(line, " ignored_mask");
    if (rest) strcpy(rest, "\n");
    return 1;
}

static int line_compare(const void* a, const void* b) { return strcmp(a, b); }

/* In the order of the text: the kernel's is that of addresses. */
static size_t state_of_fd(int fd, char* text, size_t room)
{
    static char lines[lines_most][line_most];
    char path[64];
    int count = 0, queued = 0;
    size_t used = 0;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE* file = fopen(path, "re");
    while (file && count < lines_most && fgets(lines[count], line_most, file))
        count += line_clean(lines[count]);
    if (file) fclose(file);
    qsort(lines, (size_t)count, line_most, line_compare);
    for (int i = 0; i < count && used + line_most < room; ++i)
        used += (size_t)sprintf(text + used, "  %s", lines[i]);
    if (!ioctl(fd, FIONREAD, &queued) && used + line_most < room)
        used += (size_t)sprintf(text + used, "  %d bytes\n", queued);
    return used;
}

size_t state_read(char* text, size_t room)
{
    size_t used = 0;
    int error = errno;
    *text = 0;
    for (int fd = fds_from; fd < fds_to; ++fd) {
        char path[64], target[64];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = 0;
        if (strncmp(target, "anon_inode:", 11)) continue;
        if (used + line_most > room) break;
        used += (size_t)sprintf(text + used, " fd %d %s\n", fd, target);
        used += state_of_fd(fd, text + used, room - used);
    }
    errno = error;
    return used;
}

void state_record(void)
{
    static char text[1 << 14];
    if (!records()) return;
    state_read(text, sizeof text);
    record("%s", text);
}

/* The first line in which two texts differ. */
void states_compare(const char* before, const char* after)
{
    const char *a = before, *b = after, *fd;
    if (!strcmp(before, after)) return;
    while (*a && *a == *b) ++a, ++b;
    while (a > before && a[-1] != '\n') --a, --b;
    for (fd = a - 1; fd > before && strncmp(fd, "\n f", 3); --fd) {}
    fd += *fd == '\n';
    wrong("the child changed its parent's%.*s:%.*s, now%.*s",
          (int)strcspn(fd, "\n"), fd, (int)strcspn(a, "\n"), a,
          (int)strcspn(b, "\n"), b);
}

int fds_count(void)
{
    int count = 0;
    for (int fd = 0; fd < 4 * fds_to; ++fd)
        count += syscall(SYS_fcntl, fd, 1 /* F_GETFD */) >= 0;
    return count;
}

/* Virtual time is about to pass in a wait. */
void time_blocks(void)
{
    world.waits = world.calls = 0;
    if (world.in_child || world.outside_waits) return;
    if (world.broken) wrong("it waits after ev_break by a signal handler");
    for (int i = 0; i < world.items_count; ++i) {
        const Item* item = &world.items[i];
        /* Polling replaces inotify. */
        int may = now.may || (now.way == way_fail && item->kind == EV_STAT);
        if (item->owed > item->calls && !may)
            wrong("it blocks over '%s'", item->name);
    }
}
