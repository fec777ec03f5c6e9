/* SPDX-License-Identifier: ISC */
/*
 * lateness: how long after its deadline a yield returns, for deadlines that lie so many
 * microseconds ahead. "late MICROSECONDS MIN MEDIAN P99 MAX", in ns.
 */
#include "../lateness.h"
#include "solo5.h"

static void write_text(const char *s, size_t n)
{
    solo5_console_write(s, n);
}

static uint64_t wait_for(uint64_t deadline)
{
    solo5_yield(deadline, NULL);
    return solo5_clock_monotonic();
}

int solo5_app_main(const struct solo5_start_info *info)
{
    (void)info;
    lateness(solo5_clock_monotonic, wait_for, write_text);
    return SOLO5_EXIT_SUCCESS;
}
