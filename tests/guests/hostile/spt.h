/* SPDX-License-Identifier: ISC */
/*
 * spt.h: a hostile guest of solo5-spt. What it says in machine terms is in each CPU's folder.
 */
#ifndef HOSTILE_SPT_H
#define HOSTILE_SPT_H

#include "attack.h"
#include "cpu.h"

/* Any system call, with six arguments. */
long cpu_syscall_6(uint64_t nr, const uint64_t a[6]);

/* What Linux calls number what. Ends with a row without a name. */
struct number {
    const char *name;
    uint64_t nr;
};
extern const struct number cpu_numbers[];

static inline uint64_t number(const char *name)
{
    for (const struct number *n = cpu_numbers; n->name; n++)
        if (strcmp(n->name, name) == 0)
            return n->nr;
    FAIL("unknown name");
}

static inline long call(uint64_t nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    return cpu_syscall_6(nr, (const uint64_t[6]){a, b, c, d, 0, 0});
}

/* Instructions, each the last thing that the guest does, unless it may. */
extern const struct attack cpu_single[];

/* Nothing but a jump to itself, with the stack pointer at SP. */
void cpu_spin_at(uint64_t sp) __attribute__((noreturn));

/* The same with flags and registers as unusual as they can be. */
void cpu_spin_oddly(void) __attribute__((noreturn));

/*
 * Read the byte at AT, which is gone, with RESUME as the register that the tender goes on by
 * (EXT_F_BLOCK_MAP); the same without a stack and with a jump to itself there; with the read itself
 * there.
 */
void cpu_touch(uint64_t at, uint64_t resume);
void cpu_touch_no_stack(uint64_t at) __attribute__((noreturn));
void cpu_touch_again(uint64_t at) __attribute__((noreturn));

/* 0: afterwards all registers are as they were that a function keeps, control of FP among them. */
uint64_t cpu_touch_keeps(uint64_t at);

#endif /* HOSTILE_SPT_H */
