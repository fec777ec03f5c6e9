/* SPDX-License-Identifier: ISC */
/*
 * spt/target.c: a Linux process under solo5-spt's filter. Which system calls it may
 * make with which arguments stands in spt_abi.h; any other ends it.
 */
#include "arch.h"
#include "block_copy.h"
#include "elf_abi.h"
#include "spt/known.h"
#include "spt_abi.h"
#include "syscall.h"
#include "target.h"

SOLO5_INTERP_DECLARE();
NOT_OPENBSD_NOTE_DECLARE();
ABI1_NOTE_DECLARE(SPT_ABI_TARGET, SPT_ABI_VERSION);
EXT_DECLARE(EXT_KNOWN);

_Static_assert(EXT_KNOWN == (EXT_F_BLOCK_RANGE | EXT_F_BLOCK_FLUSH | EXT_F_NET_FORGET |
                                    EXT_F_RANDOM | EXT_F_CLOCK_VDSO | EXT_F_BLOCK_MAP),
        "known.h");

#define CONSOLE_FD 1

/* Linux, include/uapi/asm-generic/errno*.h */
#define ERR_PERM (-1)
#define ERR_INTR (-4)
#define ERR_AGAIN (-11)
#define ERR_NOMEM (-12)
#define ERR_FAULT (-14)
#define ERR_BADFD (-77)
#define ERR_NOBUFS (-105)

/* Linux, include/uapi/linux/eventpoll.h */
#define EPOLL_CTL_DEL 2

/* Linux, include/uapi/linux/time.h and timerfd.h */
#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1
#define TIMER_ABSTIME 1
#define NS_PER_S 1000000000

struct timespec {
    int64_t sec;
    int64_t nsec;
};

struct itimerspec {
    struct timespec interval;
    struct timespec value;
};

static const struct spt_boot_info *boot_info;
static const struct mft *manifest;
static int n_net;
static int (*vdso_clock)(int clock, struct timespec *now); /* NULL: there is none */
static const struct ext_info *maps;                        /* NULL: no file is mapped */

/*
 * The kernel found no page under a buffer that lies in memory: the image's file became
 * shorter or can't be read. Who touches that page dies by SIGBUS; so do we, as data would
 * be lost otherwise.
 */
static void touch(const uint8_t *buf, size_t size)
{
    for (size_t i = 0; i < size; i += 4096)
        (void)*(const volatile uint8_t *)(buf + i);
    (void)*(const volatile uint8_t *)(buf + size - 1);
}

/* A system call on a buffer that is not empty; again, if a signal has interrupted it. */
static long io(long nr, int fd, const uint8_t *buf, size_t size, solo5_off_t offset)
{
    long n;

    do
        n = syscall6(nr, fd, (long)buf, (long)size, (long)offset, 0, 0);
    while (n == ERR_INTR);
    if (n == ERR_FAULT)
        touch(buf, size);
    return n;
}

void target_init(const void *info, struct target_boot *boot)
{
    const struct ext_info *ext = ext_find(EXT_F_CLOCK_VDSO, EXT_END(clock_vdso));

    boot_info = info;
    if (ext)
        vdso_clock = (int (*)(int, struct timespec *))(uintptr_t)ext->clock_vdso;
    maps = ext_find(EXT_F_BLOCK_MAP, EXT_END(block_map));
    manifest = boot_info->mft;
    for (uint32_t i = 0; i < manifest->entries; i++)
        n_net += manifest->e[i].type == MFT_DEV_NET_BASIC;
    *boot = (struct target_boot){
            .mem_size = boot_info->mem_size,
            .cmdline = boot_info->cmdline,
            .manifest = manifest,
    };
}

void target_report(void)
{
}

void target_entropy(uint64_t word[TARGET_ENTROPY_WORDS])
{
    word[0] = target_clock_monotonic();
    word[1] = target_clock_wall();
    word[2] = arch_cycles();
    word[3] = 0;
    arch_random(&word[3]);
}

