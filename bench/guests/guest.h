/* SPDX-License-Identifier: ISC */
/* guest.h: a measurement as a guest. */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include "../measure.h"
#include "solo5.h"

static inline int guest_run(const struct solo5_start_info *info, void (*measure)(struct bench *))
{
    struct bench b = {.now = solo5_clock_monotonic, .write = solo5_console_write};

    bench_options(&b, info->cmdline);
    measure(&b);
    return b.failed ? SOLO5_EXIT_FAILURE : SOLO5_EXIT_SUCCESS;
}

#endif /* BENCH_GUEST_H */
