/* What the kernel keeps for this process beside its files: the state of the
 * loop's own descriptors, which a child shares and must not change.
 */
#ifndef WILD_KERNEL_H_
#define WILD_KERNEL_H_

#include "slots.h"

enum { state_room = 1 << 14 };

typedef struct State {
    char text[state_room];
    size_t used;
} State;

/* Lines that differ without anybody's doing. */
static int is_vague(const char* line)
{
    return !strncmp(line, "pos:", 4) || !strncmp(line, "it_value", 8);
}

static void state_add(State* state, const char* line)
{
    size_t length = strlen(line);
    if (state->used + length >= state_room) abort();
    memcpy(state->text + state->used, line, length + 1);
    state->used += length;
}

/* One of the library's own descriptors, not a slot's file. */
static int is_internal(int fd) { return fd >= fds_from && fd < internal_end; }

static void state_add_fd(State* state, int fd)
{
    char path[64], line[512], target[128];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(path, target, sizeof target - 1);
    if (length < 0) return;
    target[length] = 0;
    snprintf(line, sizeof line, "fd %d %s\n", fd, target);
    state_add(state, line);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    FILE* file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (!is_vague(line)) state_add(state, line);
    if (file) fclose(file);
}

static void state_read(State* state)
{
    rlim_t old = limit_set(limit_high);
    state->used = 0;
    state->text[0] = 0;
    for (int fd = fds_from; is_internal(fd); ++fd) state_add_fd(state, fd);
    limit_set(old);
}

/* The line in which two states differ, without numbers of this process. */
static void state_compare(const State* a, const State* b)
{
    size_t i = 0;
    if (!strcmp(a->text, b->text)) return;
    while (a->text[i] == b->text[i]) ++i;
    while (i && a->text[i - 1] != '\n') --i;
    int length = (int)strcspn(a->text + i, "\n:");
    const char *fd = a->text, *next = fd;
    while (next && next <= a->text + i) {
        fd = next;
        next = strstr(next + 1, "\nfd ");
    }
    fd = strchr(fd + (*fd == '\n') + 3, ' ');
    wrong("a child changed its parent's%.*s (%.*s)", (int)strcspn(fd, "\n"), fd,
          length, a->text + i);
}

/* After closefrom, a loop may use a number that it had and another loop has
 * now. If that one embeds the loop, it takes its own descriptor for a file of
 * the program, and leaves it open. */
static void oracle_nothing_left(void)
{
    int taken = world.closed_all && world.embeds;
    for (int fd = fds_from; !taken && fd < slot_number(slot_count); ++fd)
        if (fcntl(fd, F_GETFD) >= 0) wrong("a descriptor is left open");
    if (world.memory) wrong("memory is left");
}

#endif
