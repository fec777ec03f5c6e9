/* SPDX-License-Identifier: ISC */
/*
 * The bindings' copies, beside the C library's: any length from anywhere to anywhere.
 */
#include "unit.h"

#define memcpy guest_memcpy
#define memmove guest_memmove
#define memset guest_memset
#define memcmp guest_memcmp
#include "../../bindings/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

#define ROOM 340

static uint8_t want[ROOM], have[ROOM], from[ROOM];

static void reset(void)
{
    for (unsigned i = 0; i < ROOM; i++) {
        want[i] = have[i] = (uint8_t)(i + 1);
        from[i] = (uint8_t)~i;
    }
}

static void copies(void **state)
{
    (void)state;
    for (unsigned to = 0; to < 16; to++)
        for (unsigned at = 0; at < 16; at++)
            for (unsigned n = 0; n < ROOM - 16; n++) {
                reset();
                memcpy(want + to, from + at, n);
                assert_ptr_equal(guest_memcpy(have + to, from + at, n), have + to);
                assert_memory_equal(want, have, ROOM);
            }
}

/* Both ways, by any distance. */
static void moves(void **state)
{
    (void)state;
    for (unsigned to = 0; to < 70; to++)
        for (unsigned at = 0; at < 70; at++)
            for (unsigned n = 0; n < ROOM - 70; n++) {
                reset();
                memmove(want + to, want + at, n);
                assert_ptr_equal(guest_memmove(have + to, have + at, n), have + to);
                assert_memory_equal(want, have, ROOM);
            }
}

static void sets(void **state)
{
    (void)state;
    for (unsigned to = 0; to < 16; to++)
        for (unsigned n = 0; n < ROOM - 16; n++) {
            reset();
            memset(want + to, 0x1a5, n);
            assert_ptr_equal(guest_memset(have + to, 0x1a5, n), have + to);
            assert_memory_equal(want, have, ROOM);
        }
}

static void compares(void **state)
{
    (void)state;
    assert_int_equal(guest_memcmp("abc", "abd", 2), 0);
    assert_true(guest_memcmp("abc", "abd", 3) < 0);
    assert_true(guest_memcmp("\xff", "a", 1) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
            cmocka_unit_test(copies),
            cmocka_unit_test(moves),
            cmocka_unit_test(sets),
            cmocka_unit_test(compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
