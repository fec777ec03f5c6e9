/* SPDX-License-Identifier: ISC */
/* clocks.h: what calls.h wants. */
#ifndef BENCH_CLOCKS_H
#define BENCH_CLOCKS_H

#include "guest.h"

static void clock_mono(void)
{
    solo5_clock_monotonic();
}

static void clock_wall(void)
{
    solo5_clock_wall();
}

/* Its deadline has passed whenever it is. */
static void wait_zero(void)
{
    solo5_yield(0, NULL);
}

#endif /* BENCH_CLOCKS_H */
