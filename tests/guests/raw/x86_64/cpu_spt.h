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

/* As XSAVE writes it (Intel SDM, vol. 1, 13.4), with room for all components that there are. */
static struct {
    uint16_t control, status;
    uint8_t tags, zero;
    uint16_t op;
    uint64_t x87[2];
    uint32_t mxcsr, mxcsr_mask;
    uint64_t registers[8 * 2 + 16 * 2 + 12];
    uint64_t header[8];
    uint64_t others[2048];
} cpu_fpu __attribute__((aligned(64)));

/* Before anything uses these registers. All but protection keys. */
static inline __attribute__((always_inline)) void cpu_save_fpu(void)
{
    __asm__ volatile("fxsave64 %[area]\n\t"
                     "movl $1, %%eax\n\t"
                     "xorl %%ecx, %%ecx\n\t"
                     "cpuid\n\t"
                     "btl $27, %%ecx\n\t"
                     "jnc 1f\n\t"
                     "movl $~(1 << 9), %%eax\n\t"
                     "movl $-1, %%edx\n\t"
                     "xsave64 %[area]\n"
                     "1:"
                     : [area] "+m"(cpu_fpu)
                     :
                     : "rax", "rbx", "rcx", "rdx", "cc");
}

static inline void cpu_check_fpu(void)
{
    raw_expect("x87 control word", cpu_fpu.control, 0x37f);
    raw_expect("x87 status word", cpu_fpu.status, 0);
    raw_expect("x87 tags", cpu_fpu.tags, 0);
    raw_expect("x87 opcode", cpu_fpu.op, 0);
    raw_expect("x87 instruction", cpu_fpu.x87[0], 0);
    raw_expect("x87 data", cpu_fpu.x87[1], 0);
    raw_expect("mxcsr", cpu_fpu.mxcsr, 0x1f80);
    raw_expect_zeros("x87 and xmm", cpu_fpu.registers, sizeof cpu_fpu.registers / 8);
    raw_expect_zeros("ymm, zmm and others", cpu_fpu.others, sizeof cpu_fpu.others / 8);
}

static inline void cpu_check_entry(uint64_t mem_size)
{
    raw_expect("rdi", raw_regs[REG_RDI], SPT_BOOT_INFO_BASE);
    raw_expect("rsp", raw_regs[REG_RSP], mem_size - 8);
    raw_expect("rax", raw_regs[REG_RAX], (uintptr_t)_start);
    raw_expect_zeros("rbx to rsi", raw_regs + REG_RBX, REG_RDI - REG_RBX);
    raw_expect("rbp", raw_regs[REG_RBP], 0);
    raw_expect_zeros("r8 to r15", raw_regs + REG_R8, REG_R15 + 1 - REG_R8);
    cpu_check_fpu();
    raw_expect("stack slot", raw_regs[REG_STACK_SLOT], 0);
    raw_expect("direction flag", raw_regs[REG_RFLAGS] & 0x400, 0);
}

#endif /* CPU_SPT_H */
