/* SPDX-License-Identifier: ISC */
/*
 * policy.c: what a guest of solo5-spt may ask of the kernel. All else kills the
 * process with SIGSYS.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>

#include "spt.h"
#include "spt_abi.h"

#define ALLOW(sb, call, why, ...) sandbox_allow(sb, __NR_##call, #call, why, __VA_ARGS__)

#define ANSWER(sb, call, why, error, ...) \
    sandbox_answer(sb, __NR_##call, #call, why, error, __VA_ARGS__)

/* Arguments are compared as the kernel gets them: 64 bits. */
#define ARG(n, value) (unsigned)(n), (uint64_t)(value)

/*
 * A guest may leave out a device that is gone. Of a socket that is not connected, to read
 * nothing is an empty datagram: it stays, and the guest hears so.
 */
static void forget_row(const struct spt *spt, const struct device *dev, struct sandbox *sb)
{
    int epollfd = spt->waitset.epollfd;

    if (dev->is_tap || dev->connected)
        ALLOW(sb, epoll_ctl, "don't wait for a deleted tap", 3, ARG(0, epollfd),
                ARG(1, EPOLL_CTL_DEL), ARG(2, dev->fd));
    else
        ANSWER(sb, epoll_ctl, "it may have frames again", EPERM, 3, ARG(0, epollfd),
                ARG(1, EPOLL_CTL_DEL), ARG(2, dev->fd));
}

/* Of a read-only device there is nothing to flush, and its host may not know how to. */
static void flush_row(const struct device *dev, struct sandbox *sb)
{
    if (dev->read_only)
        ANSWER(sb, fdatasync, "nothing to flush", 0, 1, ARG(0, dev->fd));
    else
        ALLOW(sb, fdatasync, "flush a disk", 1, ARG(0, dev->fd));
}

/* What the image has said that it knows. */
static void extension_rows(const struct spt *spt, struct sandbox *sb)
{
    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *net = devices_get(&spt->devices, i, MFT_DEV_NET_BASIC);
        const struct device *block = devices_get(&spt->devices, i, MFT_DEV_BLOCK_BASIC);

        if (net && (spt->ext.features & EXT_F_NET_FORGET))
            forget_row(spt, net, sb);
        if (block && (spt->ext.features & EXT_F_BLOCK_FLUSH))
            flush_row(block, sb);
    }
}

void policy_rows(const struct spt *spt, struct sandbox *sb)
{
    int epollfd = spt->waitset.epollfd, timerfd = spt->waitset.timerfd;

    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&spt->devices, i, MFT_DEV_NET_BASIC);
        if (!dev)
            continue;
        ALLOW(sb, read, "receive a frame", 1, ARG(0, dev->fd));
        ALLOW(sb, write, "send a frame", 1, ARG(0, dev->fd));
    }
    ALLOW(sb, write, "console", 1, ARG(0, 1));
    sandbox_limit(sb, 2, SPT_CONSOLE_MAX);
    if (spt->devices.n_block > 0) {
        /* The devices decide on descriptor and range. */
        ALLOW(sb, pread64, "read blocks", 0);
        ALLOW(sb, pwrite64, "write blocks", 0);
    }
    ALLOW(sb, clock_gettime, "wall clock", 1, ARG(0, CLOCK_REALTIME));
    ALLOW(sb, clock_gettime, "monotonic clock", 1, ARG(0, CLOCK_MONOTONIC));
    /* Without a signal mask: a guest must not be able to hold off SIGTERM. */
    ALLOW(sb, epoll_pwait, "wait for frames and time", 2, ARG(0, epollfd), ARG(4, 0));
    ALLOW(sb, timerfd_settime, "the time to wait for", 1, ARG(0, timerfd));
    ALLOW(sb, exit_group, "end", 0);
    extension_rows(spt, sb);
    policy_cpu(sb);
    signals_rows(sb);
}

size_t policy_blocks(const struct spt *spt, struct sandbox_block blocks[MFT_MAX_ENTRIES])
{
    size_t n = 0;

    for (uint64_t i = 1; i < MFT_MAX_ENTRIES; i++) {
        const struct device *dev = devices_get(&spt->devices, i, MFT_DEV_BLOCK_BASIC);
        if (dev)
            blocks[n++] = (struct sandbox_block){.fd = dev->fd,
                    .read_only = dev->read_only,
                    .unit = dev->block_size,
                    .cap = SANDBOX_BLOCK_CAP,
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

static void make(struct policy *p, const struct spt *spt)
{
    policy_rows(spt, &p->rows);
    p->n_blocks = policy_blocks(spt, p->blocks);
}

int policy_show(const struct spt *spt, FILE *out)
{
    static struct policy p;

    make(&p, spt);
    return sandbox_print(out, "solo5-spt", &p.rows, p.blocks, p.n_blocks);
}

int policy_make(const struct spt *spt, struct sock_filter code[SANDBOX_CODE_MAX],
        struct sandbox_filter *f, struct err *err)
{
    static struct policy p;

    make(&p, spt);
    return sandbox_make(&p.rows, p.blocks, p.n_blocks, code, f, err);
}
