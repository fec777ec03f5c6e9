/* SPDX-License-Identifier: ISC */
#include "core_regs.h"

#include <elf.h>
#include <string.h>

#include "../../aarch64/regs.h"
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

/*
 * Linux, Documentation/arm64/elf_hwcaps.rst, and arch/arm64/include/uapi/asm/ptrace.h: struct
 * user_pac_mask.
 */
#define HWCAP_PACA (1ULL << 30)

static size_t add_note(uint8_t *p, const char *name, uint32_t type, const uint64_t *desc,
        size_t size)
{
    Elf64_Nhdr h = {.n_namesz = (Elf64_Word)strlen(name) + 1,
            .n_descsz = (Elf64_Word)size,
            .n_type = type};

    memset(p + sizeof h, 0, 8); /* the name, padded */
    memcpy(p, &h, sizeof h);
    memcpy(p + sizeof h, name, h.n_namesz);
    memcpy(p + sizeof h + 8, desc, size);
    return sizeof h + 8 + size;
}

/* gdb looks at the masks only if the auxiliary vector says that the CPU signs. */
size_t core_notes(bool signs, uint8_t notes[CORE_NOTES_MAX])
{
    static const uint64_t auxv[] = {AT_HWCAP, HWCAP_PACA, AT_NULL, 0};
    static const uint64_t masks[] = {ARM_PAC_MASK, ARM_PAC_MASK}; /* of data, of code */

    if (!signs)
        return 0;
    size_t size = add_note(notes, "CORE", NT_AUXV, auxv, sizeof auxv);
    return size + add_note(notes + size, "LINUX", NT_ARM_PAC_MASK, masks, sizeof masks);
}
