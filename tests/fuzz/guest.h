/* SPDX-License-Identifier: ISC */
/*
 * guest.h: a guest with little memory whose every byte is watched, two networks and two
 * disks, for targets that let it call or queue what it likes.
 *
 * The host's mapping protects nothing here: what must not be written is compared. Limits are
 * much lower than real ones, so that comparing all of it takes microseconds.
 */
#ifndef FUZZ_GUEST_H
#define FUZZ_GUEST_H

#include "fuzz.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../tenders/hvt/hooks.h"
#include "../../tenders/hvt/hvt.h"
#include "../unit/fake_io.h"
#include "../unit/fake_vm.h"
#include "input.h"
#include "nets.h"
#include "solo5.h"

/* Addresses: what may be named, what may be written, host's and stage 1's read-only. */
#define GUARD 0x2000
#define BASE 0x1000ULL
#define MIN 0x2000ULL
#define RO_START 0x4000ULL
#define RO_END 0x5000ULL
#define RO2_START 0x7000ULL
#define RO2_END 0x7800ULL
#define STAGE1_START 0x5000ULL
#define STAGE1_END 0x5400ULL
#define SIZE 0x9000ULL
#define END (SIZE + sizeof(struct hvt_ring))

#define DISK_SIZE 4096ULL /* of a file that is longer */

/* What hooks_none.c has: the rest of it would need the sandbox. */
const struct options_more hooks_options = {.program = "fuzz"};

/* Around memory, which begins GUARD bytes in. */
static uint8_t around[GUARD + END + GUARD] __attribute__((aligned(4096)));
static uint8_t before[sizeof around] __attribute__((aligned(4096)));
static uint8_t *const memory = around + GUARD;
static uint8_t fresh[sizeof around]; /* what a guest begins with */

static struct hvt hvt;
static struct err err;
static uint8_t *disk[HANDLES]; /* what is in it */

static struct guest_mem_range read_only[] = {
        {RO_START, RO_END}, {RO2_START, RO2_END}, {STAGE1_START, STAGE1_END}};

/* May the tender write this byte for the guest? */
static bool is_writable(uint64_t gpa)
{
    return gpa >= MIN && gpa < SIZE && !(gpa >= RO_START && gpa < RO_END) &&
           !(gpa >= RO2_START && gpa < RO2_END) &&
           !(gpa >= STAGE1_START && gpa < STAGE1_END);
}

/* How many bytes in front of each one are. */
static uint32_t writable_before[SIZE + 1];

static void count_writable(void)
{
    for (uint64_t gpa = 0; gpa < SIZE; gpa++)
        writable_before[gpa + 1] = writable_before[gpa] + is_writable(gpa);
}

/* Without a byte any address will do. */
static bool all_writable(uint64_t gpa, uint64_t len)
{
    if (len == 0)
        return true;
    if ((unsigned __int128)gpa + len > SIZE)
        return false;
    return writable_before[gpa + len] - writable_before[gpa] == len;
}

static bool all_readable(uint64_t gpa, uint64_t len)
{
    return gpa >= BASE && (unsigned __int128)gpa + len <= SIZE;
}

static void take_picture(void)
{
    memcpy(before, around, sizeof around);
}

/*
 * The guest's buffer as it was then. What must change of it is written there, too, so that
 * in the end memory must look like the picture.
 */
static uint8_t *in_picture(uint64_t gpa, uint64_t len)
{
    return len ? before + GUARD + gpa : before; /* without a byte any address will do */
}

/* [GPA, GPA + LEN) may have changed since the picture, if it is writable at all. */
static void may_change(uint64_t gpa, uint64_t len)
{
    MUST(all_writable(gpa, len));
    if (len == 0) /* any address will do */
        return;
    memcpy(before + GUARD + gpa, memory + gpa, len);
}

static void check_picture(void)
{
    MUST(memcmp(before, around, sizeof around) == 0);
}

/* Every buffer that a system call gets is one the guest could have named. */
static void check_call(uintptr_t buf, size_t size, bool into)
{
    uintptr_t first = (uintptr_t)around;

    if (buf < first || buf >= first + sizeof around) {
        MUST(size <= 64); /* no large ones of the tender's own */
        return;
    }
    uint64_t gpa = buf - (uintptr_t)memory;
    MUST(into ? all_writable(gpa, size) : all_readable(gpa, size));
}

/* Not in fake_vm.c: unit tests have threads that end in it (pthread_cancel(3)). */
ssize_t read(int fd, void *buf, size_t n)
{
    if (fake_io.seen)
        fake_io.seen((uintptr_t)buf, n, true);
    return syscall(SYS_read, fd, buf, n);
}

