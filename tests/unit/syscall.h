/* SPDX-License-Identifier: ISC */
/* syscall.h: for bindings/spt/target.c, in the place of the CPU's: test_spt_target.c answers. */
#ifndef SYSCALL_H
#define SYSCALL_H

#include <stdint.h>
#include <sys/syscall.h>

#include "solo5.h"

struct epoll_event {
    uint32_t events;
    uint64_t data;
};

/* A result or -errno. */
long syscall6(long nr, long a, long b, long c, long d, long e, long f);

static inline solo5_result_t spt_set_tls_base(uintptr_t base)
{
    (void)base;
    return SOLO5_R_OK;
}

#endif /* SYSCALL_H */
