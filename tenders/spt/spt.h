/* SPDX-License-Identifier: ISC */
/*
 * spt.h: one guest of solo5-spt, from its options to its entry.
 */
#ifndef SPT_H
#define SPT_H

#include <stdint.h>
#include <ucontext.h>

#include "devices.h"
#include "ext.h"
#include "guest_mem.h"
#include "image.h"
#include "island.h"
#include "load.h"
#include "manifest.h"
#include "options.h"
#include "sandbox.h"
#include "vdso.h"
#include "waitset.h"

struct spt {
    struct options options;
    struct elf elf;
    struct manifest manifest;
    struct ext ext;
    struct vdso vdso; /* EXT_F_CLOCK_VDSO */
    struct devices devices;
    struct guest_mem mem;
    struct elf_plan plan;
    struct waitset waitset;
    struct island island;
};

/*
 * protect.c: each segment has its own protection, all else of memory is read/write; with
 * EXEC_HEAP whatever can be written can be executed, too.
 *
 * protect_guard() has the kernel guard code with landing pads (EXT_F_BTI); before all else.
 *
 * protect_check() refuses an image for a host with pages of PAGE bytes if one page would
 * need two protections. protect_apply() is for a plan that passed.
 */
void protect_guard(struct elf_plan *plan);
int (*protect_prot(bool exec_heap))(const struct elf_segment *);
int protect_check(const struct elf_plan *plan, bool exec_heap, uint64_t page,
        struct err *err);
int protect_apply(const struct elf_plan *plan, bool exec_heap, struct guest_mem *mem,
        struct err *err);

/* boot.c: boot information, manifest and command line into low memory. */
int boot_write(struct spt *spt, struct err *err);

/*
 * signals.c: SIGINT and SIGTERM end the guest, with a message. SIGBUS within MAPS, if there are
 * any, sends it to where it can read no file (EXT_F_BLOCK_MAP).
 */
int signals_install(const struct island *is, const struct guest_mem_range *maps,
        struct err *err);

/* signals.c: what this asks the kernel for. After signals_install(). */
void signals_rows(struct sandbox *sb);

/* policy.c: the filter for the system calls the guest may make, as sandbox_make() does. */
int policy_make(const struct spt *spt, struct sock_filter code[SANDBOX_CODE_MAX],
        struct sandbox_filter *f, struct err *err);

/* policy.c: print it; 0, or -1 if it could not be written. */
int policy_show(const struct spt *spt, FILE *out);

/* policy.c: what it consists of. */
void policy_rows(const struct spt *spt, struct sandbox *sb);
size_t policy_blocks(const struct spt *spt, struct sandbox_block blocks[MFT_MAX_ENTRIES]);

/*
 * <cpu>/policy_cpu.c: the rows only this CPU has.
 */
void policy_cpu(struct sandbox *sb);

/*
 * <cpu>/launch.S: set the stack pointer to just below STACK_TOP, as after a call,
 * and go to ENTRY with BOOT_INFO as the argument. All other registers are those of a process that
 * begins, those of the FPU and of vectors too. The memory from USED to USED_END, of some pages,
 * is cleared: the stack that this was called on.
 */
void launch(uint64_t stack_top, uint64_t entry, uint64_t boot_info, void *used, void *used_end)
        __attribute__((noreturn));

/* <cpu>/launch.S: go to F(ARG), which doesn't return, on the stack below TOP. */
void go_on_stack(struct island_scratch *arg, void *top, void (*f)(struct island_scratch *))
        __attribute__((noreturn));

/* <cpu>/launch.S: out of a handler of signals, as EXT_F_BLOCK_MAP says. */
void resume(const mcontext_t *at) __attribute__((noreturn));

/* <cpu>/launch.S: the base of thread-local storage. */
uint64_t thread_pointer(void);

/* <cpu>/launch.S: a system call that touches nothing of the C library. */
long raw_call(long nr, long a, long b, long c, long d);

#endif /* SPT_H */
