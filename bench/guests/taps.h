/* SPDX-License-Identifier: ISC */
/* taps.h: what net.h wants. */
#ifndef BENCH_TAPS_H
#define BENCH_TAPS_H

#include "guest.h"

static solo5_handle_t tap[3]; /* as net.h numbers them */

/* All three. */
static inline bool find_taps(const char *const names[3])
{
    struct solo5_net_info info;

    for (unsigned i = 0; i < 3; i++)
        if (solo5_net_acquire(names[i], &tap[i], &info) != SOLO5_R_OK)
            return false;
    return true;
}

static bool net_send(unsigned dev, const uint8_t *data, size_t size)
{
    return solo5_net_write(tap[dev], data, size) == SOLO5_R_OK;
}

static bool net_get(unsigned dev, uint8_t *data, size_t size)
{
    size_t n;

    return solo5_net_read(tap[dev], data, size, &n) == SOLO5_R_OK;
}

static bool net_wait(uint64_t ns)
{
    solo5_handle_set_t ready;

    solo5_yield(ns ? solo5_clock_monotonic() + ns : 0, &ready);
    return ready != 0;
}

#endif /* BENCH_TAPS_H */
