/* What the tests of scale and of endurance share: doses, memory and fds that
 * are counted, chance that can be repeated.
 */
#ifndef SOAK_H_
#define SOAK_H_

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/fds.h"

/* The small dose is for every check, the full one for `run.sh full`. */
static inline int dose(int small, int full)
{
    const char* text = getenv("SOAK_DOSE");
    return text && !strcmp(text, "full") ? full : small;
}

/* Weak: one for all files of a program. */
#define SHARED __attribute__((weak))

/* Memory of the library, in blocks and bytes. Many threads may ask for it. */
SHARED int soak_blocks;
SHARED long soak_bytes;

static inline void* soak_allocate(void* old, long size)
{
    long change = size - (old ? (long)malloc_usable_size(old) : 0);
    __atomic_add_fetch(&soak_bytes, change, __ATOMIC_SEQ_CST);
    if (size && !old) __atomic_add_fetch(&soak_blocks, 1, __ATOMIC_SEQ_CST);
    if (!size && old) __atomic_sub_fetch(&soak_blocks, 1, __ATOMIC_SEQ_CST);
    void* p = size ? realloc(old, (size_t)size) : NULL;
    if (!size) free(old);
    if (!size) return NULL;
    change = (long)malloc_usable_size(p) - size; /* it gave more than asked */
    __atomic_add_fetch(&soak_bytes, change, __ATOMIC_SEQ_CST);
    return p;
}

static inline int soak_fds(void)
{
    int count = 0;
    DIR* dir = opendir("/proc/self/fd");
    while (dir && readdir(dir)) ++count;
    if (dir) closedir(dir);
    return count;
}

typedef struct Ledger {
    int fds, blocks;
} Ledger;

static inline Ledger ledger_open(void)
{
    ev_set_allocator(soak_allocate);
    Ledger ledger = {soak_fds(), soak_blocks};
    return ledger;
}

/* All is as it was. */
static inline void ledger_close(Ledger ledger)
{
    assert_int_equal(soak_fds(), ledger.fds);
    assert_int_equal(soak_blocks, ledger.blocks);
}

SHARED uint64_t chance_state = 88172645463325252ull;

/* A number below n. */
static inline unsigned chance(unsigned n)
{
    chance_state ^= chance_state << 13;
    chance_state ^= chance_state >> 7;
    chance_state ^= chance_state << 17;
    return (unsigned)(chance_state >> 33) % n;
}

#endif
