/* SPDX-License-Identifier: ISC */
#ifndef SYSCALL_H
#define SYSCALL_H

#include <stdint.h>

#include "solo5.h"

/* Linux, include/uapi/asm-generic/unistd.h */
enum {
    SYS_epoll_ctl = 21,
    SYS_epoll_pwait = 22,
    SYS_read = 63,
    SYS_write = 64,
    SYS_pread64 = 67,
    SYS_pwrite64 = 68,
    SYS_fdatasync = 83,
    SYS_timerfd_settime = 86,
    SYS_exit_group = 94,
    SYS_clock_gettime = 113
};

/* Linux, include/uapi/linux/eventpoll.h */
struct epoll_event {
    uint32_t events;
    uint64_t data;
};

_Static_assert(sizeof(struct epoll_event) == 16, "the kernel's layout");

/* Returns a result or -errno; changes X0 alone. */
static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = nr;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;

    __asm__ __volatile__("svc #0"
                         : "+r"(x0)
                         : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                         : "memory");
    return x0;
}

static inline solo5_result_t spt_set_tls_base(uintptr_t base)
{
    __asm__ __volatile__("msr tpidr_el0, %0" : : "r"(base) : "memory");
    return SOLO5_R_OK;
}

#endif /* SYSCALL_H */
