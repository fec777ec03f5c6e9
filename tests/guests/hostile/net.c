/* SPDX-License-Identifier: ISC */
/*
 * net: attacks on solo5-spt by its network, a disk beside it. CALLS are allowed, with what they
 * should not be given; all other rows kill.
 */
#include "spt.h"

#include "mft_abi.h"
#include "spt_abi.h"

#define BAD_ADDRESS (-14) /* EFAULT */
#define AGAIN (-11)       /* EAGAIN */
#define CTL_ADD 1
#define CTL_DEL 2
#define CTL_MOD 3

static const struct spt_boot_info *const boot = (const void *)SPT_BOOT_INFO_BASE;
static uint8_t buffer[65536] __attribute__((aligned(4096)));
static const uint8_t constant[4096] __attribute__((aligned(4096))) = {1};
static uint64_t mem_size;

static uint64_t at(const void *p)
{
    return (uintptr_t)p;
}

static uint64_t fd_of(mft_type_t type)
{
    const struct mft *m = boot->mft;

    for (uint32_t i = 0; i < m->entries; i++)
        if (m->e[i].type == type)
            return (uint32_t)m->e[i].b.hostfd;
    FAIL("no such device");
}

/* Frames from nowhere and into nothing, of any size: an error, or nothing is there to be read. */
static void calls(void)
{
    const uint64_t net = fd_of(MFT_DEV_NET_BASIC);
    const uint64_t nowhere[] = {0, 1, 0xffff, mem_size, UINT64_C(1) << 32, UINT64_C(1) << 47,
            UINT64_C(1) << 63, UINT64_MAX - 4095};
    static const uint64_t sizes[] = {0, 1, 13, 14, 60, 1514, 1515, 65535, 65536, 1 << 20,
            0x7ffff000, 0x80000000, UINT64_C(1) << 32, INT64_MAX, UINT64_MAX};

    for (size_t i = 0; i < COUNT(nowhere); i++) {
        CHECK(call(CPU_NR_WRITE, net, nowhere[i], 60, 0) == BAD_ADDRESS);
        CHECK(call(CPU_NR_READ, net, nowhere[i], 60, 0) < 0);
    }
    for (size_t i = 0; i < COUNT(sizes); i++) {
        call(CPU_NR_WRITE, net, at(buffer), sizes[i], 0);
        CHECK(call(CPU_NR_READ, net, at(constant), sizes[i], 0) <= 0);
        CHECK(call(CPU_NR_READ, net, at(buffer), sizes[i], 0) <= 0);
    }
    CHECK(call(CPU_NR_READ, net, at(buffer), 1514, 0) == AGAIN);
    CHECK(constant[0] == 1 && constant[4095] == 0);
    CHECK(call(CPU_NR_WRITE, net, at(buffer), 60, 0) == 60);
}

static void storm(void)
{
    const uint64_t net = fd_of(MFT_DEV_NET_BASIC);

    put("waiting\n");
    for (uint64_t n = 0;; n++) {
        call(CPU_NR_WRITE, net, at(buffer), n % 65536, 0);
        call(CPU_NR_READ, net, at(buffer), n % 65536, 0);
        solo5_yield(0, NULL);
    }
}

static const struct attack attacks[] = {{"calls", calls}, {"storm", storm}, {NULL, NULL}};

/* What is right for the one descriptor is wrong for the other. */
static void forbidden(const char *name)
{
    const uint64_t net = fd_of(MFT_DEV_NET_BASIC), disk = fd_of(MFT_DEV_BLOCK_BASIC);
    const uint64_t epoll = (uint32_t)boot->epollfd, timer = (uint32_t)boot->timerfd;
    const struct {
        const char *name;
        uint64_t nr, a[4];
    } rows[] = {
            {"read-disk", CPU_NR_READ, {disk, at(buffer), 512}},
            {"write-disk", CPU_NR_WRITE, {disk, at(buffer), 512}},
            {"pread-net", CPU_NR_PREAD64, {net, at(buffer), 512, 0}},
            {"pwrite-net", CPU_NR_PWRITE64, {net, at(buffer), 512, 0}},
            {"flush-net", CPU_NR_FDATASYNC, {net}},
            {"read-epoll", CPU_NR_READ, {epoll, at(buffer), 8}},
            {"read-timer", CPU_NR_READ, {timer, at(buffer), 8}},
            {"high-bits", CPU_NR_WRITE, {net | UINT64_C(1) << 32, at(buffer), 60}},
            {"wait-add", CPU_NR_EPOLL_CTL, {epoll, CTL_ADD, disk, at(buffer)}},
            {"wait-change", CPU_NR_EPOLL_CTL, {epoll, CTL_MOD, net, at(buffer)}},
            {"wait-forget-timer", CPU_NR_EPOLL_CTL, {epoll, CTL_DEL, timer, 0}},
            {"wait-on-net", number("epoll_pwait"), {net, at(buffer), 1, 0}},
            {"set-net", number("timerfd_settime"), {net, 0, at(buffer), 0}},
            {"ioctl", number("ioctl"), {net, 0x400454ca, at(buffer)}}, /* TUNSETIFF */
            {"sendmsg", number("sendmsg"), {net, at(buffer), 0}},
            {"fcntl", number("fcntl"), {net, 4, 0}}, /* it could be made to wait */
            {"close", number("close"), {net}},
            {"dup", number("dup3"), {net, 1, 0}},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].name, name) == 0) {
            call(rows[i].nr, rows[i].a[0], rows[i].a[1], rows[i].a[2], rows[i].a[3]);
            return;
        }
    FAIL("unknown attack");
}

int solo5_app_main(const struct solo5_start_info *info)
{
    mem_size = info->heap_start + info->heap_size;
    attack_run(attacks, info->cmdline);
    forbidden(info->cmdline);
    return SOLO5_EXIT_SUCCESS;
}
