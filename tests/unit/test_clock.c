/* SPDX-License-Identifier: ISC */
/*
 * hvt's conversion of counter ticks to time, against exact arithmetic.
 *
 * links: bindings/hvt/clock.c
 */
#include "unit.h"

#include "../../bindings/hvt/clock.h"

#define SEC UINT64_C(1000000000)
#define DAY (24 * 3600 * SEC)
#define YEAR (365 * DAY)

typedef unsigned __int128 u128;

static const uint64_t frequencies[] = {
        1000000, 1000001, 3579545, 19200000, 24000000, 25000000, 31250000, 50000000,
        54000000, 62500000, 99999989, 100000000, 122000000, 999999999, 1000000000,
        1000000001, 1073741824, 1992346000, 2100000000, 2399999999, 2600000000, 2999999981,
        3000000000, 3333333333, 4294967296, 4294967297, 5000000000,
};

static uint64_t exact_ns(uint64_t hz, uint64_t ticks)
{
    return (uint64_t)((u128)ticks * SEC / hz);
}

static uint64_t ticks_of(uint64_t hz, uint64_t ns)
{
    return (uint64_t)((u128)ns * hz / SEC);
}

/* Never ahead of the exact value, never behind by more than 1 ns. */
static void check(uint64_t hz, uint64_t ticks)
{
    struct clock_scale scale = clock_scale(hz);
    uint64_t want = exact_ns(hz, ticks), have = clock_ns(&scale, ticks);

    if (have > want || want - have > 1)
        fail_msg("%llu Hz, %llu ticks: %llu instead of %llu", (unsigned long long)hz,
                (unsigned long long)ticks, (unsigned long long)have,
                (unsigned long long)want);
}

static void test_exact(void **state)
{
    static const uint64_t times[] = {0, 1, 999, SEC - 1, SEC, SEC + 1, 8600 * SEC / 1000,
            69 * SEC, 137 * SEC, 275 * SEC, 3600 * SEC, DAY, 3 * DAY, 49 * DAY + 61681 * SEC,
            400 * DAY, 10 * YEAR, 100 * YEAR};

    (void)state;
    for (size_t f = 0; f < N_OF(frequencies); f++) {
        for (size_t t = 0; t < N_OF(times); t++) {
            uint64_t ticks = ticks_of(frequencies[f], times[t]);
            for (uint64_t d = 0; d < 100; d++) {
                check(frequencies[f], ticks + d);
                check(frequencies[f], ticks >= d ? ticks - d : 0);
            }
        }
    }
}

/* Every power of two and its neighbours up to 292 years. */
static void test_powers(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_OF(frequencies); f++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            uint64_t ticks = UINT64_C(1) << bit;
            if ((u128)ticks * SEC / frequencies[f] >> 63)
                break;
            check(frequencies[f], ticks - 1);
            check(frequencies[f], ticks);
            check(frequencies[f], ticks + 1);
        }
    }
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void test_random(void **state)
{
    uint64_t seed = 88172645463325252;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t hz = 1000000 + next_random(&seed) % (5 * SEC - 1000000 + 1);
        check(hz, ticks_of(hz, next_random(&seed) % (100 * DAY)));
        check(hz, ticks_of(hz, next_random(&seed) % (100 * YEAR)));
    }
}

static void test_never_back(void **state)
{
    (void)state;
    for (size_t f = 0; f < N_OF(frequencies); f++) {
        struct clock_scale scale = clock_scale(frequencies[f]);
        uint64_t ticks = ticks_of(frequencies[f], 7 * DAY), last = 0;
        for (unsigned i = 0; i < 5000; i++) {
            uint64_t now = clock_ns(&scale, ticks + i);
            assert_true(now >= last);
            last = now;
        }
    }
}

/* Odd frequencies must not hang or divide by the wrong thing either. */
static void test_extremes(void **state)
{
    static const uint64_t hz[] = {1, 2, 3, 7, 999, 32768, UINT64_C(1) << 63, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < N_OF(hz); i++) {
        check(hz[i], 0);
        check(hz[i], 1);
        check(hz[i], ticks_of(hz[i], 5) + 1);
        if (hz[i] < SEC)
            check(hz[i], ticks_of(hz[i], YEAR));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(test_exact),
            cmocka_unit_test(test_powers),
            cmocka_unit_test(test_random),
            cmocka_unit_test(test_never_back),
            cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
