/* SPDX-License-Identifier: ISC */
/*
 * x86_64 page tables, walked as the CPU does (AMD64 APM volume 2, 5.3).
 *
 * links: tenders/hvt/x86_64/pagetable.c tenders/hvt/memmap.c
 * links: tenders/common/guest_mem.c tenders/common/err.c
 */
#include "pagetable_test.h"

#define CR3 0x2000

static const uint64_t executable_low_page = 0;

static int walk(const uint8_t *low, uint64_t va, uint64_t *pa)
{
    uint64_t table = CR3;
    int prot = R | W | X;

    if (va >> 47 != 0)
        return 0;
    for (int shift = 39;; shift -= 9) {
        uint64_t e = entry_of(low, table, va >> shift & 511);
        if (!(e & 1))
            return 0;
        assert_int_equal(e & 4, 0); /* supervisor only */
        if (!(e & 2))
            prot &= ~W;
        if (e >> 63)
            prot &= ~X;
        bool leaf = shift == 12 || (e & 0x80);
        uint64_t frame = e & 0x000ffffffffff000;
        if (leaf) {
            assert_true(shift == 12 || shift == 21);
            assert_int_equal(frame & ((1ULL << shift) - 1), 0);
            *pa = frame | (va & ((1ULL << shift) - 1));
            return prot;
        }
        table = frame;
    }
}

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
