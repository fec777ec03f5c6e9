/* SPDX-License-Identifier: ISC */
/* walk_aarch64.h: aarch64 translation tables, walked as the CPU does (DDI 0487, D8.2 and D8.3). */
#ifndef WALK_AARCH64_H
#define WALK_AARCH64_H

#include "pagetable_test.h"

#define TTBR0 0x1000
#define VBAR 0x80000

static const uint64_t executable_low_page = VBAR;

/* Attributes that all normal memory must have: AF, inner shareable, index 4, UXN. */
static void check_memory(uint64_t e)
{
    assert_int_equal(e >> 10 & 1, 1); /* AF */
    assert_int_equal(e >> 8 & 3, 3);  /* SH */
    assert_int_equal(e >> 6 & 1, 0);  /* AP[1]: no access at EL0 */
    assert_int_equal(e >> 2 & 7, 4);  /* AttrIndx */
    assert_int_equal(e >> 54 & 1, 1); /* UXN */
}

static int walk(const uint8_t *low, uint64_t va, uint64_t *pa)
{
    uint64_t table = TTBR0;

    if (va >> 40 != 0)
        return 0;
    for (int level = 0;; level++) {
        int shift = 39 - 9 * level;
        uint64_t e = entry_of(low, table, va >> shift & 511);
        uint64_t address = e & 0x0000fffffffff000;
        if (!(e & 1))
            return 0;
        if (level < 3 && (e & 2)) {
            assert_int_equal(e >> 59, 0); /* no limits from the table descriptor */
            table = address;
            continue;
        }
        assert_true(level == 2 || (level == 3 && (e & 2)));
        check_memory(e);
        assert_int_equal(address & ((1ULL << shift) - 1), 0);
        *pa = address | (va & ((1ULL << shift) - 1));
        return R | (e >> 7 & 1 ? 0 : W) | (e >> 53 & 1 ? 0 : X);
    }
}

#endif /* WALK_AARCH64_H */
