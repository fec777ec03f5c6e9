/* SPDX-License-Identifier: ISC */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its size in bytes: a block device's st_size is 0, but its end can be sought. */
static int capacity_of(int fd, const char *path, uint64_t *capacity, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_errno(err, "%s: Could not determine capacity", path);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return err_set(err, "Could not open block device: %s: it is neither a file nor a "
                            "block device",
                path);
    off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return err_errno(err, "%s: Could not determine capacity", path);
    *capacity = (uint64_t)end;
    return 0;
}

/* " (--block-ro:NAME ...)" if that would help, else "". */
static void make_hint(char hint[128], const struct device *dev, bool helps)
{
    hint[0] = 0;
    if (helps && !dev->read_only)
        snprintf(hint, 128, " (--block-ro:%s attaches it read-only)", dev->name);
}

/* Can it be used as DEV wants to? Writes go to any place, so not only to the end. */
static bool is_mode_good(const struct device *dev, int mode)
{
    if (mode & O_PATH)
        return false;
    if (dev->read_only)
        return (mode & O_ACCMODE) != O_WRONLY;
    return (mode & O_ACCMODE) == O_RDWR && !(mode & O_APPEND);
}

/* An inherited descriptor, @FD. */
static int open_fd(const struct device *dev, const char *path, struct err *err)
{
    char hint[128];

    int fd = inherited_fd(path);
    if (fd < 0)
        return err_set(err, "Could not open block device: %s: not an open descriptor "
                            "above 2 (write a name that begins with @ as ./@name)",
                path);
    int mode = fcntl(fd, F_GETFL);
    if (mode < 0)
        return err_errno(err, "Could not open block device: %s", path);
    if (!is_mode_good(dev, mode)) {
        make_hint(hint, dev, !(mode & O_PATH) && (mode & O_ACCMODE) != O_WRONLY);
        return err_set(err, "Could not open block device: %s: not open for reading%s%s", path,
                dev->read_only ? "" : " and writing at any place", hint);
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return err_errno(err, "Could not open block device: %s", path);
    return fd;
}

/* O_NONBLOCK: a FIFO is refused by capacity_of() and must not be waited for here. */
static int open_as(const char *path, int mode)
{
    return open(path, mode | O_CLOEXEC | O_NONBLOCK);
}

/* It was refused for writing, but can be read. */
static bool is_readable(const char *path)
{
    int fd = open_as(path, O_RDONLY);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static int open_path(const struct device *dev, const char *path, struct err *err)
{
    char hint[128];

    int fd = open_as(path, dev->read_only ? O_RDONLY : O_RDWR);
    if (fd >= 0)
        return fd;
    int why = errno;
    make_hint(hint, dev,
            (why == EACCES || why == EPERM || why == EROFS) && is_readable(path));
    return err_set(err, "Could not open block device: %s: %s%s", path, strerror(why), hint);
}

int attach_block(struct device *dev, const char *path, struct err *err)
{
    int fd = path[0] == '@' ? open_fd(dev, path, err) : open_path(dev, path, err);
    if (fd < 0)
        return -1;
    if (capacity_of(fd, path, &dev->capacity, err) != 0)
        goto fail;
    if (dev->capacity < dev->block_size) {
        err_set(err, "%s: Backing storage must be at least 1 block (%u bytes) in size: %s",
                dev->name, dev->block_size, path);
        goto fail;
    }
    if (dev->capacity % dev->block_size != 0) {
        err_set(err, "%s: Backing storage size must be block aligned (%u bytes): %s",
                dev->name, dev->block_size, path);
        goto fail;
    }
    dev->fd = fd;
    return 0;

fail:
    close(fd);
    return -1;
}

/*
 * A lock of the open file (fcntl_locking(2)): it conflicts with that of any other
 * process that opened the file itself, and is gone when the file is closed, however
 * that comes about. A file system that can't lock can't tell who else is there:
 * that is for the user to decide.
 */
int lock_block(const struct device *dev, const char *path, struct err *err)
{
    struct flock whole = {.l_type = dev->read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(dev->fd, F_OFD_SETLK, &whole) == 0)
        return 0;
    bool taken = errno == EAGAIN || errno == EACCES;
    return err_set(err, "Could not open block device: %s: %s%s; --block-nolock:%s attaches it "
                        "all the same",
            path, taken ? "locked by another process" : "could not be locked: ",
            taken ? "" : strerror(errno), dev->name);
}
