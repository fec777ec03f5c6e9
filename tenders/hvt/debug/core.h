/* SPDX-License-Identifier: ISC */
/*
 * core.h: a core file of the guest, for gdb.
 *
 * ELF64, ET_CORE, no sections. Two program headers: a PT_NOTE with the host's prstatus_t
 * and what else the CPU needs; and a PT_LOAD with all of the guest's memory. Memory that
 * the guest never used is a hole in the file.
 */
#ifndef HVT_CORE_H
#define HVT_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../vm.h"
#include "guest_mem.h"
#include "image.h"

/*
 * The CPU's part. Registers are in the order of Linux's elf_gregset_t, of which
 * CORE_REGS_MAX has room for every CPU's.
 */
#define CORE_REGS_MAX 34
extern const uint16_t core_machine;
extern const size_t core_nregs;

/* <cpu>/core_kvm.c: the registers now. */
int core_regs_read(const struct vm *vm, uint64_t regs[CORE_REGS_MAX], struct err *err);

/*
 * <cpu>/core_regs.c: put in what a guest's trap handler left at COOKIE, which has
 * HVT_HALT_COOKIE_MAX bytes. The guest's bytes: anything can be in them.
 */
void core_regs_cookie(uint64_t regs[CORE_REGS_MAX], const void *cookie);

/*
 * <cpu>/core_regs.c: more notes, whole ones, for a guest whose CPU has signed addresses or not
 * (SIGNS). Returns their size.
 */
#define CORE_NOTES_MAX 96
size_t core_notes(bool signs, uint8_t notes[CORE_NOTES_MAX]);

struct core {
    const struct guest_mem *mem;
    const struct elf_plan *plan; /* the host may have mapped the file there */
    const uint64_t *regs;
    bool signs; /* of struct vm */
    int signal; /* what it is said to have died of */
};

/* Write it to FD, an empty file. */
int core_write(int fd, const struct core *core, struct err *err);

#endif /* HVT_CORE_H */
