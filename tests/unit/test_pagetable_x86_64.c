/* SPDX-License-Identifier: ISC */
/*
 * x86_64 page tables, walked as the CPU does (AMD64 APM volume 2, 5.3).
 *
 * links: tenders/hvt/x86_64/pagetable.c tenders/hvt/memmap.c
 * links: tenders/common/guest_mem.c tenders/common/err.c
 */
#include "pagetable_test.h"
#include "walk_x86_64.h"

/* The interface names these bytes; guests load their own soon. */
static void gdt(void **state)
{
    struct guest_mem mem = mem_of(0x200000, 0, 0x1000);
    struct elf_plan plan = elf_plan_of(&plans[0]);
    uint8_t *low = new_low();
    struct memmap map;

    (void)state;
    assert_works(memmap_make(&map, &plan, &mem, false, &err), err);
    assert_works(arch_tables(low, &map, &err), err);
    assert_int_equal(entry_of(low, 0x1000, 0), 0);
    assert_int_equal(entry_of(low, 0x1000, 1), 0x00af99000000ffff);
    assert_int_equal(entry_of(low, 0x1000, 2), 0x00cf93000000ffff);
    memmap_free(&map);
    free(low);
}

static void too_scattered(void **state)
{
    (void)state;
    check_scattered(8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(every_image),
            cmocka_unit_test(every_size),
            cmocka_unit_test(every_large_size),
            cmocka_unit_test(gdt),
            cmocka_unit_test(too_scattered),
    };

    return cmocka_run_group_tests_name("pagetable_x86_64", tests, NULL, NULL);
}
