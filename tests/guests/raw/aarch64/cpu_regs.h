/* SPDX-License-Identifier: ISC */
/*
 * cpu_regs.h: what start.S saved.
 */
#ifndef CPU_REGS_H
#define CPU_REGS_H

enum { REG_X0, REG_X30 = 30, REG_SP };

#endif /* CPU_REGS_H */
