/* SPDX-License-Identifier: ISC */
/*
 * --net-accel=vhost: what the kernel is told about each device, and what is left of it; no such
 * device, and a kernel that refuses. /dev/vhost-net is played here.
 *
 * links: tenders/hvt/vhost.c tenders/hvt/policy.c tests/unit/fake_vm.c
 * links: tenders/common/guest_mem.c tenders/common/devices.c
 * links: tenders/common/attach_net.c tenders/common/attach_block.c
 * links: tenders/common/manifest.c tenders/common/image.c tenders/common/options.c
 * links: tenders/common/waitset.c tenders/common/sandbox.c tenders/common/filter.c
 * links: tenders/common/err.c tenders/hvt/signals.c
 *
 * wraps: open ioctl
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../tenders/hvt/hooks.h"
#include "fake_vm.h"

#define SIZE 0x1000000ULL
#define RING 0x10000ULL
#define NET 1
#define DISK 2
#define NET2 5
#define ALL_FEATURES (1ULL << VHOST_NET_F_VIRTIO_NET_HDR | 1ULL << 32 | 1ULL << 29)

const struct options_more hooks_options = {.program = "test_vhost"};

static struct hvt hvt;
static struct err err;

/*
 * The kernel
 */
static struct told {
    int fd;
    unsigned long request;
    struct vhost_vring_state value; /* or struct vhost_vring_file */
    struct vhost_vring_addr addr;
    struct vhost_memory_region region;
    uint64_t features;
} told[64];
static unsigned n_told, fails_at; /* counted from 1; 0: none */
static int open_error;
static uint64_t kernel_features;

int __real_open(const char *path, int flags, int mode);
int __wrap_open(const char *path, int flags, int mode);
int __wrap_open(const char *path, int flags, int mode)
{
    if (strcmp(path, "/dev/vhost-net") != 0)
        return __real_open(path, flags, mode);
    assert_int_equal(flags, O_RDWR | O_CLOEXEC);
    errno = open_error;
    return open_error ? -1 : __real_open("/dev/null", flags, mode);
}

int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
    struct told *t = &told[n_told++];

    *t = (struct told){.fd = fd, .request = request};
    if (n_told == fails_at) {
        errno = EBUSY;
        return -1;
    }
    switch (request) {
    case VHOST_SET_OWNER:
        break;
    case VHOST_GET_FEATURES:
        *(uint64_t *)arg = kernel_features;
        break;
    case VHOST_SET_FEATURES:
        t->features = *(uint64_t *)arg;
        break;
    case VHOST_SET_MEM_TABLE: {
        const struct vhost_memory *m = arg;
        assert_int_equal(m->nregions, 1);
        assert_int_equal(m->padding, 0);
        t->region = m->regions[0];
        break;
    }
    case VHOST_SET_VRING_ADDR:
        t->addr = *(struct vhost_vring_addr *)arg;
        break;
    default:
        t->value = *(struct vhost_vring_state *)arg;
    }
    return 0;
}

static void reset(void)
{
    n_told = fails_at = 0;
    open_error = 0;
    kernel_features = UINT64_MAX;
    fake_vm = (struct fake_vm){.kick_fd = -1};
}

/* Of a number that nothing else gets when it is closed. */
static int make_tap(void)
{
    int fd = eventfd(0, 0), high = fcntl(fd, F_DUPFD, 500);

    close(fd);
    return high;
}

static void add_net(unsigned handle, const char *name, uint32_t mtu)
{
    hvt.devices.d[handle] = (struct device){.type = MFT_DEV_NET_BASIC,
            .fd = make_tap(),
            .mtu = mtu,
            .is_tap = true,
            .name = name};
    hvt.devices.n_net++;
}

/* Two networks, with a disk in between, and vhost's memory behind RING_SIZE bytes of a ring. */
static uint64_t prepare(uint64_t ring_size)
{
    reset();
    hvt = (struct hvt){.options = {.net_vhost = true},
            .ext = {.features = EXT_F_NET_VHOST | EXT_F_NET_BATCH},
            .ring = {.kick = -1}};
    assert_works(guest_mem_alloc(&hvt.mem, SIZE, false, &err), err);
    add_net(NET, "one", 1500);
    add_net(NET2, "two", 9000);
    hvt.devices.d[DISK] = (struct device){.type = MFT_DEV_BLOCK_BASIC, .fd = -1};
    uint64_t size = vhost_settle(&hvt);
    uint64_t top = guest_mem_reserve(&hvt.mem, size + ring_size);
    hvt.ring_gpa = ring_size ? top : 0;
    hvt.ext.net_vhost = top + ring_size;
    return size;
}

