/* SPDX-License-Identifier: ISC */
/*
 * yield: deadlines, with a block device that must never be reported as ready.
 * Only lower bounds: the host may be busy. With past: none that is still to come.
 */
#include "lib.h"

#define MS UINT64_C(1000000)

static void check_deadline(solo5_time_t deadline)
{
    solo5_handle_set_t ready = UINT64_MAX;

    solo5_yield(deadline, &ready);
    CHECK(solo5_clock_monotonic() >= deadline);
    CHECK(ready == 0);
    solo5_yield(deadline, NULL);
    CHECK(solo5_clock_monotonic() >= deadline);
}

int solo5_app_main(const struct solo5_start_info *info)
{
    static const uint64_t from_now[] = {
            0, 1, 2, 999, 1000, 1001, 50000, MS - 1, MS, 3 * MS, 20 * MS, 100 * MS};
    solo5_time_t now;

    check_deadline(0);
    check_deadline(1);
    now = solo5_clock_monotonic();
    check_deadline(now);
    check_deadline(now / 2);
    if (strcmp(info->cmdline, "past") == 0)
        return success();

    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof from_now / sizeof from_now[0]; i++)
            check_deadline(solo5_clock_monotonic() + from_now[i]);
    }

    /* Every nanosecond of a small range: rounding must not wake it early. */
    now = solo5_clock_monotonic() + 5 * MS;
    for (unsigned i = 0; i < 50; i++)
        check_deadline(now + i);
    return success();
}
