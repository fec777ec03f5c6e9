/* SPDX-License-Identifier: ISC */
#include "core_regs.h"

#include <elf.h>
#include <string.h>

#include "../core.h"
#include "hvt_abi.h"

const uint16_t core_machine = EM_AARCH64;
const size_t core_nregs = REGS;

void core_regs_cookie(uint64_t regs[CORE_REGS_MAX], const void *cookie)
{
    struct hvt_cookie_aarch64 c;

    memcpy(&c, cookie, sizeof c);
    if (c.magic != HVT_COOKIE_MAGIC)
        return;
    memcpy(&regs[X0], c.trap.x, sizeof c.trap.x);
    regs[SP] = c.trap.sp;
    regs[PC] = c.trap.pc;
    regs[PSTATE] = c.trap.pstate;
}
