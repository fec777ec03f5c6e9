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
