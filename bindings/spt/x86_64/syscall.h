/* SPDX-License-Identifier: ISC */
#ifndef SYSCALL_H
#define SYSCALL_H

#include <stdint.h>

#include "solo5.h"

/* Linux, arch/x86/entry/syscalls/syscall_64.tbl */
enum {
    SYS_read = 0,
    SYS_write = 1,
    SYS_pread64 = 17,
    SYS_pwrite64 = 18,
    SYS_fdatasync = 75,
    SYS_arch_prctl = 158,
    SYS_clock_gettime = 228,
    SYS_exit_group = 231,
    SYS_epoll_ctl = 233,
    SYS_epoll_pwait = 281,
    SYS_timerfd_settime = 286
};

/* Linux, include/uapi/linux/eventpoll.h: without padding on this CPU alone. */
struct epoll_event {
    uint32_t events;
    uint64_t data;
} __attribute__((packed));

_Static_assert(sizeof(struct epoll_event) == 12, "the kernel's layout");

/* AMD64 ABI, A.2.1: SYSCALL changes RCX and R11. Returns a result or -errno. */
static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long ret;

    __asm__ __volatile__("syscall"
                         : "=a"(ret)
                         : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                         : "rcx", "r11", "memory");
    return ret;
}

#define ARCH_SET_FS 0x1002

static inline solo5_result_t spt_set_tls_base(uintptr_t base)
{
    long ret = syscall6(SYS_arch_prctl, ARCH_SET_FS, (long)base, 0, 0, 0, 0);

    return ret == 0 ? SOLO5_R_OK : SOLO5_R_EINVAL;
}

#endif /* SYSCALL_H */
