/* SPDX-License-Identifier: ISC */
/*
 * clock.h: from counter ticks to nanoseconds, and a wall clock that asks the host only now and
 * then. Pure.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* ns = ticks * mult / 2^shift */
struct clock_scale {
    uint64_t mult; /* 2^63 or more: 63 significant bits */
    unsigned shift;
};

struct clock_scale clock_scale(uint64_t hz);

/*
 * At most 1 ns less than the exact value, for up to 2^63 ns (292 years). The product has 128 bits,
 * so no counter value overflows it. Its relative error is that of mult, below 2^-63.
 */
static inline uint64_t clock_ns(const struct clock_scale *s, uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * s->mult >> s->shift);
}

/*
 * The wall clock as the host last told it. What is added to it from then on is the counter's,
 * for so long that it can't be wrong by more than CLOCK_WALL_ERROR: at most 8 ms. Then the host
 * is asked again. All zeros: it never was.
 */
#define CLOCK_WALL_ERROR 1000000 /* ns */
#define CLOCK_SECOND 1000000000  /* ns */

struct clock_wall {
    uint64_t told;   /* by the host */
    uint64_t since;  /* the counter when its answer had come */
    uint64_t life;   /* ticks from then on */
    uint64_t latest; /* what the guest was told last */
};

/*
 * Is the host not to be asked, when the counter is at NOW? Wraps if the counter is before it: not
 * for so long either.
 */
static inline bool clock_wall_holds(const struct clock_wall *w, uint64_t now)
{
    return now - w->since < w->life;
}

/*
 * The host was asked when the counter was at BEFORE, of HZ, and has TOLD a time between then
 * and AFTER.
 *
 * In which of the ticks between BEFORE and AFTER the host read its clock is not known: the
 * answer is late by as many at most. Then the host may be steering its clock, by less than an
 * eighth: Linux, by a tenth and some thousandths (adjtimex(2)). So after N more ticks the error
 * is below spent + (spent + N) / 8.
 *
 * That the host's thread lost its turn meanwhile, or that the counter went back, shows as a
 * long time spent. Then nothing is kept.
 */
static inline void clock_wall_learn(struct clock_wall *w, uint64_t hz, uint64_t before,
        uint64_t told, uint64_t after)
{
    uint64_t limit = hz / (CLOCK_SECOND / CLOCK_WALL_ERROR), spent = after - before;

    w->told = told;
    w->since = after;
    w->life = spent < limit && 9 * spent < 8 * limit ? 8 * limit - 9 * spent : 0;
}

/*
 * The time when the counter is at NOW: where clock_wall_holds(), or AFTER. Goes back only if the
 * host's clock did, and by more than CLOCK_WALL_ERROR. Less of it is waited for.
 */
uint64_t clock_wall_tell(struct clock_wall *w, const struct clock_scale *scale, uint64_t now);

#endif /* CLOCK_H */
