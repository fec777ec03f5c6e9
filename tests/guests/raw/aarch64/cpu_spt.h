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

static uint64_t cpu_vectors[32 * 2], cpu_fpcr, cpu_fpsr;

/* Before anything uses these registers. */
static inline __attribute__((always_inline)) void cpu_save_fpu(void)
{
    uint64_t *to = cpu_vectors;

    __asm__ volatile(".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
                     "str q\\n, [%0], #16\n\t"
                     ".endr\n\t"
                     ".irp n, 16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n\t"
                     "str q\\n, [%0], #16\n\t"
                     ".endr"
                     : "+r"(to)
                     :
                     : "memory");
    __asm__ volatile("mrs %0, fpcr" : "=r"(cpu_fpcr));
    __asm__ volatile("mrs %0, fpsr" : "=r"(cpu_fpsr));
}

static inline void cpu_check_entry(uint64_t mem_size)
{
    raw_expect("x0", raw_regs[REG_X0], SPT_BOOT_INFO_BASE);
    raw_expect("sp", raw_regs[REG_SP], mem_size - 16);
    raw_expect_zeros("x1 to x15", raw_regs + 1, 15);
    raw_expect("x16", raw_regs[16], (uintptr_t)_start);
    raw_expect_zeros("x17 to x30", raw_regs + 17, 14);
    raw_expect_zeros("vectors", cpu_vectors, sizeof cpu_vectors / 8);
    raw_expect("fpcr", cpu_fpcr, 0);
    raw_expect("fpsr", cpu_fpsr, 0);
}

#endif /* CPU_SPT_H */
