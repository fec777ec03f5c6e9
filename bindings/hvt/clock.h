/* SPDX-License-Identifier: ISC */
/*
 * clock.h: from counter ticks to nanoseconds. Pure.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* ns = ticks * mult / 2^shift */
struct clock_scale {
    uint64_t mult; /* 2^63 or more: 63 significant bits */
    unsigned shift;
};

struct clock_scale clock_scale(uint64_t hz);

/* At most 1 ns less than the exact value, for up to 2^63 ns (292 years). */
uint64_t clock_ns(const struct clock_scale *scale, uint64_t ticks);

#endif /* CLOCK_H */
