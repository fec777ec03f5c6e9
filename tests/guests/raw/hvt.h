/* SPDX-License-Identifier: ISC */
/*
 * hvt.h: a raw guest's view of hvt.
 */
#ifndef RAW_HVT_H
#define RAW_HVT_H

#include "cpu_hvt.h"
#include "hvt_abi.h"
#include "raw.h"

ABI1_NOTE_DECLARE(HVT_ABI_TARGET, HVT_ABI_VERSION);

/* Requests must be below 4 GiB: all of the guest is. */
static inline void hypercall(unsigned nr, volatile void *request)
{
    cpu_hypercall(nr, (uint32_t)(uintptr_t)request);
}

void raw_write(const void *p, uint64_t size)
{
    volatile struct hvt_hc_puts r = {.data = (uintptr_t)p, .len = size};

    hypercall(HVT_HYPERCALL_PUTS, &r);
}

void raw_exit(int status)
{
    volatile struct hvt_hc_halt r = {.cookie = 0, .exit_status = status};

    hypercall(HVT_HYPERCALL_HALT, &r);
    for (;;)
        continue;
}

#endif /* RAW_HVT_H */
