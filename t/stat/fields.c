/* Which attributes count as a change. The library's lstat is taken over, so
 * that each field can change alone. */

#include "stat_help.h"

#ifdef __APPLE__
#define st_atim st_atimespec
#define st_mtim st_mtimespec
#define st_ctim st_ctimespec
#endif

static struct stat faked;
static int fake_calls;

int lstat(const char* restrict path, struct stat* restrict st)
{
    if (!strcmp(path, "/faked")) {
        ++fake_calls;
        *st = faked;
        return 0;
    }
    return fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
}

/* The names that lstat goes by in libraries built otherwise. */
#ifndef __USE_FILE_OFFSET64
int lstat_large(const char* path, struct stat* st) __asm__("lstat64");

int lstat_large(const char* path, struct stat* st) { return lstat(path, st); }
#endif

int lstat_old(int version, const char* path,
              struct stat* st) __asm__("__lxstat");

int lstat_old(int version, const char* path, struct stat* st)
{
    (void)version;
    return lstat(path, st);
}

static void faked_file(void)
{
    memset(&faked, 0, sizeof faked);
    faked.st_mode = S_IFREG | 0644;
    faked.st_nlink = 1;
    faked.st_dev = 10, faked.st_ino = 11;
    faked.st_uid = 12, faked.st_gid = 13;
    faked.st_rdev = 14, faked.st_size = 15;
    faked.st_atim.tv_sec = 1000;
    faked.st_mtim.tv_sec = 1001;
    faked.st_ctim.tv_sec = 1002;
}

static void change(int field)
{
    switch (field) {
        case 0:
            ++faked.st_dev;
            break;
        case 1:
            ++faked.st_ino;
            break;
        case 2:
            faked.st_mode ^= 0100;
            break;
        case 3:
            ++faked.st_nlink;
            break;
        case 4:
            ++faked.st_uid;
            break;
        case 5:
            ++faked.st_gid;
            break;
        case 6:
            ++faked.st_rdev;
            break;
        case 7:
            ++faked.st_size;
            break;
        case 8:
            ++faked.st_atim.tv_sec;
            break;
        case 9:
            ++faked.st_mtim.tv_sec;
            break;
        case 10:
            ++faked.st_ctim.tv_sec;
            break;
    }
}

static void test_stat_every_compared_field_alone_is_a_change(void** state)
{
    /* R2.58: compared are dev, ino, mode, nlink, uid, gid, rdev, size and
     * whole seconds of atime, mtime, ctime. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    faked_file();
    fake_calls = 0;
    stat_begin(loop, &w, "w", "/faked", 1.);
    assert_true(fake_calls > 0);
    for (int field = 0; field <= 10; ++field) {
        struct stat before = faked;
        change(field);
        pass(loop, 1.5);
        assert_calls("w");
        assert_true(same_stat(&w.prev, &before));
        assert_true(same_stat(&w.attr, &faked));
        pass(loop, 1.5);
        assert_calls("");
    }
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_other_fields_are_no_change(void** state)
{
    /* R2.58: a change below a second alone is not seen, nor one of the fields
     * that are not compared. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    faked_file();
    fake_calls = 0;
    stat_begin(loop, &w, "w", "/faked", 1.);
    faked.st_atim.tv_nsec = 999999999;
    pass(loop, 1.5);
    faked.st_mtim.tv_nsec = 999999999;
    pass(loop, 1.5);
    faked.st_ctim.tv_nsec = 999999999;
    pass(loop, 1.5);
    faked.st_blocks = 8;
    faked.st_blksize = 4096;
    pass(loop, 1.5);
    assert_calls("");
    assert_true(fake_calls >= 5);

    ++faked.st_size;
    pass(loop, 1.5);
    assert_calls("w");
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static void test_stat_several_fields_at_once_are_one_change(void** state)
{
    /* R2.58: several differences found in one look make one call. */
    struct ev_loop* loop = stat_loop(EVFLAG_NOINOTIFY);
    ev_stat w;

    (void)state;
    faked_file();
    stat_begin(loop, &w, "w", "/faked", 1.);
    for (int field = 0; field <= 10; ++field) change(field);
    pass(loop, 1.5);
    assert_calls("w");
    ev_stat_stop(loop, &w);
    stat_end(loop);
}

static const Test tests[] = {
    EACH(test_stat_every_compared_field_alone_is_a_change),
    EACH(test_stat_other_fields_are_no_change),
    EACH(test_stat_several_fields_at_once_are_one_change),
};

HARNESS_MAIN("stat_fields", tests)
