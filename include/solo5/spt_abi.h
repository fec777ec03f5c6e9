/* SPDX-License-Identifier: ISC */
/*
 * spt_abi.h: guest and tender of the spt target.
 *
 * The guest runs inside the tender's process, at its own addresses, under a
 * seccomp filter. It is entered at e_entry with the address of struct
 * spt_boot_info as its only argument (RDI, X0), and uses system calls:
 *
 *   read, write       on the descriptors of its net devices
 *   write             on descriptor 1, its console; up to SPT_CONSOLE_MAX bytes
 *   pread64, pwrite64 on the descriptors of its block devices, whole blocks
 *                     within the capacity
 *   clock_gettime     CLOCK_REALTIME, CLOCK_MONOTONIC
 *   timerfd_settime   on timerfd
 *   epoll_pwait       on epollfd, no signal mask
 *   exit_group
 *   arch_prctl        x86_64: ARCH_SET_FS
 *   fdatasync, epoll_ctl   only as in ext_abi.h, if the image says that it knows of it
 *
 * The filter answers some of these itself, and nothing is done: pwrite64 on a read-only
 * device (EBADF) and fdatasync on one (0), epoll_ctl for a socket that is not connected
 * (EPERM).
 *
 * What the tender does itself on SIGINT and SIGTERM passes the same filter, with exactly
 * its arguments: ppoll and write on descriptor 2, for one of two fixed texts, then
 * rt_sigaction, tgkill and rt_sigprocmask for that signal. A guest that makes these calls
 * prints the text or ends itself. Where files are mapped (ext_abi.h) rt_sigaction and tgkill
 * pass for SIGBUS, too, by which a guest ends that has lost a page elsewhere.
 *
 * Any other call, or one of these with other arguments, ends the process with SIGSYS.
 */
#ifndef SOLO5_SPT_ABI_H
#define SOLO5_SPT_ABI_H

#include <stdint.h>

#define SPT_ABI_VERSION 2

/* An image is loaded at or above this address. */
#define SPT_GUEST_MIN_BASE 0x100000

/* Guest memory begins here; nothing is mapped below. */
#define SPT_HOST_MEM_BASE 0x10000

#define SPT_BOOT_INFO_BASE 0x11000

/* Bytes of the guest command line with its NUL. */
#define SPT_CMDLINE_SIZE 8192

/*
 * The most bytes of one write to the console: a signal such as SIGTERM waits for it. Of this
 * project's tender; others may have no limit.
 */
#define SPT_CONSOLE_MAX (16U << 20)

/* Boot information, 40 bytes. */
struct spt_boot_info {
    uint64_t mem_size;   /* end address of memory = initial top of stack */
    uint64_t kernel_end; /* end of the image without BSS, page aligned */
    const char *cmdline; /* NUL-terminated string */
    void *mft;           /* struct mft (mft_abi.h); b.hostfd are descriptors */
    int32_t epollfd;     /* level-triggered EPOLLIN of all net devices, data =
                            manifest index, and of timerfd */
    int32_t timerfd;     /* CLOCK_MONOTONIC; armed by the guest, never read */
};

/* The epoll data of timerfd: no manifest index. */
#define SPT_INTERNAL_TIMERFD 0x00000000FFFFFFFE

#endif /* SOLO5_SPT_ABI_H */
