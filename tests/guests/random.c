/* SPDX-License-Identifier: ISC */
/*
 * random: the seed, once, and the stack protector's guard, for comparison between
 * runs. Argument "none": the tender has no seed to give.
 */
#include "lib.h"

extern uintptr_t __stack_chk_guard;

static void put_bytes(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(p[i] < 16 ? " 0" : " ");
        put_hex(p[i]);
    }
    put("\n");
}

static void check_given(void)
{
    uint8_t seed[SOLO5_RANDOM_SIZE] = {0}, again[SOLO5_RANDOM_SIZE];

    CHECK(solo5_random_seed(seed, 0) == SOLO5_R_EINVAL);
    CHECK(solo5_random_seed(seed, SOLO5_RANDOM_SIZE + 1) == SOLO5_R_EINVAL);
    CHECK(solo5_random_seed(seed, SOLO5_RANDOM_SIZE) == SOLO5_R_OK);
    put("seed:");
    put_bytes(seed, sizeof seed);
    for (size_t i = 0; i < sizeof seed; i += 16)
        CHECK(memcmp(seed + i, (uint8_t[16]){0}, 16) != 0);
    memset(again, 0xee, sizeof again);
    CHECK(solo5_random_seed(again, 1) == SOLO5_R_EUNSPEC);
    CHECK(again[0] == 0xee);
}

static void check_none(void)
{
    uint8_t seed[SOLO5_RANDOM_SIZE];

    memset(seed, 0xee, sizeof seed);
    CHECK(solo5_random_seed(seed, 0) == SOLO5_R_EINVAL);
    CHECK(solo5_random_seed(seed, sizeof seed) == SOLO5_R_EUNSPEC);
    for (size_t i = 0; i < sizeof seed; i++)
        CHECK(seed[i] == 0xee);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    if (strcmp(info->cmdline, "none") == 0)
        check_none();
    else
        check_given();
    put_value("guard", __stack_chk_guard);
    CHECK((__stack_chk_guard & 0xff00) == 0);
    CHECK((__stack_chk_guard & ~(uintptr_t)0xff00) != 0);
    return success();
}
