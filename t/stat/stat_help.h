/* What the stat tests share: a directory of their own, files in it, and what
 * their watchers saw.
 *
 * The clock is virtual (clock.h): advanced past the polling interval it makes
 * a polling watcher look again without any waiting.
 */
#ifndef STAT_HELP_H_
#define STAT_HELP_H_

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "clock.h"

static char stat_dir[128];      /* in $TMPDIR; empty: there is none */
static char stat_paths[8][160]; /* taken in turn by in_dir */

/* Where file `name` is; good until seven more were asked for. */
static inline const char* in_dir(const char* name)
{
    static unsigned next;
    char* path = stat_paths[next++ % 8];
    snprintf(path, sizeof *stat_paths, "%s/%s", stat_dir, name);
    return path;
}

static inline void put_file(const char* name, const char* content)
{
    size_t n = strlen(content);
    int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, n), n);
    close(fd);
}

static inline void add_file(const char* name, const char* content)
{
    size_t n = strlen(content);
    int fd = open(in_dir(name), O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, n), n);
    close(fd);
}

static inline struct stat file_stat(const char* name)
{
    struct stat st;
    assert_int_equal(lstat(in_dir(name), &st), 0);
    return st;
}

static inline int same_stat(const ev_statdata* a, const ev_statdata* b)
{
    /* Of a missing file nothing else is known. */
    if (!a->st_nlink || !b->st_nlink) return a->st_nlink == b->st_nlink;
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino
        && a->st_mode == b->st_mode && a->st_nlink == b->st_nlink
        && a->st_uid == b->st_uid && a->st_gid == b->st_gid
        && a->st_rdev == b->st_rdev && a->st_size == b->st_size
        && a->st_atime == b->st_atime && a->st_mtime == b->st_mtime
        && a->st_ctime == b->st_ctime;
}

static int stat_calls;

static inline void stat_note(struct ev_loop* loop, ev_stat* w, int revents)
{
    (void)loop;
    assert_int_equal(revents, EV_STAT);
    assert_false(same_stat(&w->prev, &w->attr));
    calls_add(w->data);
    ++stat_calls;
}

static inline void stat_begin(struct ev_loop* loop, ev_stat* w,
                              const char* name, const char* path,
                              double interval)
{
    ev_stat_init(w, stat_note, path, interval);
    w->data = (void*)name;
    ev_stat_start(loop, w);
}

/* Removes all that is in an open directory, which is closed. */
static inline void dir_empty(int fd)
{
    DIR* dir = fdopendir(fd);
    for (struct dirent* e; dir && (e = readdir(dir));) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        if (!unlinkat(fd, e->d_name, 0) || errno != EISDIR) continue;
        dir_empty(openat(fd, e->d_name, O_RDONLY | O_DIRECTORY));
        unlinkat(fd, e->d_name, AT_REMOVEDIR);
    }
    if (dir) closedir(dir);
}

static inline int stat_remove(void)
{
    dir_empty(open(stat_dir, O_RDONLY | O_DIRECTORY));
    int removed = !rmdir(stat_dir);
    stat_dir[0] = 0;
    return removed;
}

static pid_t stat_owner;

/* After a test that failed in the middle. */
static inline void stat_clean(void)
{
    if (stat_dir[0] && getpid() == stat_owner) stat_remove();
}

/* Makes the directory; frozen clocks keep polling away from the test. */
static inline struct ev_loop* stat_loop(unsigned flags)
{
    const char* tmp = getenv("TMPDIR");
    struct ev_loop* loop;
    clock_freeze();
    calls_clear();
    stat_calls = 0;
    if (!stat_owner) stat_owner = getpid(), atexit(stat_clean);
    stat_clean();
    snprintf(stat_dir, sizeof stat_dir, "%s/stat-test-XXXXXX",
             tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(stat_dir));
    loop = loop_new(flags);
    return loop;
}

static inline void stat_end(struct ev_loop* loop)
{
    ev_loop_destroy(loop);
    clock_thaw();
    assert_true(stat_remove());
}

/* A few iterations at this moment: inotify's events are served, and what the
 * first ones start. */
static inline void turns(struct ev_loop* loop)
{
    for (int i = 0; i < 4; ++i) ev_run(loop, EVRUN_NOWAIT);
}

/* Time passes, in one step, and the loop runs. */
static inline void pass(struct ev_loop* loop, double seconds)
{
    clock_advance(seconds);
    turns(loop);
}

#endif
