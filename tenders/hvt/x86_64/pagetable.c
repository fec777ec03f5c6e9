/* SPDX-License-Identifier: ISC */
/*
 * pagetable.c: x86_64, 4-level page tables (APM2 5.3) and the GDT.
 */
#include <sys/mman.h>

#include "../arch.h"
#include "../layout.h"
#include "regs.h"

#define BLOCK_SIZE 0x200000ULL

static uint64_t *table_at(uint8_t *low, uint64_t gpa)
{
    return (uint64_t *)(void *)(low + gpa);
}

/* Hypercalls go to ports. */
uint64_t arch_hypercall_base(uint64_t mem_end)
{
    (void)mem_end;
    return 0;
}

static void write_gdt(uint8_t *low)
{
    uint64_t *gdt = table_at(low, X86_GDT_BASE);

    gdt[X86_SEL_CODE / 8] = X86_GDT_CODE;
    gdt[X86_SEL_DATA / 8] = X86_GDT_DATA;
}

static uint64_t leaf(uint64_t gpa, int prot)
{
    return gpa | X86_PTE_P | (prot & PROT_WRITE ? X86_PTE_RW : 0) |
            (prot & PROT_EXEC ? 0 : X86_PTE_NX);
}

/* One page of 4 KiB: what is below the image is the same for every guest. */
static uint64_t page_entry(const struct memmap *map, size_t *at, uint64_t gpa)
{
    if (gpa < HVT_BOOT_BASE)
        return 0;
    if (gpa < HVT_GUEST_MIN_BASE)
        return leaf(gpa, PROT_READ);
    int prot = memmap_prot(map, at, gpa, gpa + HVT_PAGE_SIZE);
    return prot >= 0 ? leaf(gpa, prot) : 0; /* memory may end in a block */
}

int arch_tables(uint8_t *low, const struct memmap *map, struct err *err)
{
    uint64_t next = X86_PT_BASE;
    size_t at = 0;

    write_gdt(low);
    table_at(low, X86_PML4_BASE)[0] = X86_PDPT_BASE | X86_PTE_P | X86_PTE_RW;
    for (uint64_t gpa = 0; gpa < map->end; gpa += BLOCK_SIZE) {
        uint64_t pd = hvt_gib_table(X86_PD_BASE, gpa / HVT_GIB);
        uint64_t *entry = &table_at(low, pd)[gpa % HVT_GIB / BLOCK_SIZE];
        int prot = gpa == 0 ? -1 : memmap_prot(map, &at, gpa, gpa + BLOCK_SIZE);

        table_at(low, X86_PDPT_BASE)[gpa / HVT_GIB] = pd | X86_PTE_P | X86_PTE_RW;
        if (prot >= 0) {
            *entry = leaf(gpa, prot) | X86_PTE_PS;
            continue;
        }
        if (next == HVT_TABLES_END)
            return memmap_too_scattered(err);
        *entry = next | X86_PTE_P | X86_PTE_RW;
        for (unsigned i = 0; i < HVT_PAGE_SIZE / 8; i++)
            table_at(low, next)[i] = page_entry(map, &at, gpa + i * HVT_PAGE_SIZE);
        next += HVT_PAGE_SIZE;
    }
    return 0;
}
