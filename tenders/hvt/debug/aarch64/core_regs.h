/* SPDX-License-Identifier: ISC */
/*
 * core_regs.h: aarch64, the order of struct user_regs_struct (<sys/user.h>), which is
 * elf_gregset_t.
 */
#ifndef CORE_REGS_H
#define CORE_REGS_H

enum { X0, X30 = 30, SP, PC, PSTATE, REGS };

#endif /* CORE_REGS_H */
