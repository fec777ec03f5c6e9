/* SPDX-License-Identifier: ISC */
/*
 * policy.c: what a guest of solo5-spt may ask of the kernel. All else kills the
 * process with SIGSYS.
 */
#include <sys/syscall.h>
#include <time.h>

#include "spt.h"

#define ALLOW(sb, call, why, ...) sandbox_allow(sb, __NR_##call, #call, why, __VA_ARGS__)

/* Arguments are compared as the kernel gets them: 64 bits. */
#define ARG(n, value) (unsigned)(n), (uint64_t)(value)

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
    ALLOW(sb, clock_gettime, "wall clock", 1, ARG(0, CLOCK_REALTIME));
    ALLOW(sb, clock_gettime, "monotonic clock", 1, ARG(0, CLOCK_MONOTONIC));
    /* Without a signal mask: a guest must not be able to hold off SIGTERM. */
    ALLOW(sb, epoll_pwait, "wait for frames and time", 2, ARG(0, epollfd), ARG(4, 0));
    ALLOW(sb, timerfd_settime, "the time to wait for", 1, ARG(0, timerfd));
    ALLOW(sb, exit_group, "end", 0);
    signals_rows(sb);
    if (spt->devices.n_block > 0) {
        /* The filter of the block devices decides on descriptor and range. */
        ALLOW(sb, pread64, "read blocks", 0);
        ALLOW(sb, pwrite64, "write blocks", 0);
    }
    policy_cpu(sb);
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

int policy_install(const struct spt *spt, struct err *err)
{
    static struct sandbox sb;
    struct sandbox_block blocks[MFT_MAX_ENTRIES];

    policy_rows(spt, &sb);
    size_t n = policy_blocks(spt, blocks);
    return sandbox_install(&sb, blocks, n, err);
}
