/* SPDX-License-Identifier: ISC */
/*
 * Entropy for mbed TLS: the host gives bytes once, hashing makes as many of them as are
 * asked for. One half of each hash is given away, the other is the next state.
 */
#include "solo5.h"

#include <mbedtls/entropy.h>
#include <mbedtls/entropy_poll.h>
#include <mbedtls/sha512.h>
#include <string.h>

#define HALF 32

static unsigned char state[2 * HALF];

static int seed(void)
{
    static int is_seeded;

    if (!is_seeded)
        is_seeded = solo5_random_seed(state, HALF) == SOLO5_R_OK;
    return is_seeded;
}

int mbedtls_hardware_poll(void *data, unsigned char *out, size_t size, size_t *given)
{
    (void)data;
    if (!seed() || mbedtls_sha512_ret(state, HALF, state, 0) != 0)
        return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
    *given = size < HALF ? size : HALF;
    memcpy(out, state + HALF, *given);
    return 0;
}
