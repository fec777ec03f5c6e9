/* SPDX-License-Identifier: ISC */
/*
 * cpu_spt.h: what a raw spt guest needs to say in machine terms.
 */
#ifndef CPU_SPT_H
#define CPU_SPT_H

#include "cpu_regs.h"
#include "raw.h"
#include "spt_abi.h"

#define CPU_NR_EXIT_GROUP 94

static inline void cpu_check_entry(uint64_t mem_size)
{
    raw_expect("x0", raw_regs[REG_X0], SPT_BOOT_INFO_BASE);
    raw_expect("sp", raw_regs[REG_SP], mem_size - 16);
}

#endif /* CPU_SPT_H */
