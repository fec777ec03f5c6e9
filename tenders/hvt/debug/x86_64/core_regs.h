/* SPDX-License-Identifier: ISC */
/*
 * core_regs.h: x86_64, the order of struct user_regs_struct (<sys/user.h>), which is
 * elf_gregset_t.
 */
#ifndef CORE_REGS_H
#define CORE_REGS_H

enum {
    R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI,
    ORIG_RAX, /* the number of a system call, -1: none */
    RIP, CS, EFLAGS, RSP, SS, FS_BASE, GS_BASE, DS, ES, FS, GS,
    REGS
};

#endif /* CORE_REGS_H */
