/* SPDX-License-Identifier: ISC */
#include "vhost.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hvt.h"

#define VHOST_PATH "/dev/vhost-net"

/*
 * The tap's frames have no virtio_net_hdr, so vhost takes it off and adds one of zeros: what a
 * guest writes there, such as how to cut a frame into pieces, reaches nobody.
 */
#define FEATURES \
    (1ULL << VIRTIO_F_VERSION_1 | 1ULL << VIRTIO_RING_F_EVENT_IDX | \
            1ULL << VHOST_NET_F_VIRTIO_NET_HDR)

uint64_t vhost_settle(struct hvt *hvt)
{
    uint64_t size = 0;

    hvt->has_vhost = hvt->options.net_vhost && (hvt->ext.features & EXT_F_NET_VHOST) &&
            hvt->devices.n_net > 0;
    if (!hvt->has_vhost) {
        hvt->ext.features &= ~EXT_F_NET_VHOST;
        return 0;
    }
    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&hvt->devices, i, MFT_DEV_NET_BASIC);
        if (dev)
            size += EXT_VHOST_SIZE(dev->mtu);
    }
    return (size + 0xffff) & ~UINT64_C(0xffff);
}

/* Nothing but the device's own part, so that its queues can name nothing else. */
static int set_memory(int fd, uint64_t gpa, uint8_t *part, uint64_t size)
{
    union {
        struct vhost_memory table;
        uint8_t bytes[sizeof(struct vhost_memory) + sizeof(struct vhost_memory_region)];
    } m = {.table = {.nregions = 1}};

    m.table.regions[0] = (struct vhost_memory_region){.guest_phys_addr = gpa,
            .memory_size = size,
            .userspace_addr = (uintptr_t)part};
    return ioctl(fd, VHOST_SET_MEM_TABLE, &m.table);
}

static int set_features(int fd)
{
    uint64_t has, wanted = FEATURES;

    if (ioctl(fd, VHOST_GET_FEATURES, &has) != 0)
        return -1;
    if ((has & wanted) != wanted) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return ioctl(fd, VHOST_SET_FEATURES, &wanted);
}

/* A number or a descriptor, of queue INDEX: struct vhost_vring_file has the same shape. */
static int set(int fd, unsigned long request, unsigned index, unsigned value)
{
    struct vhost_vring_state s = {index, value};

    return ioctl(fd, request, &s);
}

/* The tap comes last: what has none stands still. */
static int set_queue(int fd, unsigned index, const struct ext_vring *ring, int kick, int call,
        int tap)
{
    struct vhost_vring_addr addr = {.index = index,
            .desc_user_addr = (uintptr_t)ring->desc,
            .avail_user_addr = (uintptr_t)&ring->avail,
            .used_user_addr = (uintptr_t)&ring->used};

    return set(fd, VHOST_SET_VRING_NUM, index, EXT_VRING_SLOTS) != 0 ||
                    set(fd, VHOST_SET_VRING_BASE, index, 0) != 0 ||
                    ioctl(fd, VHOST_SET_VRING_ADDR, &addr) != 0 ||
                    set(fd, VHOST_SET_VRING_KICK, index, (unsigned)kick) != 0 ||
                    set(fd, VHOST_SET_VRING_CALL, index, (unsigned)call) != 0
            ? -1
            : set(fd, VHOST_NET_SET_BACKEND, index, (unsigned)tap);
}

/* The guest's address of a device's part of memory as one of this process. */
static uint8_t *part_at(const struct hvt *hvt, uint64_t gpa)
{
    return (uint8_t *)guest_mem_top(&hvt->mem) + (gpa - hvt->mem.size);
}

static int set_up(int fd, const struct device *dev, uint64_t gpa, uint8_t *part, int kick,
        int call)
{
    const struct ext_vhost *queues = (const struct ext_vhost *)part;

    return ioctl(fd, VHOST_SET_OWNER, 0) != 0 || set_features(fd) != 0 ||
                    set_memory(fd, gpa, part, EXT_VHOST_SIZE(dev->mtu)) != 0 ||
                    set_queue(fd, 0, &queues->receive, kick, call, dev->fd) != 0
            ? -1
            : set_queue(fd, 1, &queues->transmit, kick, call, dev->fd);
}

/* How the guest's kicks come to vhost: past the tender, or by the net ring. */
static int set_kick(struct hvt *hvt, uint32_t handle, int kick, struct err *err)
{
    if (hvt->ring_gpa != 0) {
        hvt->vhost.kick[handle] = kick;
        return 0;
    }
    if (vm_kick_fd(&hvt->vm, kick, handle, err) != 0)
        return -1;
    close(kick);
    return 0;
}

static int start_device(struct hvt *hvt, uint32_t handle, uint64_t gpa, struct err *err)
{
    struct device *dev = &hvt->devices.d[handle];

    if (!dev->is_tap)
        return err_set(err, "--net-accel=vhost: device '%s' is a socket, not a tap", dev->name);
    int fd = open(VHOST_PATH, O_RDWR | O_CLOEXEC);
    int kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return err_errno(err, "--net-accel=vhost: could not open " VHOST_PATH);
    if (kick < 0 || call < 0 || set_up(fd, dev, gpa, part_at(hvt, gpa), kick, call) != 0)
        return err_errno(err, "--net-accel=vhost: " VHOST_PATH " for device '%s'", dev->name);
    close(dev->fd);
    dev->fd = call;
    dev->vhost = true;
    hvt->vhost.fd[handle] = fd;
    return set_kick(hvt, handle, kick, err);
}

int vhost_start(struct hvt *hvt, struct err *err)
{
    uint64_t gpa = hvt->ext.net_vhost;

    for (uint32_t i = 1; hvt->has_vhost && i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&hvt->devices, i, MFT_DEV_NET_BASIC);
        if (!dev)
            continue;
        if (start_device(hvt, i, gpa, err) != 0)
            return -1;
        gpa += EXT_VHOST_SIZE(dev->mtu);
    }
    return 0;
}

/* If it is full, it has been kicked often enough. */
void vhost_kick(const struct vhost *v, uint64_t handle)
{
    uint64_t one = 1;

    if (handle < MFT_MAX_ENTRIES && v->kick[handle] > 0)
        while (write(v->kick[handle], &one, sizeof one) < 0 && errno == EINTR)
            continue;
}

size_t vhost_fds(const struct vhost *v, int fds[2 * MFT_MAX_ENTRIES])
{
    size_t n = 0;

    for (size_t i = 0; i < MFT_MAX_ENTRIES; i++) {
        if (v->fd[i] > 0)
            fds[n++] = v->fd[i];
        if (v->kick[i] > 0)
            fds[n++] = v->kick[i];
    }
    return n;
}
