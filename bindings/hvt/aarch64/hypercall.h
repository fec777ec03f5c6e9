/* SPDX-License-Identifier: ISC */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include "bindings.h"
#include "hvt_abi.h"
#include "solo5.h"

/* The window: above memory. Asked when it is first needed, which may be for a fault's message. */
static inline uint64_t hypercall_base(void)
{
    static uint64_t base;

    if (base == 0) {
        const struct ext_info *info =
                ext_find(EXT_F_LARGE_MEMORY, EXT_END(hypercall_base));
        base = info ? info->hypercall_base : HVT_HYPERCALL_MMIO_BASE;
    }
    return base;
}

/*
 * Hand REQUEST, which lies below 4 GiB, to the tender. It is answered on return.
 * Only a plain store gives the hypervisor a valid syndrome (Arm ARM, ESR_EL2.ISV).
 */
static inline void hypercall(uint32_t nr, void *request)
{
    uint64_t window = hypercall_base() + HVT_HYPERCALL_MMIO_STRIDE * (uint64_t)nr;

    __asm__ __volatile__("str %w0, [%1]"
                         :
                         : "r"((uint32_t)(uintptr_t)request), "r"(window)
                         : "memory");
}

/* Wake the tender's thread of the net ring. */
static inline void ring_kick(void)
{
    uint64_t at = hypercall_base() + (HVT_RING_KICK_MMIO - HVT_HYPERCALL_MMIO_BASE);

    __asm__ __volatile__("str wzr, [%0]" : : "r"(at) : "memory");
}

static inline solo5_result_t hvt_set_tls_base(uintptr_t base)
{
    __asm__ __volatile__("msr tpidr_el0, %0" : : "r"(base) : "memory");
    return SOLO5_R_OK;
}

#endif /* HYPERCALL_H */