static void settled(void **state)
{
    (void)state;
    uint64_t size = prepare(0);
    assert_true(hvt.has_vhost);
    assert_int_equal(hvt.ext.features, EXT_F_NET_VHOST | EXT_F_NET_BATCH);
    assert_int_equal(size % 0x10000, 0);
    assert_true(size >= EXT_VHOST_SIZE(1500) + EXT_VHOST_SIZE(9000));
    assert_true(size < EXT_VHOST_SIZE(1500) + EXT_VHOST_SIZE(9000) + 0x10000);

    /* Not asked for, not known to the image, nothing to do. */
    hvt.options.net_vhost = false;
    assert_int_equal(vhost_settle(&hvt), 0);
    assert_int_equal(hvt.ext.features, EXT_F_NET_BATCH);
    assert_false(hvt.has_vhost);
    hvt.options.net_vhost = true;
    assert_int_equal(vhost_settle(&hvt), 0);
    hvt.ext.features = EXT_F_NET_VHOST;
    hvt.devices = (struct devices){.n_net = 0};
    assert_int_equal(vhost_settle(&hvt), 0);
    assert_int_equal(hvt.ext.features, 0);
    assert_works(vhost_start(&hvt, &err), err);
    assert_int_equal(n_told, 0);
}

/* Room for all, whatever the MTU: parts do not overlap, and end where memory does. */
static void sizes(void **state)
{
    (void)state;
    for (uint64_t mtu = 1; mtu <= UINT16_MAX; mtu++) {
        uint64_t slot = EXT_VHOST_SLOT(mtu), size = EXT_VHOST_SIZE(mtu);
        assert_true(slot >= 4 + 12 + mtu + 14 + 8 && slot < 4 + 12 + mtu + 14 + 8 + 64);
        assert_int_equal(slot % 64, 0);
        assert_int_equal(size % 4096, 0);
        assert_true(size >= 4096 + 128 * slot && size < 4096 + 128 * slot + 4096);
    }
}

static const struct told *find(int fd, unsigned long request, unsigned index)
{
    for (unsigned i = 0; i < n_told; i++)
        if (told[i].fd == fd && told[i].request == request && told[i].value.index == index)
            return &told[i];
    fail_msg("not told: 0x%lx %u", request, index);
    return NULL;
}

static const struct told *find_addr(int fd, unsigned index)
{
    for (unsigned i = 0; i < n_told; i++)
        if (told[i].fd == fd && told[i].request == VHOST_SET_VRING_ADDR &&
                told[i].addr.index == index)
            return &told[i];
    fail_msg("no addresses");
    return NULL;
}

static void expect_queue(int fd, unsigned index, const struct ext_vring *q, int tap)
{
    assert_int_equal(find(fd, VHOST_SET_VRING_NUM, index)->value.num, 64);
    assert_int_equal(find(fd, VHOST_SET_VRING_BASE, index)->value.num, 0);
    assert_int_equal(find(fd, VHOST_NET_SET_BACKEND, index)->value.num, tap);
    const struct vhost_vring_addr *a = &find_addr(fd, index)->addr;
    assert_int_equal(a->flags, 0);
    assert_int_equal(a->desc_user_addr, (uintptr_t)q->desc);
    assert_int_equal(a->avail_user_addr, (uintptr_t)&q->avail);
    assert_int_equal(a->used_user_addr, (uintptr_t)&q->used);
    /* No tap before all else is told. */
    for (unsigned i = 0; i < n_told; i++)
        if (told[i].fd == fd && told[i].request == VHOST_NET_SET_BACKEND &&
                told[i].value.index == index)
            for (unsigned k = i + 1; k < n_told; k++)
                assert_true(told[k].fd != fd || told[k].value.index != index ||
                        told[k].request == VHOST_SET_VRING_ADDR);
}

static const struct vhost_memory_region *region_of(int fd)
{
    return &find(fd, VHOST_SET_MEM_TABLE, 0)->region;
}

