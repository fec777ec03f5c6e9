/* SPDX-License-Identifier: ISC */
/*
 * time: both clocks. The argument is the host's wall clock, in ns, shortly before
 * the start, and for how many seconds to look.
 */
#include "lib.h"

#define SEC UINT64_C(1000000000)
#define TOLERANCE (SEC / 5) /* per second */

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static void check_never_back(void)
{
    uint64_t last = solo5_clock_monotonic(), first = last;

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t now = solo5_clock_monotonic();
        CHECK(now >= last);
        last = now;
    }
    CHECK(last > first);
}

/* N sleeps of SPAN: neither shorter than asked nor different on the two clocks. */
static void check_sleeps(unsigned n, uint64_t span)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t wall = solo5_clock_wall();
        uint64_t mono = solo5_clock_monotonic();

        solo5_yield(mono + span, NULL);
        mono = solo5_clock_monotonic() - mono;
        wall = solo5_clock_wall() - wall;
        CHECK(mono >= span);
        if (distance(mono, wall) > TOLERANCE * (1 + mono / SEC)) {
            put_value("mono", mono);
            put_value("wall", wall);
            FAIL("the clocks disagree");
        }
    }
}

int solo5_app_main(const struct solo5_start_info *info)
{
    struct args a;
    uint64_t host, wall;

    args_split(&a, info->cmdline);
    host = to_u64(a.v[0]);
    wall = solo5_clock_wall();
    put_value("host", host);
    put_value("wall", wall);
    CHECK(wall >= host && wall - host < 60 * SEC);
    check_never_back();
    check_sleeps(10, SEC / 10);
    check_sleeps(1, to_u64(a.v[1]) * SEC);
    put("end=");
    put_u64(solo5_clock_wall());
    put("\n");
    return success();
}
