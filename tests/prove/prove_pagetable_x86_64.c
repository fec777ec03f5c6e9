/* SPDX-License-Identifier: ISC */
/*
 * The memory map and x86_64's page tables for it, for all small images.
 *
 * links: tenders/hvt/x86_64/pagetable.c tenders/hvt/memmap.c
 * links: tenders/common/guest_mem.c tenders/common/err.c
 */
#include "prove_pagetable.h"

#include "../unit/walk_x86_64.h"

int main(void)
{
    return prove_pagetable("prove_pagetable_x86_64");
}