/* There is no debugger to show the cookie to: the host's can see all. */
void target_exit(int status, const void *cookie)
{
    (void)cookie;
    for (;;)
        syscall6(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

/* The kernel takes as much at once whatever signals come. */
#define CONSOLE_PIECE ((size_t)1 << 20)
_Static_assert(CONSOLE_PIECE <= SPT_CONSOLE_MAX, "a tender of ours takes it");

/* What the console doesn't take at once, or with an error, is lost. */
void target_console_write(const char *buf, size_t size)
{
    while (size > 0) {
        size_t piece = size < CONSOLE_PIECE ? size : CONSOLE_PIECE;
        long n = io(SYS_write, CONSOLE_FD, (const uint8_t *)buf, piece, 0);
        if (n <= 0)
            return;
        buf += n;
        size -= (size_t)n;
    }
}

static solo5_time_t clock_read(int clock)
{
    struct timespec now;

    if (!vdso_clock || vdso_clock(clock, &now) != 0)
        syscall6(SYS_clock_gettime, clock, (long)&now, 0, 0, 0, 0);
    return (uint64_t)now.sec * NS_PER_S + (uint64_t)now.nsec;
}

/* The latest time that the guest has been told. */
static solo5_time_t latest;

solo5_time_t target_clock_monotonic(void)
{
    latest = clock_read(CLOCK_MONOTONIC);
    return latest;
}

/* The clock may be a system call: none if the answer is known. */
bool target_reached(solo5_time_t deadline)
{
    return deadline <= latest || target_clock_monotonic() >= deadline;
}

solo5_time_t target_clock_wall(void)
{
    return clock_read(CLOCK_REALTIME);
}

/* What the timer is set to; 0: to nothing, or it has ended a wait. */
static solo5_time_t armed;

/*
 * Not for a deadline of 0, which would disarm the timer and is always over. The kernel
 * counts in signed 64 bits: a later deadline than it can hold is the last that it can.
 */
static void arm_timer(solo5_time_t deadline)
{
    if (deadline > INT64_MAX)
        deadline = INT64_MAX;
    struct itimerspec timer = {.value = {
                                       .sec = (int64_t)(deadline / NS_PER_S),
                                       .nsec = (int64_t)(deadline % NS_PER_S),
                               }};
    syscall6(SYS_timerfd_settime, boot_info->timerfd, TIMER_ABSTIME, (long)&timer, 0, 0, 0);
    armed = deadline;
}

/*
 * For a time that the guest knows to be over no timer is needed. One that goes off earlier stays
 * as it is: mostly a frame comes before, and if not, the caller waits again and has it set.
 */
solo5_handle_set_t target_wait(solo5_time_t deadline)
{
    bool over = deadline <= latest;
    static struct epoll_event event[MFT_MAX_ENTRIES];
    solo5_handle_set_t ready = 0;
    long n;

    if (!over && (armed <= latest || armed > deadline))
        arm_timer(deadline);
    do
        n = syscall6(SYS_epoll_pwait, boot_info->epollfd, (long)event, n_net + 1,
                over ? 0 : -1, 0, 0);
    while (n == ERR_INTR);
    for (long i = 0; i < n; i++)
        if (event[i].data < MFT_MAX_ENTRIES)
            ready |= 1ULL << event[i].data;
        else /* it is SPT_INTERNAL_TIMERFD */
            armed = 0;
    return ready;
}

/* The most bytes of one system call on a device. */
static size_t block_step(const struct mft_entry *e)
{
    const struct ext_info *info = ext_find(EXT_F_BLOCK_RANGE, EXT_END(block_max));
    size_t unit = e->u.block_basic.block_size;

    return info && info->block_max >= unit ? info->block_max / unit * unit : unit;
}

/*
 * The filter wants whole blocks: what the host did of a block is done again. Not even
 * one block means that the host is in trouble.
 */
static solo5_result_t block_io(long nr, solo5_handle_t handle, solo5_off_t offset,
        const uint8_t *buf, size_t size)
{
    const struct mft_entry *e = &manifest->e[handle];
    long unit = e->u.block_basic.block_size;
    size_t step = block_step(e);

    while (size > 0) {
        if (step > size)
            step = size;
        long n = io(nr, e->b.hostfd, buf, step, offset);
        if (n < unit)
            return SOLO5_R_EUNSPEC;
        n -= n % unit;
        buf += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return SOLO5_R_OK;
}

/* What is larger is worth a system call. */
#define COPY_MAX 4096

/* A copy of what the tender has mapped, if it is all there; a system call has the rest. */
static bool read_mapped(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf, size_t size)
{
    if (!maps || size > COPY_MAX || !maps->block_map[handle])
        return false;
    const uint8_t *file = (const uint8_t *)(uintptr_t)maps->block_map[handle];
    uint64_t part = maps->block_page - 1, behind = (offset + size + part) & ~part;
    if (behind >= (manifest->e[handle].u.block_basic.capacity & ~part))
        return false;
    return block_copy(buf, file + offset, size, file + behind);
}

solo5_result_t target_block_write(solo5_handle_t handle, solo5_off_t offset,
        const uint8_t *buf, size_t size)
{
    return block_io(SYS_pwrite64, handle, offset, buf, size);
}

solo5_result_t target_block_read(solo5_handle_t handle, solo5_off_t offset, uint8_t *buf,
        size_t size)
{
    if (read_mapped(handle, offset, buf, size))
        return SOLO5_R_OK;
    return block_io(SYS_pread64, handle, offset, buf, size);
}

solo5_result_t target_block_flush(solo5_handle_t handle)
{
    long n;

    do
        n = syscall6(SYS_fdatasync, manifest->e[handle].b.hostfd, 0, 0, 0, 0, 0);
    while (n == ERR_INTR);
    return n == 0 ? SOLO5_R_OK : SOLO5_R_EUNSPEC;
}

/*
 * A tap that was deleted, or a socket without another end, can be read for ever: don't
 * wait for it any more. False: it is not gone.
 */
static bool forget(int fd)
{
    return !ext_find(EXT_F_NET_FORGET, EXT_END(features)) ||
            syscall6(SYS_epoll_ctl, boot_info->epollfd, EPOLL_CTL_DEL, fd, 0, 0, 0) !=
            ERR_PERM;
}

/* A host without room at the moment drops the frame, as a wire might. */
solo5_result_t target_net_write(solo5_handle_t handle, const uint8_t *buf, size_t size)
{
    int fd = manifest->e[handle].b.hostfd;
    long n = io(SYS_write, fd, buf, size, 0);

    if (n == ERR_BADFD)
        forget(fd);
    if (n == (long)size || n == ERR_AGAIN || n == ERR_NOMEM || n == ERR_NOBUFS)
        return SOLO5_R_OK;
    return SOLO5_R_EUNSPEC;
}

/* No frame has no bytes: 0 is an empty datagram, or the end of a socket. */
solo5_result_t target_net_read(solo5_handle_t handle, uint8_t *buf, size_t size,
        size_t *read_size)
{
    int fd = manifest->e[handle].b.hostfd;
    long n = io(SYS_read, fd, buf, size, 0);

    if (n == ERR_AGAIN)
        return SOLO5_R_AGAIN;
    if (n == 0)
        return forget(fd) ? SOLO5_R_EUNSPEC : SOLO5_R_AGAIN;
    if (n == ERR_BADFD)
        forget(fd);
    if (n < 0)
        return SOLO5_R_EUNSPEC;
    *read_size = (size_t)n;
    return SOLO5_R_OK;
}

solo5_result_t target_set_tls_base(uintptr_t base)
{
    return spt_set_tls_base(base);
}
