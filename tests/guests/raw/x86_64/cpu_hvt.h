/* SPDX-License-Identifier: ISC */
/*
 * cpu_hvt.h: what a raw hvt guest needs to say in machine terms. Registers: Intel
 * SDM vol. 3A, chapter 2.
 */
#ifndef CPU_HVT_H
#define CPU_HVT_H

#include "cpu.h"
#include "cpu_regs.h"
#include "hvt_abi.h"
#include "raw.h"

/* struct ext_info, where memory is not large. */
#define CPU_HYPERCALL_BASE 0

static inline void cpu_hypercall(unsigned nr, uint32_t request)
{
    __asm__ volatile("outl %0, %w1"
                     :
                     : "a"(request), "d"(HVT_HYPERCALL_PIO_BASE + nr)
                     : "memory");
}

static inline void cpu_kick(uint32_t value)
{
    __asm__ volatile("outl %0, %w1" : : "a"(value), "d"(HVT_RING_KICK_PIO) : "memory");
}

static inline void cpu_ring_kick(void)
{
    cpu_kick(0);
}

static inline void cpu_narrow_ring_kick(void)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(0), "d"(HVT_RING_KICK_PIO));
}

/* One byte to a hypercall's port. */
static inline void cpu_narrow_access(void)
{
    __asm__ volatile("outb %b0, %w1" : : "a"(0), "d"(HVT_HYPERCALL_PIO_BASE + 1));
}

static inline void cpu_access_elsewhere(void)
{
    __asm__ volatile("outl %0, %w1" : : "a"(0), "d"(0x80));
}

static inline void cpu_read_device(void)
{
    uint32_t v;

    __asm__ volatile("inl %w1, %0" : "=a"(v) : "d"(HVT_HYPERCALL_PIO_BASE + 1));
}

static inline void cpu_stop(void)
{
    __asm__ volatile("hlt");
}

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t lo, hi;

    __asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
    return (uint64_t)hi << 32 | lo;
}

struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint64_t base;
};

#define READ_SELECTOR(reg)                                                     \
    __extension__({                                                            \
        uint16_t v_;                                                           \
        __asm__ volatile("mov %%" reg ", %0" : "=r"(v_));                      \
        v_;                                                                    \
    })
#define READ_CONTROL(reg)                                                      \
    __extension__({                                                            \
        uint64_t v_;                                                           \
        __asm__ volatile("mov %%" reg ", %0" : "=r"(v_));                      \
        v_;                                                                    \
    })

static inline void check_general(uint64_t mem_size)
{
    static const char *const names[] = {
            "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp"};

    for (unsigned i = 0; i <= REG_R15; i++) {
        uint64_t expected = i == REG_RDI ? 0x10000 : i == REG_RSP ? mem_size - 8 : 0;
        raw_expect(i < REG_R8 ? names[i] : "r8-r15", raw_regs[i], expected);
    }
    raw_expect("rflags", raw_regs[REG_RFLAGS], 2);
    raw_expect("stack slot", raw_regs[REG_STACK_SLOT], 0);
}

static inline void check_segments(void)
{
    struct table_register gdt, idt;
    uint16_t tr, ldt;

    raw_expect("cs", READ_SELECTOR("cs"), 0x08);
    raw_expect("ss", READ_SELECTOR("ss"), 0x10);
    raw_expect("ds", READ_SELECTOR("ds"), 0x10);
    raw_expect("es", READ_SELECTOR("es"), 0x10);
    raw_expect("fs", READ_SELECTOR("fs"), 0x10);
    raw_expect("gs", READ_SELECTOR("gs"), 0x10);
    __asm__ volatile("sgdt %0" : "=m"(gdt));
    __asm__ volatile("sidt %0" : "=m"(idt));
    __asm__ volatile("str %0" : "=r"(tr));
    __asm__ volatile("sldt %0" : "=r"(ldt));
    raw_expect("gdt base", gdt.base, 0x1000);
    raw_expect("gdt limit", gdt.limit, 23);
    raw_expect("idt base", idt.base, 0);
    raw_expect("idt limit", idt.limit, 0);
    raw_expect("tr", tr, 0);
    raw_expect("ldt", ldt, 0);
    raw_expect("fs base", read_msr(0xc0000100), 0);
    raw_expect("gs base", read_msr(0xc0000101), 0);
}

static inline void cpu_check_entry(uint64_t mem_size)
{
    check_general(mem_size);
    /* ET (bit 4) always reads as 1 in hardware, SDM vol. 3A, 2.5. */
    raw_expect("cr0", READ_CONTROL("cr0") & ~UINT64_C(0x10), 0x80010021);
    raw_expect("cr3", READ_CONTROL("cr3"), 0x2000);
    raw_expect("cr4", READ_CONTROL("cr4"), 0x620);
    /* LME and LMA, and NXE, which is not in the reference's state. */
    raw_expect("efer", read_msr(0xc0000080), 0xd00);
    check_segments();
    raw_check("FP control words", cpu_fp_control_ok());
}

#endif /* CPU_HVT_H */
