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

/* At most 1 ns less than the exact value, for up to 2^63 ns (292 years). */
uint64_t clock_ns(const struct clock_scale *scale, uint64_t ticks);

/*
 * The wall clock as the host last told it. What is added to it from then on is the counter's,
 * for so long that it can't be wrong by more than CLOCK_WALL_ERROR: at most 8 ms. Then the host
 * is asked again. All zeros: it never was.
 */
#define CLOCK_WALL_ERROR 1000000 /* ns */

struct clock_wall {
    uint64_t told;   /* by the host */
    uint64_t since;  /* the counter when its answer had come */
    uint64_t life;   /* ticks from then on */
    uint64_t latest; /* what the guest was told last */
};

/* Is the host not to be asked, when the counter is at NOW? */
bool clock_wall_holds(const struct clock_wall *w, uint64_t now);

/*
 * The host was asked when the counter was at BEFORE, of HZ, and has TOLD a time between then
 * and AFTER.
 */
void clock_wall_learn(struct clock_wall *w, uint64_t hz, uint64_t before, uint64_t told,
        uint64_t after);

/*
 * The time when the counter is at NOW: where clock_wall_holds(), or AFTER. Goes back only if the
 * host's clock did, and by more than CLOCK_WALL_ERROR. Less of it is waited for.
 */
uint64_t clock_wall_tell(struct clock_wall *w, const struct clock_scale *scale, uint64_t now);

#endif /* CLOCK_H */
