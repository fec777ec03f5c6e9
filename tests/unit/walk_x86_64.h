/* SPDX-License-Identifier: ISC */
/* walk_x86_64.h: x86_64 page tables, walked as the CPU does (AMD64 APM volume 2, 5.3). */
#ifndef WALK_X86_64_H
#define WALK_X86_64_H

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

#endif /* WALK_X86_64_H */