static void expect_device(unsigned handle, uint64_t gpa, uint64_t mtu, int tap)
{
    int fd = hvt.vhost.fd[handle];
    uint8_t *part = hvt.mem.host + gpa;
    const struct ext_vhost *v = (const struct ext_vhost *)part;

    assert_true(fd > 2);
    assert_int_equal(find(fd, VHOST_SET_FEATURES, 0)->features, ALL_FEATURES);
    assert_int_equal(region_of(fd)->guest_phys_addr, gpa);
    assert_int_equal(region_of(fd)->memory_size, EXT_VHOST_SIZE(mtu));
    assert_int_equal(region_of(fd)->userspace_addr, (uintptr_t)part);
    assert_int_equal(region_of(fd)->flags_padding, 0);
    expect_queue(fd, 0, &v->receive, tap);
    expect_queue(fd, 1, &v->transmit, tap);
    const struct device *dev = &hvt.devices.d[handle];
    assert_true(dev->vhost);
    assert_int_equal(find(fd, VHOST_SET_VRING_CALL, 0)->value.num, dev->fd);
    assert_int_equal(find(fd, VHOST_SET_VRING_CALL, 1)->value.num, dev->fd);
    assert_int_equal(fcntl(tap, F_GETFD), -1); /* vhost has it */
}

static void started(void **state)
{
    (void)state;
    prepare(0);
    int tap = hvt.devices.d[NET].fd, tap2 = hvt.devices.d[NET2].fd;
    uint64_t gpa = hvt.ext.net_vhost;
    assert_works(vhost_start(&hvt, &err), err);
    expect_device(NET, gpa, 1500, tap);
    expect_device(NET2, gpa + EXT_VHOST_SIZE(1500), 9000, tap2);
    assert_true(gpa + EXT_VHOST_SIZE(1500) + EXT_VHOST_SIZE(9000) <= hvt.mem.end);
    /* Kicks go past the tender, each with its device's number. */
    assert_int_equal(fake_vm.kick_value, NET2);
    assert_true(hvt.vhost.kick[NET] == 0 && hvt.vhost.kick[NET2] == 0);
    int fds[2 * MFT_MAX_ENTRIES];
    assert_int_equal(vhost_fds(&hvt.vhost, fds), 2);
    assert_int_equal(fds[0], hvt.vhost.fd[NET]);
    assert_int_equal(fds[1], hvt.vhost.fd[NET2]);
}

static void started_with_ring(void **state)
{
    (void)state;
    prepare(RING);
    int tap = hvt.devices.d[NET].fd;
    assert_works(vhost_start(&hvt, &err), err);
    assert_int_equal(hvt.ext.net_vhost, hvt.ring_gpa + RING);
    expect_device(NET, hvt.ext.net_vhost, 1500, tap);
    assert_int_equal(fake_vm.kick_fd, -1);
    assert_int_equal(find(hvt.vhost.fd[NET], VHOST_SET_VRING_KICK, 0)->value.num,
            hvt.vhost.kick[NET]);
    assert_int_equal(find(hvt.vhost.fd[NET], VHOST_SET_VRING_KICK, 1)->value.num,
            hvt.vhost.kick[NET]);
    int fds[2 * MFT_MAX_ENTRIES];
    assert_int_equal(vhost_fds(&hvt.vhost, fds), 4);
}

/* A kick for any number: a device's own, or nothing. Many are not waited for. */
static void kicks(void **state)
{
    eventfd_t n;

    (void)state;
    prepare(RING);
    assert_works(vhost_start(&hvt, &err), err);
    vhost_kick(&hvt.vhost, NET);
    vhost_kick(&hvt.vhost, NET);
    vhost_kick(&hvt.vhost, 0);
    vhost_kick(&hvt.vhost, DISK);
    vhost_kick(&hvt.vhost, MFT_MAX_ENTRIES);
    vhost_kick(&hvt.vhost, UINT64_MAX);
    assert_int_equal(eventfd_read(hvt.vhost.kick[NET], &n), 0);
    assert_int_equal(n, 2);
    assert_int_equal(eventfd_read(hvt.vhost.kick[NET2], &n), -1);
    assert_int_equal(eventfd_write(hvt.vhost.kick[NET], UINT64_MAX - 1), 0);
    vhost_kick(&hvt.vhost, NET);
}

