/* SPDX-License-Identifier: ISC */
/*
 * cpu_regs.h: what start.S saved.
 */
#ifndef CPU_REGS_H
#define CPU_REGS_H

enum {
    REG_RAX,
    REG_RBX,
    REG_RCX,
    REG_RDX,
    REG_RSI,
    REG_RDI,
    REG_RBP,
    REG_RSP,
    REG_R8,
    REG_R15 = REG_R8 + 7,
    REG_RFLAGS,
    REG_STACK_SLOT /* where a return address would be */
};

#endif /* CPU_REGS_H */
