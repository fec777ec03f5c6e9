/* SPDX-License-Identifier: ISC */
/*
 * cpu_spt.h: what a raw spt guest needs to say in machine terms.
 */
#ifndef CPU_SPT_H
#define CPU_SPT_H

#include "cpu_regs.h"
#include "raw.h"
#include "spt_abi.h"

#define CPU_NR_EXIT_GROUP 231

static inline void cpu_check_entry(uint64_t mem_size)
{
    raw_expect("rdi", raw_regs[REG_RDI], SPT_BOOT_INFO_BASE);
    raw_expect("rsp", raw_regs[REG_RSP], mem_size - 8);
    raw_expect("stack slot", raw_regs[REG_STACK_SLOT], 0);
    raw_expect("direction flag", raw_regs[REG_RFLAGS] & 0x400, 0);
}

#endif /* CPU_SPT_H */
