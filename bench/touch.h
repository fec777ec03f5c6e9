/* SPDX-License-Identifier: ISC */
/*
 * touch.h: memory that is used for the first time, one page of 4 KiB after the other. COUNT is that
 * of a huge page where a page has 4 KiB, so that each round has the same to do.
 */
#ifndef BENCH_TOUCH_H
#define BENCH_TOUCH_H

#include "measure.h"

#define TOUCH_STEP 4096U
#define TOUCH_COUNT 512U
#define TOUCH_ALIGN (TOUCH_STEP * TOUCH_COUNT)

static uintptr_t touch_at, touch_end;

static inline void op_touch(struct bench *b, unsigned n)
{
    for (; n > 0 && touch_at < touch_end; n--, touch_at += TOUCH_STEP)
        *(volatile uint8_t *)touch_at = 1;
    bench_require(b, n == 0);
}

/* In SIZE bytes at START: TOUCH_ALIGN for each round, one in advance included. */
static inline void touch(struct bench *b, const char *key, uintptr_t start, size_t size)
{
    touch_at = (start + TOUCH_ALIGN - 1) & ~(uintptr_t)(TOUCH_ALIGN - 1);
    touch_end = start + size;
    bench_each(b, key, TOUCH_COUNT, NULL, op_touch);
}

#endif /* BENCH_TOUCH_H */
