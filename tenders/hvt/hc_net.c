/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hvt.h"
#include "solo5.h"

/* The host has no room for the frame now. A network may lose frames. */
static bool is_transient(int error)
{
    return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

/*
 * What a guest hears of a host's error. A tap that was deleted is readable for
 * ever: take it out of the wait, or the guest would spin.
 */
static int32_t host_error(const struct hvt *hvt, const struct device *dev)
{
    sigbus_check(hvt);
    if (errno == EBADFD)
        epoll_ctl(hvt->waitset.epollfd, EPOLL_CTL_DEL, dev->fd, NULL);
    return SOLO5_R_EUNSPEC;
}

/*
 * No frame has no bytes. It is an empty datagram, or the other end is gone: a guest
 * that reads until there is nothing left must not read that for ever.
 */
static int32_t no_bytes(const struct hvt *hvt, const struct device *dev)
{
    if (!dev->connected)
        return SOLO5_R_AGAIN;
    epoll_ctl(hvt->waitset.epollfd, EPOLL_CTL_DEL, dev->fd, NULL);
    return SOLO5_R_EUNSPEC;
}

/*
 * read(2) or write(2) of a frame. Where there is a second thread, the net ring's, the C library's
 * are points at which a thread can be cancelled: more work than all that is around them here.
 */
static inline ssize_t move_frame(long call, int fd, const void *buf, uint64_t len)
{
    ssize_t n;

    do {
        n = syscall(call, fd, buf, len);
    } while (n < 0 && errno == EINTR);
    return n;
}

/*
 * One frame, whole, or dropped for lack of resources. Nothing a host's interface
 * does (being down, deleted, refusing a frame) ends the guest.
 */
int32_t net_send(const struct hvt *hvt, const struct device *dev, const void *frame,
        uint64_t len)
{
    if (len < SOLO5_NET_HLEN)
        return SOLO5_R_EINVAL;
    ssize_t n = move_frame(SYS_write, dev->fd, frame, len);
    if (n < 0)
        return is_transient(errno) ? SOLO5_R_OK : host_error(hvt, dev);
    return (uint64_t)n == len ? SOLO5_R_OK : SOLO5_R_EUNSPEC;
}

/* What a read of up to LEN bytes has come to that moved N. */
static int32_t read_result(const struct hvt *hvt, const struct device *dev, ssize_t n,
        uint64_t len)
{
    if (n < 0)
        return errno == EAGAIN ? SOLO5_R_AGAIN : host_error(hvt, dev);
    return n == 0 && len > 0 ? no_bytes(hvt, dev) : SOLO5_R_OK;
}

int32_t net_receive(const struct hvt *hvt, const struct device *dev, void *buf,
        uint64_t *len)
{
    ssize_t n = move_frame(SYS_read, dev->fd, buf, *len);
    int32_t ret = read_result(hvt, dev, n, *len);

    if (ret == SOLO5_R_OK)
        *len = (uint64_t)n;
    return ret;
}

int hc_net_write(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    struct hvt_hc_net_write *r = &req->net_write;
    const struct device *dev = devices_get(&hvt->devices, r->handle, MFT_DEV_NET_BASIC);

    r->ret = SOLO5_R_EINVAL;
    if (!dev)
        return 0;
    const void *p = hc_read_buf(hvt, r->data, r->len, err);
    if (!p)
        return -1;
    /* A frame does not overtake those in the ring. */
    ring_drain(hvt);
    r->ret = net_send(hvt, dev, p, r->len);
    return 0;
}

int hc_net_read(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    struct hvt_hc_net_read *r = &req->net_read;
    const struct device *dev = devices_get(&hvt->devices, r->handle, MFT_DEV_NET_BASIC);

    r->ret = SOLO5_R_EINVAL;
    if (!dev)
        return 0;
    void *p = hc_write_buf(hvt, r->data, r->len, err);
    if (!p)
        return -1;
    r->ret = net_receive(hvt, dev, p, &r->len);
    return 0;
}

/* With its header, up to where the next one begins. SIZE is at most 32 bits. */
static uint64_t batch_step(uint64_t size)
{
    return (sizeof(struct hvt_net_frame) + size + 7) & ~UINT64_C(7);
}

/* Field by field: as one word they would have to be put together first. */
static void put_head(uint8_t *at, uint32_t len)
{
    memcpy(at + offsetof(struct hvt_net_frame, len), &len, sizeof len);
    memset(at + offsetof(struct hvt_net_frame, reserved), 0, sizeof len);
}

/*
 * Returns how much of it is used. What is in the guest's memory is written and never looked
 * at again. AGAIN is the only way to know that there is no more, and saves the guest to ask.
 */
static uint64_t receive_batch(const struct hvt *hvt, const struct device *dev, uint8_t *p,
        struct hvt_hc_net_batch *r)
{
    const uint64_t max = r->frame_max;
    const uint8_t *const last = p + (r->len - batch_step(max));
    const int fd = dev->fd;
    uint8_t *at = p;
    uint32_t frames = 0;

    for (; frames < HVT_NET_BATCH_MAX && at <= last; frames++) {
        ssize_t n = move_frame(SYS_read, fd, at + sizeof(struct hvt_net_frame), max);
        if (n <= 0) {
            int32_t ret = read_result(hvt, dev, n, max);
            if (n < 0 || ret == SOLO5_R_EUNSPEC) {
                r->ret = ret;
                break;
            }
        }
        put_head(at, (uint32_t)n);
        at += batch_step((uint64_t)n);
    }
    r->frames = frames;
    return (uint64_t)(at - p);
}

int hc_net_batch(struct hvt *hvt, union hvt_request *req, struct err *err)
{
    struct hvt_hc_net_batch *r = &req->net_batch;
    const struct device *dev = devices_get(&hvt->devices, r->handle, MFT_DEV_NET_BASIC);
    bool is_ready = true;

    r->ready_set = 0;
    r->frames = 0;
    r->ret = SOLO5_R_EINVAL;
    if (!dev || r->frame_max < SOLO5_NET_HLEN || r->len < batch_step(r->frame_max))
        return 0;
    uint8_t *p = hc_write_buf(hvt, r->data, r->len, err);
    if (!p)
        return -1;
    if (r->flags & HVT_NET_BATCH_WAIT) {
        if (hc_wait(hvt, r->timeout_nsecs, &r->ready_set, err) < 0)
            return -1;
        is_ready = r->ready_set >> r->handle & 1;
    }
    r->ret = SOLO5_R_OK;
    r->len = is_ready ? receive_batch(hvt, dev, p, r) : 0;
    return 0;
}
