/* SPDX-License-Identifier: ISC */
/*
 * cpu_hvt.h: what a raw hvt guest needs to say in machine terms. Registers: Arm
 * Architecture Reference Manual (DDI 0487), D19.2.
 */
#ifndef CPU_HVT_H
#define CPU_HVT_H

#include "cpu.h"
#include "cpu_regs.h"
#include "ext_abi.h"
#include "hvt_abi.h"
#include "raw.h"

/* struct ext_info, where memory is not large. */
#define CPU_HYPERCALL_BASE HVT_HYPERCALL_MMIO_BASE

static inline void cpu_hypercall(unsigned nr, uint32_t request)
{
    uint64_t at = HVT_HYPERCALL_MMIO_BASE + HVT_HYPERCALL_MMIO_STRIDE * (uint64_t)nr;

    __asm__ volatile("str %w0, [%1]" : : "r"(request), "r"(at) : "memory");
}

static inline void cpu_kick(uint32_t value)
{
    __asm__ volatile("str %w0, [%1]" : : "r"(value), "r"(HVT_RING_KICK_MMIO) : "memory");
}

static inline void cpu_ring_kick(void)
{
    cpu_kick(0);
}

static inline void cpu_narrow_ring_kick(void)
{
    __asm__ volatile("strb wzr, [%0]" : : "r"(HVT_RING_KICK_MMIO) : "memory");
}

/* One byte to a hypercall's address. */
static inline void cpu_narrow_access(void)
{
    __asm__ volatile("strb wzr, [%0]" : : "r"(HVT_HYPERCALL_MMIO_BASE + 8) : "memory");
}

static inline void cpu_access_elsewhere(void)
{
    __asm__ volatile("str wzr, [%0]" : : "r"(HVT_HYPERCALL_MMIO_BASE + 0x10000) : "memory");
}

static inline void cpu_read_device(void)
{
    uint32_t v;

    __asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(HVT_HYPERCALL_MMIO_BASE + 8));
}

/* WFI would wait for good. Instead: go where there is no memory. */
static inline void cpu_stop(void)
{
    __asm__ volatile("ldr x0, =0x7f00000000; br x0" : : : "x0");
}

#define READ_SYS(reg)                                                          \
    __extension__({                                                            \
        uint64_t v_;                                                           \
        __asm__ volatile("mrs %0, " reg : "=r"(v_));                           \
        v_;                                                                    \
    })

static inline void cpu_check_entry(uint64_t mem_size)
{
    const volatile struct ext_info *ext = (const void *)EXT_INFO_BASE;
    uint64_t vbar = READ_SYS("vbar_el1");

    raw_expect("x0", raw_regs[REG_X0], 0x10000);
    for (unsigned i = 1; i <= REG_X30; i++)
        raw_expect("x1-x30", raw_regs[i], 0);
    raw_expect("sp", raw_regs[REG_SP], mem_size - 16);
    raw_expect("CurrentEL", READ_SYS("CurrentEL"), 1 << 2);
    raw_expect("SPSel", READ_SYS("SPSel"), 1);
    raw_expect("DAIF", READ_SYS("DAIF"), 0x3c0);
    raw_expect("MAIR_EL1", READ_SYS("mair_el1"), 0x0000bbff440c0400);
    /* EPD1 (bit 23) is set, unlike in the reference's state. */
    raw_expect("TCR_EL1", READ_SYS("tcr_el1"), 0x00000032b5183518 | 1 << 23);
    raw_expect("TTBR0_EL1", READ_SYS("ttbr0_el1"), 0x1000);
    raw_expect("SCTLR_EL1", READ_SYS("sctlr_el1"),
            0x1005 | (ext->features & EXT_F_PAC ? UINT64_C(1) << 31 : 0));
    raw_expect("CPACR_EL1.FPEN", READ_SYS("cpacr_el1") >> 20 & 3, 3);
    /* A table of the tender's, until the guest has one of its own. */
    raw_check("VBAR_EL1", vbar >= 0x10000 && vbar + 0x800 <= 0x100000 && vbar % 0x800 == 0);
    raw_check("FP control word", cpu_fp_control_ok());
}

#endif /* CPU_HVT_H */
