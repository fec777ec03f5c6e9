/* SPDX-License-Identifier: ISC */
/*
 * wall: does the wall clock in a loop leave the guest each time? What leaving takes, at least,
 * empty lines show, which always do. "any": that is the host's affair. "counter": a few readings do
 * where the CPU's counter can be relied on, most where it can't.
 */
#include "cpu.h"
#include "lib.h"

#define READINGS 1000
#define FEW 50

static uint64_t cheapest_line(void)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < 100; i++) {
        uint64_t begin = solo5_clock_monotonic();
        put("\n");
        uint64_t ns = solo5_clock_monotonic() - begin;
        if (ns < least)
            least = ns;
    }
    return least;
}

int solo5_app_main(const struct solo5_start_info *info)
{
    uint64_t limit = cheapest_line() / 2, latest = 0;
    unsigned dear = 0;
    struct args a;

    args_split(&a, info->cmdline);
    for (unsigned i = 0; i < READINGS; i++) {
        uint64_t begin = solo5_clock_monotonic(), wall = solo5_clock_wall();
        dear += solo5_clock_monotonic() - begin >= limit;
        CHECK(wall >= latest);
        latest = wall;
    }
    put_value("limit", limit);
    put_value("dear", dear);
    if (strcmp(a.v[0], "counter") == 0) {
        put_value("steady", (uint64_t)cpu_counter_steady());
        CHECK(cpu_counter_steady() ? dear <= FEW : dear >= READINGS - FEW);
    }
    return success();
}
