/* SPDX-License-Identifier: ISC */
/*
 * calls.h: clocks, and waiting for nothing. Who includes it has clock_mono(), clock_wall()
 * and wait_zero().
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "measure.h"

static inline void op_clock_mono(struct bench *b, unsigned n)
{
    (void)b;
    while (n-- > 0)
        clock_mono();
}

static inline void op_clock_wall(struct bench *b, unsigned n)
{
    (void)b;
    while (n-- > 0)
        clock_wall();
}

/* For so long that hvt's bindings do not know the time any more, as they would in a loop. */
static inline void forget_wall(struct bench *b)
{
    uint64_t end = b->now() + 10 * NS_PER_MS;

    while (b->now() < end)
        ;
}

static inline void op_yield(struct bench *b, unsigned n)
{
    (void)b;
    while (n-- > 0)
        wait_zero();
}

static inline void calls(struct bench *b)
{
    bench_each(b, "clock_mono", b->count, NULL, op_clock_mono);
    bench_each(b, "clock_wall", b->count, NULL, op_clock_wall);
    bench_each(b, "clock_wall_anew", 1, forget_wall, op_clock_wall);
    bench_each(b, "yield", b->count, NULL, op_yield);
}

#endif /* BENCH_CALLS_H */
