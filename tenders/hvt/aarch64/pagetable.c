/* SPDX-License-Identifier: ISC */
/*
 * pagetable.c: aarch64, 4-level translation tables of 4 KiB (DDI 0487, D8), and the
 * vectors that are in force until the guest installs its own.
 */
#include <string.h>
#include <sys/mman.h>

#include "../arch.h"
#include "../layout.h"
#include "regs.h"

#define BLOCK_SIZE 0x200000ULL

static uint64_t *table_at(uint8_t *low, uint64_t gpa)
{
    return (uint64_t *)(void *)(low + gpa);
}

uint64_t arch_hypercall_base(uint64_t mem_end)
{
    uint64_t above = (mem_end + HVT_GIB - 1) & ~(HVT_GIB - 1);

    return above > HVT_HYPERCALL_MMIO_BASE ? above : HVT_HYPERCALL_MMIO_BASE;
}

/*
 * Every vector does the same: it stores a word where the tender recognises it, at
 * ARM_EARLY_FAULT_OFFSET of the window at BASE. The guest does not run on after that.
 */
static void write_vectors(uint8_t *low, uint64_t base)
{
    const uint32_t code[] = {
            0xd2800000 | (uint32_t)(base / HVT_GIB) << 5, /* movz x0, #gib */
            0xd3628400, /* lsl x0, x0, #30 */
            0xb908001f, /* str wzr, [x0, #0x800] */
            0x14000000, /* b . */
    };

    _Static_assert(ARM_EARLY_FAULT_OFFSET == 0x800, "the offset in the code");
    for (unsigned at = 0; at < ARM_VECTORS_SIZE; at += ARM_VECTOR_SIZE)
        memcpy(low + HVT_VECTORS_BASE + at, code, sizeof code);
}

/* Of the image's code; the tender's vectors need no landing pads. */
static uint64_t guard(const struct memmap *map, int prot)
{
    return map->guarded && (prot & PROT_EXEC) ? ARM_DESC_GP : 0;
}

/* What KIND of descriptor, block or page, maps GPA to itself with PROT. */
static uint64_t leaf(uint64_t gpa, int prot, uint64_t kind)
{
    return gpa | ARM_DESC_MEMORY | kind | (prot & PROT_WRITE ? 0 : ARM_DESC_RO) |
            (prot & PROT_EXEC ? 0 : ARM_DESC_PXN);
}

/* One page of 4 KiB: what is below the image is the same for every guest. */
static uint64_t page_entry(const struct memmap *map, size_t *at, uint64_t gpa)
{
    if (gpa < HVT_BOOT_BASE)
        return 0;
    if (gpa == HVT_VECTORS_BASE)
        return leaf(gpa, PROT_READ | PROT_EXEC, ARM_DESC_PAGE);
    if (gpa < HVT_GUEST_MIN_BASE)
        return leaf(gpa, PROT_READ, ARM_DESC_PAGE);
    int prot = memmap_prot(map, at, gpa, gpa + HVT_PAGE_SIZE);
    if (prot < 0)
        return 0; /* memory may end in a block */
    return leaf(gpa, prot, ARM_DESC_PAGE) | guard(map, prot);
}

int arch_tables(uint8_t *low, const struct memmap *map, struct err *err)
{
    uint64_t base = arch_hypercall_base(map->end);
    uint64_t *l1 = table_at(low, ARM_L1_BASE);
    uint64_t next = ARM_L3_BASE;
    size_t at = 0;

    write_vectors(low, base);
    table_at(low, ARM_L0_BASE)[0] = ARM_L1_BASE | ARM_DESC_TABLE;
    l1[base / HVT_GIB] = base | ARM_DESC_DEVICE;
    for (uint64_t gpa = 0; gpa < map->end; gpa += BLOCK_SIZE) {
        uint64_t l2 = hvt_gib_table(ARM_L2_BASE, gpa / HVT_GIB);
        uint64_t *entry = &table_at(low, l2)[gpa % HVT_GIB / BLOCK_SIZE];
        int prot = gpa == 0 ? -1 : memmap_prot(map, &at, gpa, gpa + BLOCK_SIZE);

        l1[gpa / HVT_GIB] = l2 | ARM_DESC_TABLE;
        if (prot >= 0) {
            *entry = leaf(gpa, prot, ARM_DESC_BLOCK) | guard(map, prot);
            continue;
        }
        if (next == HVT_TABLES_END)
            return memmap_too_scattered(err);
        *entry = next | ARM_DESC_TABLE;
        for (unsigned i = 0; i < HVT_PAGE_SIZE / 8; i++)
            table_at(low, next)[i] = page_entry(map, &at, gpa + i * HVT_PAGE_SIZE);
        next += HVT_PAGE_SIZE;
    }
    return 0;
}
