/* SPDX-License-Identifier: ISC */
#include "bindings.h"

/*
 * A bijection of 64-bit values in which every input bit reaches every output bit:
 * odd multiplications carry upwards, shifts bring the high half down again.
 */
static uint64_t stir(uint64_t x)
{
    for (int round = 0; round < 3; round++) {
        x ^= x >> 32;
        x *= 0x9e3779b97f4a7c15; /* 2^64 / golden ratio, odd */
    }
    return x ^ (x >> 32);
}

uint64_t random_mix(const uint64_t *input, size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum = stir(sum + i + 1) ^ stir(input[i]);
    return stir(sum);
}

static const uint8_t *host_random(void)
{
    const struct ext_info *info = ext_find(EXT_F_RANDOM, EXT_END(random));

    return info ? info->random : NULL;
}

bool random_own(uint64_t word[RANDOM_OWN_WORDS])
{
    const uint8_t *bytes = host_random();

    if (bytes)
        memcpy(word, bytes + SOLO5_RANDOM_SIZE, RANDOM_OWN_WORDS * sizeof *word);
    return bytes != NULL;
}

/* Given once: who seeds two generators alike with them would not notice. */
solo5_result_t solo5_random_seed(uint8_t *buf, size_t size)
{
    static bool given;
    const uint8_t *bytes = host_random();

    if (size < 1 || size > SOLO5_RANDOM_SIZE || !bounds_writable(buf, size))
        return SOLO5_R_EINVAL;
    if (!bytes || given)
        return SOLO5_R_EUNSPEC;
    given = true;
    memcpy(buf, bytes, size);
    return SOLO5_R_OK;
}
