/* SPDX-License-Identifier: ISC */
#include "devices.h"

#include <errno.h>
#include <fcntl.h>
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

/* An inherited descriptor, @FD. */
static int open_fd(const char *path, struct err *err)
{
    int fd = inherited_fd(path);
    if (fd < 0)
        return err_set(err, "Could not open block device: %s: not an open descriptor "
                            "above 2 (write a name that begins with @ as ./@name)",
                path);
    int mode = fcntl(fd, F_GETFL);
    if (mode < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return err_errno(err, "Could not open block device: %s", path);
    if ((mode & O_ACCMODE) != O_RDWR || (mode & O_APPEND))
        return err_set(err, "Could not open block device: %s: not open for reading and "
                            "writing at any place",
                path);
    return fd;
}

static int open_path(const char *path, struct err *err)
{
    /* O_NONBLOCK: a FIFO is refused below and must not be waited for here. */
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return err_errno(err, "Could not open block device: %s", path);
    return fd;
}

int attach_block(struct device *dev, const char *path, struct err *err)
{
    int fd = path[0] == '@' ? open_fd(path, err) : open_path(path, err);
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
