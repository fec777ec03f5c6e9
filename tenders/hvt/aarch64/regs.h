/* SPDX-License-Identifier: ISC */
/*
 * regs.h: aarch64, values of registers and tables at the guest's entry.
 *
 * Source: Arm Architecture Reference Manual for A-profile (DDI 0487); chapters are
 * its: D8 the virtual memory system, D19 system registers, C6 instructions.
 */
#ifndef HVT_AARCH64_REGS_H
#define HVT_AARCH64_REGS_H

/*
 * Low memory below HVT_BOOT_BASE, one page each; more tables up to HVT_TABLES_END, and
 * from HVT_FAR_TABLES_BASE on.
 */
#define ARM_L0_BASE 0x1000
#define ARM_L1_BASE 0x2000
#define ARM_L2_BASE 0x3000 /* four: one for each GiB, see hvt_gib_table() */
#define ARM_L3_BASE 0x7000 /* for the first 2 MiB, then others in order of address */

/*
 * Descriptors (D8.3). Bits 0 and 1: valid, and a table, or a page at level 3. Memory
 * is normal write-back (index 4 of MAIR), inner shareable (SH, bits 8 and 9), with
 * the access flag set, and never executable at EL0. AP[2], bit 7: read-only.
 */
#define ARM_DESC_TABLE 0x3ULL
#define ARM_DESC_BLOCK 0x1ULL
#define ARM_DESC_PAGE 0x3ULL
#define ARM_DESC_MEMORY 0x0040000000000710ULL /* UXN, AF, SH, index 4 */
#define ARM_DESC_RO (1ULL << 7)
#define ARM_DESC_PXN (1ULL << 53)
#define ARM_DESC_GP (1ULL << 50) /* FEAT_BTI: guarded; reserved without it */

/* The window for hypercalls: 1 GiB of device memory (nGnRE, index 1), no execution. */
#define ARM_DESC_DEVICE 0x0060000000000705ULL

/* System registers (D19.2). */
#define ARM_MAIR_EL1 0x0000bbff440c0400ULL
/*
 * TCR_EL1: 40-bit addresses in 4 KiB pages for both halves, walks cached and inner
 * shareable, 16-bit ASIDs, TBI0. EPD1 (bit 23) refuses the upper half: TTBR1_EL1 holds
 * nothing that should be walked. IPS, bits 32 to 34: how large what it maps to can be.
 */
#define ARM_TCR_EL1 0x00000030b5983518ULL
#define ARM_TCR_IPS_36 (1ULL << 32)
#define ARM_TCR_IPS_40 (2ULL << 32)
/*
 * Which bits of an address a signature takes with it (D8.10, PAC field): from the first that is
 * no address, 64 - T0SZ (bits 0 to 5), to 54. TBI0 keeps it out of bits 56 to 63, of code as
 * well (TBID0, bit 51, is 0); bit 55 says which half it is.
 */
#define ARM_PAC_MASK ((1ULL << 55) - (1ULL << (64 - (ARM_TCR_EL1 & 0x3f))))
#define ARM_TTBR0_EL1 ARM_L0_BASE
#define ARM_SCTLR_EL1 0x1005ULL /* M, C, I: tables and caches on */
#define ARM_SCTLR_ENIA (1ULL << 31) /* FEAT_PAuth: sign with key IA; without it those are NOPs */
#define ARM_CPACR_FPEN (3ULL << 20) /* FP and SIMD don't trap */
#define ARM_PSTATE 0x3c5ULL /* EL1 with its own stack pointer; D, A, I, F masked */

/*
 * Where the vectors of layout.h store to, one word, to report an exception: in the
 * window, far above all hypercalls.
 */
#define ARM_VECTORS_SIZE 0x800 /* 16 entries of 0x80 (D1.3.1) */
#define ARM_VECTOR_SIZE 0x80
#define ARM_EARLY_FAULT_OFFSET 0x800

#endif /* HVT_AARCH64_REGS_H */
