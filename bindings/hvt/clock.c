/* SPDX-License-Identifier: ISC */
#include "clock.h"

#define NS_PER_S 1000000000

/*
 * The quotient NS_PER_S / HZ by long division, one binary digit at a time, until 64
 * digits are significant. Done once; a 128-bit division would need libgcc.
 */
struct clock_scale clock_scale(uint64_t hz)
{
    struct clock_scale s = {.mult = NS_PER_S / hz, .shift = 0};
    uint64_t rest = NS_PER_S % hz;

    while (!(s.mult >> 63)) {
        uint64_t carry = rest >> 63;
        rest <<= 1;
        uint64_t digit = carry || rest >= hz;
        if (digit)
            rest -= hz;
        s.mult = s.mult << 1 | digit;
        s.shift++;
    }
    return s;
}

/*
 * The product has 128 bits, so no counter value overflows it. Its relative error is
 * that of mult, below 2^-63.
 */
uint64_t clock_ns(const struct clock_scale *s, uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * s->mult >> s->shift);
}

/* Wraps if the counter is before it: not for so long either. */
bool clock_wall_holds(const struct clock_wall *w, uint64_t now)
{
    return now - w->since < w->life;
}

/*
 * In which of the ticks between BEFORE and AFTER the host read its clock is not known: the
 * answer is late by as many at most. Then the host may be steering its clock, by less than an
 * eighth: Linux, by a tenth and some thousandths (adjtimex(2)). So after N more ticks the error
 * is below spent + (spent + N) / 8.
 *
 * That the host's thread lost its turn meanwhile, or that the counter went back, shows as a
 * long time spent. Then nothing is kept.
 */
void clock_wall_learn(struct clock_wall *w, uint64_t hz, uint64_t before, uint64_t told,
        uint64_t after)
{
    uint64_t limit = hz / (NS_PER_S / CLOCK_WALL_ERROR), spent = after - before;

    w->told = told;
    w->since = after;
    w->life = spent < limit && 9 * spent < 8 * limit ? 8 * limit - 9 * spent : 0;
}

uint64_t clock_wall_tell(struct clock_wall *w, const struct clock_scale *scale, uint64_t now)
{
    uint64_t time = w->told + clock_ns(scale, now - w->since);

    if (time < w->latest && w->latest - time <= CLOCK_WALL_ERROR)
        return w->latest;
    w->latest = time;
    return time;
}
