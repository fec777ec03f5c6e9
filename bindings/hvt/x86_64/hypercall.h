/* SPDX-License-Identifier: ISC */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include "hvt_abi.h"
#include "solo5.h"

static inline void hypercall_init(void)
{
}

/* Hand REQUEST, which lies below 4 GiB, to the tender. It is answered on return. */
static inline void hypercall(uint32_t nr, void *request)
{
    __asm__ __volatile__("outl %0, %w1"
                         :
                         : "a"((uint32_t)(uintptr_t)request), "d"(HVT_HYPERCALL_PIO_BASE + nr)
                         : "memory");
}

/* Wake the tender's thread of the net ring, which takes any VALUE, or what VALUE stands for. */
static inline void ring_kick(uint32_t value)
{
    __asm__ __volatile__("outl %0, %w1" : : "a"(value), "d"(HVT_RING_KICK_PIO) : "memory");
}

/* IA32_FS_BASE (SDM 4, table 2-2). Bits 63-47 of an address are equal. */
static inline solo5_result_t hvt_set_tls_base(uintptr_t base)
{
    if ((intptr_t)(base << 16) >> 16 != (intptr_t)base)
        return SOLO5_R_EINVAL;
    __asm__ __volatile__("wrmsr"
                         :
                         : "c"(0xc0000100), "a"((uint32_t)base), "d"((uint32_t)(base >> 32))
                         : "memory");
    return SOLO5_R_OK;
}

#endif /* HYPERCALL_H */