/* Each notification is told once, without being read. */
static void waited_for(void **state)
{
    uint64_t ready;

    (void)state;
    prepare(0);
    hvt.devices.d[DISK].type = 0;
    assert_works(vhost_start(&hvt, &err), err);
    assert_works(waitset_open(&hvt.waitset, &hvt.devices, &err), err);
    assert_int_equal(waitset_wait(&hvt.waitset, 0, &ready), 0);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(eventfd_write(hvt.devices.d[NET2].fd, 1), 0);
        assert_int_equal(eventfd_write(hvt.devices.d[NET2].fd, 1), 0);
        assert_int_equal(waitset_wait(&hvt.waitset, 0, &ready), 1);
        assert_int_equal(ready, 1U << NET2);
        assert_int_equal(waitset_wait(&hvt.waitset, 0, &ready), 0);
    }
}

static void refused(void **state)
{
    (void)state;
    prepare(0);
    open_error = ENOENT;
    assert_fails(vhost_start(&hvt, &err), err,
            "--net-accel=vhost: could not open /dev/vhost-net: No such file or directory");
    prepare(0);
    kernel_features &= ~(1ULL << VHOST_NET_F_VIRTIO_NET_HDR);
    assert_fails(vhost_start(&hvt, &err), err,
            "--net-accel=vhost: /dev/vhost-net for device 'one': Operation not supported");
    prepare(0);
    hvt.devices.d[NET2].is_tap = false;
    assert_fails(vhost_start(&hvt, &err), err,
            "--net-accel=vhost: device 'two' is a socket, not a tap");
    prepare(0);
    fake_vm.kick_fails = true;
    assert_fails(vhost_start(&hvt, &err), err, "no kick");
}

static void every_ioctl_fails(void **state)
{
    unsigned n;

    (void)state;
    prepare(0);
    assert_works(vhost_start(&hvt, &err), err);
    n = n_told;
    assert_int_equal(n, 2 * (4 + 2 * 6));
    for (unsigned i = 1; i <= n; i++) {
        prepare(0);
        fails_at = i;
        assert_fails(vhost_start(&hvt, &err), err,
                i <= n / 2 ? "/dev/vhost-net for device 'one': Device or resource busy"
                           : "/dev/vhost-net for device 'two': Device or resource busy");
    }
}

/* Which calls with FD as their first argument the policy has. */
static unsigned calls_on(const struct sandbox *sb, int fd)
{
    unsigned n = 0;

    for (size_t i = 0; i < sb->n_rows; i++)
        for (unsigned k = 0; k < sb->rows[i].n_cmp; k++)
            n += sb->rows[i].nr != __NR_tgkill && sb->rows[i].nr != __NR_rt_sigaction &&
                    sb->rows[i].cmp[k].arg != 1 && sb->rows[i].cmp[k].value == (unsigned)fd;
    return n;
}

/* Nothing may be asked of vhost or its eventfd; kicks are passed on where the ring brings them. */
static void policy(void **state)
{
    static struct sandbox sb;
    static struct hvt_ring shared;

    (void)state;
    for (unsigned ring = 0; ring < 2; ring++) {
        prepare(ring ? RING : 0);
        assert_works(vhost_start(&hvt, &err), err);
        hvt.waitset.epollfd = 1000;
        hvt.waitset.timerfd = 1001;
        hvt.ring.kick = ring ? 1002 : -1;
        hvt.ring.shared = ring ? &shared : NULL;
        sb.n_rows = 0;
        policy_rows(&hvt, &sb);
        assert_int_equal(calls_on(&sb, hvt.vhost.fd[NET]), 0);
        assert_int_equal(calls_on(&sb, hvt.vhost.fd[NET2]), 0);
        assert_int_equal(calls_on(&sb, hvt.devices.d[NET].fd), 0);
        assert_int_equal(calls_on(&sb, hvt.devices.d[NET2].fd), 0);
        if (ring) {
            assert_int_equal(calls_on(&sb, hvt.vhost.kick[NET]), 1);
            assert_int_equal(calls_on(&sb, hvt.vhost.kick[NET2]), 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(settled),
            cmocka_unit_test(sizes),
            cmocka_unit_test(started),
            cmocka_unit_test(started_with_ring),
            cmocka_unit_test(kicks),
            cmocka_unit_test(waited_for),
            cmocka_unit_test(refused),
            cmocka_unit_test(every_ioctl_fails),
            cmocka_unit_test(policy),
    };

    return cmocka_run_group_tests_name("vhost", tests, NULL, NULL);
}
