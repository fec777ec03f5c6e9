/* SPDX-License-Identifier: ISC */
/*
 * x86_64: what CPUID does not tell a guest, and all else that it does.
 *
 * links: tenders/hvt/x86_64/features.c
 */
#include "unit.h"

#include "../../tenders/hvt/x86_64/features.h"

#define ALL UINT32_MAX

static const struct row {
    uint32_t function;
    uint32_t left[CPUID_REGS]; /* of all bits */
} rows[] = {
        {0, {ALL, ALL, ALL, ALL}},
        {1, {ALL, ALL, ~0x8024U, ~0x200000U}}, /* DTES64, VMX, PDCM; DS */
        {7, {ALL, ~0x2000000U, ALL, ALL}}, /* Processor Trace */
        {9, {ALL, ALL, ALL, ALL}},
        {0xa, {0, 0, 0, 0}},
        {0xd, {ALL, ALL, ALL, ALL}},
        {0x14, {0, 0, 0, 0}},
        {0x23, {0, 0, 0, 0}},
        {0x3fffffff, {ALL, ALL, ALL, ALL}},
        {0x40000000, {0, 0, 0, 0}},
        {0x40000001, {0, 0, 0, 0}},
        {0x400000ff, {0, 0, 0, 0}},
        {0x40000100, {ALL, ALL, ALL, ALL}},
        {0x80000001, {ALL, ALL, ~0x11800004U, ALL}}, /* SVM; counters */
        {0x80000007, {ALL, ALL, ALL, ALL}},          /* EDX: is the TSC invariant? */
        {0x80000008, {ALL, ALL, ALL, ALL}},          /* EAX: bits of address */
        {0x8000000a, {0, 0, 0, 0}},
        {0x80000022, {0, 0, 0, 0}},
        {0x8000001f, {ALL, ALL, ALL, ALL}},
};

static void hidden(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_OF(rows); i++) {
        uint32_t all[CPUID_REGS] = {ALL, ALL, ALL, ALL}, none[CPUID_REGS] = {0};

        features_hide(rows[i].function, all);
        features_hide(rows[i].function, none);
        for (size_t r = 0; r < CPUID_REGS; r++) {
            if (all[r] != rows[i].left[r])
                fail_msg("function 0x%x, register %zu: 0x%x", rows[i].function, r, all[r]);
            assert_int_equal(none[r], 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
