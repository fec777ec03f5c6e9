/* SPDX-License-Identifier: ISC */
/* idle.h: nothing to do for an hour. */
#ifndef BENCH_IDLE_H
#define BENCH_IDLE_H

#include "solo5.h"

static inline int idle(void)
{
    solo5_console_write("idle\n", 5);
    solo5_yield(solo5_clock_monotonic() + 3600000000000, NULL);
    return SOLO5_EXIT_SUCCESS;
}

#endif /* BENCH_IDLE_H */
