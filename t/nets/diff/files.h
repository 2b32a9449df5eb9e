/* Files that exist for ev_stat only: an lstat(2) of our own. Before it come
 * file_names, file_sizes (0: there is no such file), file_count and real_file,
 * the number of one that exists for everybody (-1: none).
 */
#ifndef FILES_H_
#define FILES_H_

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* Without what differs from run to run: its times, the number of its inode. */
static int file_stat(const char* path, struct stat* st)
{
    int failed = fstatat(AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);
    st->st_ino = 0;
    st->st_atime = st->st_mtime = st->st_ctime = 0;
    return failed;
}

int lstat(const char* restrict path, struct stat* restrict st)
{
    memset(st, 0, sizeof *st);
    for (int i = 0; i < file_count; ++i) {
        if (strcmp(path, file_names[i])) continue;
        if (i == real_file) return file_stat(path, st);
        if (!file_sizes[i]) break;
        st->st_size = file_sizes[i];
        st->st_nlink = 1;
        return 0;
    }
    errno = ENOENT;
    return -1;
}

/* The same, as older C libraries called it. */
int __lxstat(int version, const char* path, struct stat* st);

int __lxstat(int version, const char* path, struct stat* st)
{
    (void)version;
    return lstat(path, st);
}

#endif
