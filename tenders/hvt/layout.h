/* SPDX-License-Identifier: ISC */
/*
 * layout.h: an hvt guest's physical memory. Virtual addresses are the same.
 *
 *      0x0                 nothing, so that a null pointer faults
 *      HVT_TABLES_BASE     0x1000      page tables, GDT: the CPU's, not mapped
 *                                      (each CPU's own order: <cpu>/regs.h)
 *      HVT_BOOT_BASE       0x10000     struct hvt_boot_info,
 *                                      then the manifest, then the command line
 *      EXT_INFO_BASE       0x20000     struct ext_info, if the image has the note
 *      HVT_VECTORS_BASE    0x80000     aarch64: vectors until the guest sets its own
 *      HVT_FAR_TABLES_BASE 0x90000     page tables for memory above 4 GiB
 *                                      0x10000-0xfffff is read-only for the guest
 *      HVT_GUEST_MIN_BASE  0x100000    image: what its segments say
 *                                      then BSS and heap, growing up,
 *      mem_size                        and stack, growing down from here
 *                                      then the net ring, HVT_RING_SIZE bytes, if any,
 *                                      then queues of vhost (ext_abi.h), if any:
 *      --mem                           nothing is mapped from here on
 *      HVT_HYPERCALL_MMIO_BASE         aarch64: 1 GiB of device memory, hypercalls;
 *                          0x100000000 or the first GiB above memory (arch_hypercall_base)
 */
#ifndef HVT_LAYOUT_H
#define HVT_LAYOUT_H

#include "ext_abi.h"
#include "hvt_abi.h"
#include "manifest.h"

#define HVT_PAGE_SIZE 0x1000

#define HVT_TABLES_BASE 0x1000
#define HVT_TABLES_END 0x10000

#define HVT_BOOT_BASE 0x10000
#define HVT_MANIFEST_BASE (HVT_BOOT_BASE + sizeof(struct hvt_boot_info))

#define HVT_VECTORS_BASE 0x80000

#define HVT_FAR_TABLES_BASE 0x90000

#define HVT_GIB (1ULL << 30)

/* The table of one GiB: the first four are at FIRST, those above in one more place. */
static inline uint64_t hvt_gib_table(uint64_t first, uint64_t gib)
{
    return gib < 4 ? first + gib * HVT_PAGE_SIZE
                   : HVT_FAR_TABLES_BASE + (gib - 4) * HVT_PAGE_SIZE;
}

_Static_assert(HVT_FAR_TABLES_BASE + (EXT_HVT_MAX_SIZE / HVT_GIB - 4) * HVT_PAGE_SIZE <=
                HVT_GUEST_MIN_BASE,
        "a table for every GiB");

_Static_assert(HVT_TABLES_END <= HVT_BOOT_BASE, "tables end before the boot information");
_Static_assert(sizeof(struct hvt_boot_info) == 56, "the manifest follows at 0x10038");
_Static_assert(HVT_MANIFEST_BASE + sizeof(struct manifest) + HVT_CMDLINE_SIZE <=
                EXT_INFO_BASE,
        "the boot information ends before the extensions'");
_Static_assert(EXT_INFO_BASE + sizeof(struct ext_info) <= HVT_VECTORS_BASE,
        "which end before the vectors");

#endif /* HVT_LAYOUT_H */
