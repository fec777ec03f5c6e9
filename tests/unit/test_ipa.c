/* SPDX-License-Identifier: ISC */
/*
 * aarch64: bits of address for hosts that have few, and TCR_EL1 for them.
 *
 * links: tenders/hvt/aarch64/ipa.c tenders/common/err.c
 */
#include "unit.h"

#include "../../tenders/hvt/aarch64/ipa.h"

#define GIB (1ULL << 30)

static struct err err;

/* LIMIT of the host, TOP of the guest's addresses, BITS it gets: 0, refused. */
static void bits(void **state)
{
    static const struct {
        unsigned limit;
        uint64_t top;
        unsigned bits;
    } rows[] = {
            {48, 5 * GIB, 40}, {40, 5 * GIB, 40}, {39, 5 * GIB, 39}, {36, 5 * GIB, 36},
            {33, 5 * GIB, 33}, {32, 5 * GIB, 0},
            {33, 8 * GIB, 33}, {33, 8 * GIB + 1, 0}, {34, 8 * GIB + 1, 34},
            {36, 64 * GIB, 36}, {36, 65 * GIB, 0}, {37, 65 * GIB, 37}, {48, 65 * GIB, 40},
    };

    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        unsigned got = 0;
        if (rows[i].bits) {
            assert_works(ipa_bits(rows[i].limit, rows[i].top, &got, &err), err);
            assert_int_equal(got, rows[i].bits);
        } else
            assert_fails(ipa_bits(rows[i].limit, rows[i].top, &got, &err), err,
                    "bits of address");
    }
    unsigned none;
    assert_fails(ipa_bits(36, 65 * GIB, &none, &err), err,
            "gives guests 36 bits of address, 37 are needed for this --mem");
}

/* TCR_EL1.IPS (DDI 0487, D19.2): 1 is 36 bits, 2 is 40; the rest stays. */
static void tcr(void **state)
{
    (void)state;
    assert_int_equal(ipa_tcr(40), 0x00000032b5983518);
    assert_int_equal(ipa_tcr(37), 0x00000032b5983518);
    assert_int_equal(ipa_tcr(36), 0x00000031b5983518);
    assert_int_equal(ipa_tcr(33), 0x00000031b5983518);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(bits),
            cmocka_unit_test(tcr),
    };

    return cmocka_run_group_tests_name("ipa", tests, NULL, NULL);
}
