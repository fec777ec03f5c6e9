/* SPDX-License-Identifier: ISC */
/*
 * regs.h: x86_64, values of registers and tables at the guest's entry.
 *
 * Source: AMD64 Architecture Programmer's Manual, volume 2 (APM2) and Intel SDM
 * volume 3; section numbers are APM2's.
 */
#ifndef HVT_X86_64_REGS_H
#define HVT_X86_64_REGS_H

/*
 * Low memory below HVT_BOOT_BASE, one page each; more tables up to HVT_TABLES_END, and
 * from HVT_FAR_TABLES_BASE on.
 */
#define X86_GDT_BASE 0x1000
#define X86_PML4_BASE 0x2000
#define X86_PDPT_BASE 0x3000
#define X86_PD_BASE 0x4000 /* four: one for each GiB, see hvt_gib_table() */
#define X86_PT_BASE 0x8000 /* for the first 2 MiB, then others in order of address */

/* Segment descriptors (4.8): base 0, limit 4 GiB in pages, present, ring 0. */
#define X86_GDT_CODE 0x00af99000000ffffULL /* 64-bit code, accessed */
#define X86_GDT_DATA 0x00cf93000000ffffULL /* writable data, accessed */
#define X86_GDT_LIMIT 23                   /* null, code, data */
#define X86_SEL_CODE 0x08
#define X86_SEL_DATA 0x10

/* Control registers (3.1.1 to 3.1.3, 3.1.7). */
#define X86_CR0 0x80010021 /* PG, WP, NE, PE */
#define X86_CR4 0x620      /* OSXMMEXCPT, OSFXSR, PAE */
#define X86_EFER 0xd00     /* NXE, LMA, LME */
#define X86_RFLAGS 0x2     /* the bit that is always 1 */
#define X86_RESET_RIP 0xfff0 /* not an address of any guest's code (14.1.3) */

/* Page table entries (5.3.3, 5.4): supervisor only. */
#define X86_PTE_P (1ULL << 0)
#define X86_PTE_RW (1ULL << 1)
#define X86_PTE_PS (1ULL << 7) /* in a page directory: 2 MiB, no table below */
#define X86_PTE_NX (1ULL << 63)

#endif /* HVT_X86_64_REGS_H */
