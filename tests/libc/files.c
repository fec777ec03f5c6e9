/* SPDX-License-Identifier: ISC */
/*
 * Files in memory, and the console as the first three descriptors, for programs that write
 * a file and read it back. Names are just names, and nothing is ever removed.
 */
#include "glue.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* newlib has int where others have ssize_t. */
typedef __typeof__(read(0, NULL, 0)) count_t;

#define FIRST (STDERR_FILENO + 1)
#define FILES 8

static struct file {
    char *name;
    char *data;
    size_t size;
} files[FILES];

static struct open_file {
    struct file *file;
    size_t at;
    int flags;
} opened[FILES];

static int no(int error)
{
    errno = error;
    return -1;
}

int isatty(int fd)
{
    return fd >= 0 && fd < FIRST;
}

/* The file called NAME, or the first free one. */
static struct file *find(const char *name)
{
    struct file *f = files;

    while (f < files + FILES && f->name && strcmp(f->name, name) != 0)
        f++;
    return f < files + FILES ? f : NULL;
}

static struct file *find_or_create(const char *name, int flags)
{
    struct file *f = find(name);
    int error = 0;

    if (!f)
        error = ENFILE;
    else if (f->name)
        error = flags & O_CREAT && flags & O_EXCL ? EEXIST : 0;
    else if (!(flags & O_CREAT))
        error = ENOENT;
    else if (!(f->name = strdup(name)))
        error = ENOMEM;
    if (error)
        errno = error;
    return error ? NULL : f;
}

int open(const char *name, int flags, ...)
{
    int slot = 0;
    struct file *file;

    while (slot < FILES && opened[slot].file)
        slot++;
    if (slot == FILES)
        return no(EMFILE);
    if (!(file = find_or_create(name, flags)))
        return -1;
    if (flags & O_TRUNC)
        file->size = 0;
    opened[slot] = (struct open_file){file, 0, flags};
    return FIRST + slot;
}

/* What FD is open as, unless it is open for the OTHER of reading and writing only. */
static struct open_file *get(int fd, int other)
{
    struct open_file *o = NULL;

    if (fd >= FIRST && fd < FIRST + FILES)
        o = &opened[fd - FIRST];
    if (o && o->file && (o->flags & O_ACCMODE) != other)
        return o;
    errno = EBADF;
    return NULL;
}

/* Room for SIZE bytes, zero beyond those that the file has. */
static int grow(struct file *f, size_t size)
{
    char *data;

    if (size <= f->size)
        return 0;
    if (!(data = realloc(f->data, size)))
        return no(ENOSPC);
    memset(data + f->size, 0, size - f->size);
    f->data = data;
    f->size = size;
    return 0;
}

count_t write(int fd, const void *buf, size_t size)
{
    struct open_file *o;

    if (isatty(fd)) {
        solo5_console_write(buf, size);
        return (count_t)size;
    }
    if (!(o = get(fd, O_RDONLY)))
        return -1;
    if (size == 0)
        return 0;
    if (o->flags & O_APPEND)
        o->at = o->file->size;
    if (size > SIZE_MAX - o->at || grow(o->file, o->at + size) != 0)
        return no(ENOSPC);
    memcpy(o->file->data + o->at, buf, size);
    o->at += size;
    return (count_t)size;
}

/* The console has nothing to read. */
count_t read(int fd, void *buf, size_t size)
{
    struct open_file *o;
    size_t left;

    if (isatty(fd))
        return 0;
    if (!(o = get(fd, O_WRONLY)))
        return -1;
    left = o->at < o->file->size ? o->file->size - o->at : 0;
    if (size > left)
        size = left;
    if (size == 0)
        return 0;
    memcpy(buf, o->file->data + o->at, size);
    o->at += size;
    return (count_t)size;
}

off_t lseek(int fd, off_t offset, int whence)
{
    struct open_file *o = get(fd, -1);
    off_t from, to;

    if (!o)
        return no(isatty(fd) ? ESPIPE : EBADF);
    from = whence == SEEK_SET ? 0 : (off_t)(whence == SEEK_CUR ? o->at : o->file->size);
    if (__builtin_add_overflow(from, offset, &to) || to < 0)
        return no(EINVAL);
    o->at = (size_t)to;
    return to;
}

int close(int fd)
{
    struct open_file *o = get(fd, -1);

    if (!o)
        return -1;
    o->file = NULL;
    return 0;
}
