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
