/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <unistd.h>

#include "hvt.h"
#include "solo5.h"

/* The device, if [offset, offset + len) is on it. */
static const struct device *find(const struct hvt *hvt, uint64_t handle, uint64_t offset,
        uint64_t len)
{
    const struct device *dev = devices_get(&hvt->devices, handle, MFT_DEV_BLOCK_BASIC);

    if (!dev || offset >= dev->capacity || len > dev->capacity - offset)
        return NULL;
    return dev;
}

static int32_t failed(const struct hvt *hvt, ssize_t n)
{
    if (n < 0)
        sigbus_check(hvt);
    return SOLO5_R_EUNSPEC;
}

/*
 * Move all bytes or fail. A file that someone made shorter meanwhile reads as
 * nothing: that is an error, too.
 */
static int32_t read_all(const struct hvt *hvt, int fd, uint8_t *p, uint64_t len,
        uint64_t offset)
{
    while (len > 0) {
        ssize_t n = pread(fd, p, len < HC_CHUNK ? len : HC_CHUNK, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(hvt, n);
        p += n;
        len -= (uint64_t)n;
        offset += (uint64_t)n;
    }
    return SOLO5_R_OK;
}

static int32_t write_all(const struct hvt *hvt, int fd, const uint8_t *p, uint64_t len,
        uint64_t offset)
{
    while (len > 0) {
        ssize_t n = pwrite(fd, p, len < HC_CHUNK ? len : HC_CHUNK, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(hvt, n);
        p += n;
        len -= (uint64_t)n;
        offset += (uint64_t)n;
    }
    return SOLO5_R_OK;
}

/* What a copy does not get, a system call has, or it says why not. */
static bool read_mapped(const struct hvt *hvt, const struct device *dev, void *p, uint64_t len,
        uint64_t offset)
{
    struct block_map_part part;

    return len % sizeof(uint64_t) == 0 &&
            block_map_part(&hvt->devices, dev, offset, len, &part) &&
            sigbus_copy(p, &part, len);
}

int hc_block_write(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    struct hvt_hc_block_write *r = &req->block_write;
    const struct device *dev = find(hvt, r->handle, r->offset, r->len);

    r->ret = SOLO5_R_EINVAL;
    if (!dev)
        return 0;
    const void *p = hc_read_buf(hvt, r->data, r->len, err);
    if (!p)
        return -1;
    r->ret = dev->read_only ? SOLO5_R_EUNSPEC
                            : write_all(hvt, dev->fd, p, r->len, r->offset);
    return 0;
}

int hc_block_read(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    struct hvt_hc_block_read *r = &req->block_read;
    const struct device *dev = find(hvt, r->handle, r->offset, r->len);

    r->ret = SOLO5_R_EINVAL;
    if (!dev)
        return 0;
    void *p = hc_write_buf(hvt, r->data, r->len, err);
    if (!p)
        return -1;
    if (read_mapped(hvt, dev, p, r->len, r->offset))
        r->ret = SOLO5_R_OK;
    else
        r->ret = read_all(hvt, dev->fd, p, r->len, r->offset);
    return 0;
}

static RARE int flush(int fd, struct hvt_hc_block_flush *r)
{
    int error;

    do {
        error = fdatasync(fd);
    } while (error != 0 && errno == EINTR);
    r->ret = error == 0 ? SOLO5_R_OK : SOLO5_R_EUNSPEC;
    return 0;
}

/* To a read-only device nothing was written that could be waited for. */
int hc_block_flush(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    struct hvt_hc_block_flush *r = &req->block_flush;
    const struct device *dev = devices_get(&hvt->devices, r->handle, MFT_DEV_BLOCK_BASIC);

    (void)err;
    if (!dev)
        r->ret = SOLO5_R_EINVAL;
    else if (!dev->read_only)
        return flush(dev->fd, r);
    else
        r->ret = SOLO5_R_OK;
    return 0;
}
