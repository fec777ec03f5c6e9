/* SPDX-License-Identifier: ISC */
#include "core_regs.h"

#include <elf.h>
#include <string.h>

#include "../core.h"
#include "hvt_abi.h"

const uint16_t core_machine = EM_X86_64;
const size_t core_nregs = REGS;

void core_regs_cookie(uint64_t regs[CORE_REGS_MAX], const void *cookie)
{
    struct hvt_cookie_x86_64 c;

    memcpy(&c, cookie, sizeof c);
    regs[RIP] = c.rip;
    regs[CS] = c.cs;
    regs[EFLAGS] = c.rflags;
    regs[RSP] = c.rsp;
    regs[SS] = c.ss;
    if (c.magic != HVT_COOKIE_MAGIC)
        return;
    regs[RAX] = c.gpr.rax;
    regs[RBX] = c.gpr.rbx;
    regs[RCX] = c.gpr.rcx;
    regs[RDX] = c.gpr.rdx;
    regs[RSI] = c.gpr.rsi;
    regs[RDI] = c.gpr.rdi;
    regs[RBP] = c.gpr.rbp;
    regs[R8] = c.gpr.r8;
    regs[R9] = c.gpr.r9;
    regs[R10] = c.gpr.r10;
    regs[R11] = c.gpr.r11;
    regs[R12] = c.gpr.r12;
    regs[R13] = c.gpr.r13;
    regs[R14] = c.gpr.r14;
    regs[R15] = c.gpr.r15;
}

size_t core_notes(bool signs, uint8_t notes[CORE_NOTES_MAX])
{
    (void)signs, (void)notes;
    return 0;
}
