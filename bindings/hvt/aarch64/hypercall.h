/* SPDX-License-Identifier: ISC */
#ifndef HYPERCALL_H
#define HYPERCALL_H

#include "bindings.h"
#include "hvt_abi.h"
#include "solo5.h"

/* The window: above memory. */
static uint64_t hypercall_base;

/* Before all else, so that a fault has a message. */
static inline void hypercall_init(void)
{
    const struct ext_info *info = ext_find(EXT_F_LARGE_MEMORY, EXT_END(hypercall_base));

    hypercall_base = info ? info->hypercall_base : HVT_HYPERCALL_MMIO_BASE;
}

/*
 * Only a plain store gives the hypervisor a valid syndrome (Arm ARM, ESR_EL2.ISV): what "m" stands
 * for changes no register.
 */
static inline void hypercall_store(uint64_t offset, uint32_t value)
{
    volatile uint32_t *at = (volatile uint32_t *)(uintptr_t)(hypercall_base + offset);

    __asm__ __volatile__("str %w1, %0" : "=m"(*at) : "rZ"(value) : "memory");
}

/* Hand REQUEST, which lies below 4 GiB, to the tender. It is answered on return. */
static inline void hypercall(uint32_t nr, void *request)
{
    hypercall_store(HVT_HYPERCALL_MMIO_STRIDE * (uint64_t)nr, (uint32_t)(uintptr_t)request);
}

/* Wake the tender's thread of the net ring, which takes any VALUE, or what VALUE stands for. */
static inline void ring_kick(uint32_t value)
{
    hypercall_store(HVT_RING_KICK_MMIO - HVT_HYPERCALL_MMIO_BASE, value);
}

static inline solo5_result_t hvt_set_tls_base(uintptr_t base)
{
    __asm__ __volatile__("msr tpidr_el0, %0" : : "r"(base) : "memory");
    return SOLO5_R_OK;
}

#endif /* HYPERCALL_H */
