/* SPDX-License-Identifier: ISC */
#include "clock.h"

/*
 * The quotient CLOCK_SECOND / HZ by long division, one binary digit at a time, until 64
 * digits are significant. Done once; a 128-bit division would need libgcc.
 */
struct clock_scale clock_scale(uint64_t hz)
{
    struct clock_scale s = {.mult = CLOCK_SECOND / hz, .shift = 0};
    uint64_t rest = CLOCK_SECOND % hz;

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

uint64_t clock_wall_tell(struct clock_wall *w, const struct clock_scale *scale, uint64_t now)
{
    uint64_t time = w->told + clock_ns(scale, now - w->since);

    if (time < w->latest && w->latest - time <= CLOCK_WALL_ERROR)
        return w->latest;
    w->latest = time;
    return time;
}
