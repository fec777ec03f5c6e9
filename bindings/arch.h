/* SPDX-License-Identifier: ISC */
/*
 * arch.h: seam between the bindings and the CPU. Prototypes stand here; the CPU's
 * folder has them in arch_inline.h and cpu.c, so that the compiler compares.
 */
#ifndef ARCH_H
#define ARCH_H

#include "bindings.h"

/* The counter that hvt's boot information gives the frequency of. Never goes back. */
static inline uint64_t arch_cycles(void);

/*
 * Does it always run, at that frequency? Else a hypervisor may let it stand still while the
 * guest doesn't run, and make up for that later.
 */
static inline bool arch_cycles_steady(void);

/* A random number of the CPU's own generator. False if it has none. */
static inline bool arch_random(uint64_t *value);

/* For the body of an endless loop. */
static inline void arch_relax(void);

/*
 * cpu.c: for targets on which the guest has the CPU to itself.
 */

/* From now on a trap prints what happened and ends the guest. */
void cpu_init(void);

/* ARCH_TLS_VARIANT and the functions above. */
#include "arch_inline.h"

#endif /* ARCH_H */