static uint8_t disk_before[HANDLES][2 * DISK_SIZE];
static uint8_t disk_now[2 * DISK_SIZE]; /* what the guest has made of DISK */

/* All that the guest has written is there and nothing else, behind a disk's end neither. */
static void check_disks(void)
{
    MUST(memcmp(disk[DISK_RO], disk_before[DISK_RO], 2 * DISK_SIZE) == 0);
    MUST(memcmp(disk[DISK], disk_now, 2 * DISK_SIZE) == 0);
}

static void reset_disks(void)
{
    check_disks();
    memcpy(disk_now, disk_before[DISK], sizeof disk_now);
    memcpy(disk[DISK], disk_now, sizeof disk_now);
}

static uint8_t *new_disk(int handle, bool is_read_only)
{
    int fd = memfd_create("disk", MFD_CLOEXEC);

    MUST(fd >= 0 && ftruncate(fd, 2 * DISK_SIZE) == 0);
    hvt.devices.d[handle] = (struct device){.type = MFT_DEV_BLOCK_BASIC,
            .fd = fd,
            .capacity = DISK_SIZE,
            .block_size = 512,
            .read_only = is_read_only,
            .name = "disk"};
    hvt.devices.n_block++;
    uint8_t *p = mmap(NULL, 2 * DISK_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    MUST(p != MAP_FAILED);
    fill(p, 2 * DISK_SIZE, (uint32_t)handle);
    memcpy(disk_before[handle], p, 2 * DISK_SIZE);
    return p;
}

static int new_net(int handle, bool connected)
{
    int fd[2];

    MUST(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) == 0);
    hvt.devices.d[handle] = (struct device){.type = MFT_DEV_NET_BASIC,
            .fd = fd[0],
            .mtu = MTU,
            .connected = connected,
            .name = "net"};
    hvt.devices.n_net++;
    return fd[1];
}

/* Once. */
static void guest_open(void)
{
    hvt.mem = (struct guest_mem){.host = memory,
            .shift = (uintptr_t)memory,
            .base = BASE,
            .min = MIN,
            .size = SIZE,
            .end = END,
            .page = 4096,
            .clear = RO2_END,
            .n_ro = 3,
            .ro = read_only};
    hvt.ext.features = EXT_F_BLOCK_FLUSH | EXT_F_NET_BATCH;
    count_writable();
    fill(noise, sizeof noise, 1);
    fill(fresh, sizeof fresh, 2);
    memset(fresh + GUARD + SIZE, 0, END - SIZE);
    tap[NET] = new_net(NET, false);
    tap[NET2] = new_net(NET2, true);
    disk[DISK] = new_disk(DISK, false);
    disk[DISK_RO] = new_disk(DISK_RO, true);
    memcpy(disk_now, disk[DISK], sizeof disk_now);
    MUST(waitset_open(&hvt.waitset, &hvt.devices, &err) == 0);
}

/* One that the tender took out of the wait comes back. */
static void reset_net(int handle)
{
    struct epoll_event ev = {.events = EPOLLIN, .data.u64 = (uint64_t)handle};

    empty_net(handle, hvt.devices.d[handle].fd);
    epoll_ctl(hvt.waitset.epollfd, EPOLL_CTL_ADD, hvt.devices.d[handle].fd, &ev);
}

/* As new, with a ring or without, for every input. */
static void guest_reset(bool ring)
{
    fake_io = (struct fake_io){0};
    reset_net(NET);
    reset_net(NET2);
    next_noise = 0;
    memcpy(around, fresh, sizeof around);
    reset_disks();
    hvt.ring = (struct ring){.shared = ring ? guest_mem_top(&hvt.mem) : NULL};
}

/*
 * Numbers of an input: addresses and lengths near where something begins or ends.
 */

/* A place and a distance from it. */
static uint64_t next_number(struct input *in)
{
    static const uint64_t places[] = {0, BASE, MIN, RO_START, RO_END, RO2_START, RO2_END,
            STAGE1_END, SIZE, END, 0x3000, 0x6000, 0x8000, SOLO5_NET_HLEN + MTU, DISK_SIZE,
            1ULL << 31, 1ULL << 32, 1ULL << 63, UINT64_MAX, UINT64_MAX - SIZE};
    uint8_t which = next_byte(in);

    if (which >= 0xf0)
        return next_raw(in);
    uint64_t distance = next_byte(in);
    if (which & 0x80)
        distance |= (uint64_t)next_byte(in) << 8;
    uint64_t place = places[(which & 0x1f) % (sizeof places / sizeof places[0])];
    return which & 0x40 ? place - distance : place + distance;
}

#endif /* FUZZ_GUEST_H */
