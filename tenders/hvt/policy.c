/* SPDX-License-Identifier: ISC */
/*
 * policy.c: the system calls of a running solo5-hvt. All else kills the process
 * with SIGSYS.
 */
#include <linux/eventpoll.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "hvt.h"

#define ALLOW(sb, call, why, ...) sandbox_allow(sb, __NR_##call, #call, why, __VA_ARGS__)

/* Arguments are compared as the kernel gets them: 64 bits. */
#define ARG(n, value) (unsigned)(n), (uint64_t)(value)

static void vm_rows(const struct hvt *hvt, struct sandbox *sb)
{
    struct vm_ioctl list[VM_IOCTLS_MAX];
    size_t n = vm_run_ioctls(list);

    for (size_t i = 0; i < n; i++)
        if (list[i].has_arg)
            ALLOW(sb, ioctl, list[i].why, 2, ARG(0, hvt->vm.vcpu), ARG(1, list[i].request));
        else
            ALLOW(sb, ioctl, list[i].why, 3, ARG(0, hvt->vm.vcpu), ARG(1, list[i].request),
                    ARG(2, 0));
}

static void device_rows(const struct hvt *hvt, struct sandbox *sb)
{
    int epollfd = hvt->waitset.epollfd;

    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&hvt->devices, i, MFT_DEV_NET_BASIC);
        if (!dev || dev->vhost)
            continue;
        ALLOW(sb, read, "receive a frame", 1, ARG(0, dev->fd));
        ALLOW(sb, write, "send a frame", 1, ARG(0, dev->fd));
    }
    ALLOW(sb, epoll_pwait, "wait for frames and time", 2, ARG(0, epollfd), ARG(4, 0));
    ALLOW(sb, timerfd_settime, "the time to wait for", 3, ARG(0, hvt->waitset.timerfd),
            ARG(1, 0), ARG(3, 0));
    if (hvt->devices.n_block > 0) {
        /* The devices decide on descriptor and range. */
        ALLOW(sb, pread64, "read blocks", 0);
        ALLOW(sb, pwrite64, "write blocks", 0);
    }
}

static void forget_rows(const struct hvt *hvt, struct sandbox *sb)
{
    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&hvt->devices, i, MFT_DEV_NET_BASIC);
        if (dev && !dev->vhost)
            ALLOW(sb, epoll_ctl, "don't wait for a deleted tap", 3,
                    ARG(0, hvt->waitset.epollfd), ARG(1, EPOLL_CTL_DEL), ARG(2, dev->fd));
    }
}

static void ring_rows(const struct hvt *hvt, struct sandbox *sb)
{
    if (hvt->ring.kick <= 0) /* standard input's number is taken */
        return;
    /* Its thread does so also where the guest could not be given the ring. */
    ALLOW(sb, futex, "wait for the ring's lock", 2, ARG(0, &hvt->ring.lock.word),
            ARG(1, FUTEX_WAIT_PRIVATE));
    if (!hvt->ring.shared)
        return;
    for (size_t i = 1; hvt->has_vhost && i < MFT_MAX_ENTRIES; i++)
        if (hvt->vhost.kick[i] > 0)
            ALLOW(sb, write, "pass on the guest's kick", 2, ARG(0, hvt->vhost.kick[i]), ARG(2, 8));
    ALLOW(sb, read, "wait for the guest's kick", 2, ARG(0, hvt->ring.kick), ARG(2, 8));
    ALLOW(sb, futex, "hand over the ring's lock", 2, ARG(0, &hvt->ring.lock.word),
            ARG(1, FUTEX_WAKE_PRIVATE));
}

static void flush_rows(const struct hvt *hvt, struct sandbox *sb)
{
    if (!(hvt->ext.features & EXT_F_BLOCK_FLUSH))
        return;
    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&hvt->devices, i, MFT_DEV_BLOCK_BASIC);
        if (dev && !dev->read_only)
            ALLOW(sb, fdatasync, "flush a disk", 1, ARG(0, dev->fd));
    }
}

void policy_rows(const struct hvt *hvt, struct sandbox *sb)
{
    vm_rows(hvt, sb);
    device_rows(hvt, sb);
    ring_rows(hvt, sb);
    flush_rows(hvt, sb);
    forget_rows(hvt, sb);
    ALLOW(sb, write, "console", 1, ARG(0, STDOUT_FILENO));
    sandbox_limit(sb, 2, HC_CHUNK);
    ALLOW(sb, write, "say why it ends", 1, ARG(0, STDERR_FILENO));
    ALLOW(sb, ppoll, "wait until the console takes output, or nap", 2, ARG(1, 1), ARG(3, 0));
    /* Where the vDSO can't answer. */
    ALLOW(sb, clock_gettime, "wall clock", 1, ARG(0, CLOCK_REALTIME));
    ALLOW(sb, clock_gettime, "how long the console may take", 1, ARG(0, CLOCK_MONOTONIC));
    signals_rows(sb);
    ALLOW(sb, exit_group, "end", 0);
    sandbox_allow_runtime(sb);
}

size_t policy_blocks(const struct hvt *hvt, struct sandbox_block blocks[MFT_MAX_ENTRIES])
{
    size_t n = 0;

    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&hvt->devices, i, MFT_DEV_BLOCK_BASIC);
        if (dev)
            blocks[n++] = (struct sandbox_block){.fd = dev->fd,
                    .read_only = dev->read_only,
                    .unit = 1,
                    .cap = HC_CHUNK,
                    .capacity = dev->capacity};
    }
    return n;
}

/* In an order in which few pages are touched. */
struct policy {
    size_t n_blocks;
    struct sandbox_block blocks[MFT_MAX_ENTRIES];
    struct sandbox rows;
};

static void make(struct policy *p, const struct hvt *hvt)
{
    policy_rows(hvt, &p->rows);
    p->n_blocks = policy_blocks(hvt, p->blocks);
}

int policy_show(const struct hvt *hvt, FILE *out)
{
    static struct policy p;

    make(&p, hvt);
    return sandbox_print(out, "solo5-hvt", &p.rows, p.blocks, p.n_blocks);
}

/* How far down the stack may have been in use. */
#define STACK_DEPTH (256UL << 10)

/*
 * Memory of the stack that only setting up needed: all below us but for a page, which is for the
 * call that does it. Where nothing is mapped that is an error, but one that comes after all else
 * was given back.
 */
static void give_back(void)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    const uintptr_t end = (here & ~(page - 1)) - page;

    (void)madvise((void *)(end - STACK_DEPTH), STACK_DEPTH, MADV_DONTNEED);
}

/* The rows are not needed any more once there is a filter, and go with the stack. */
static __attribute__((noinline)) int make_filter(const struct hvt *hvt, struct sock_filter *code,
        struct sandbox_filter *f, struct err *err)
{
    struct policy p; /* no page of it is touched in vain */

    p.rows.n_rows = 0;
    make(&p, hvt);
    return sandbox_make(&p.rows, p.blocks, p.n_blocks, code, f, err);
}

int policy_install(const struct hvt *hvt, struct err *err)
{
    static struct sock_filter code[SANDBOX_CODE_MAX];
    struct sandbox_filter f;

    if (make_filter(hvt, code, &f, err) != 0)
        return -1;
    give_back();
    return sandbox_start(&f, err);
}
