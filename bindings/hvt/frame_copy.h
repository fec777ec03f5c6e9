/* SPDX-License-Identifier: ISC */
/*
 * frame_copy.h: copies of frames that come in bursts.
 */
#ifndef BINDINGS_FRAME_COPY_H
#define BINDINGS_FRAME_COPY_H

#include "../bindings.h"

#define FRAME_COPY_MIN 256

/*
 * <cpu>/frame_copy.S: SIZE bytes, at least FRAME_COPY_MIN, that don't overlap. It is less than half
 * of memcpy()'s work, but on AArch64 it takes registers for vectors, and KVM traps the first such
 * instruction after each exit: it pays from a burst on.
 */
void frame_copy(void *to, const void *from, size_t size);

#define FRAME_COPY_BURST 16

/* Which sizes are copied so, of N frames that come together, or that came before this one. */
static inline size_t frame_copy_from(uint32_t n)
{
    return n >= FRAME_COPY_BURST ? FRAME_COPY_MIN : SIZE_MAX;
}

static inline void frame_put(void *to, const void *from, size_t size, size_t copy_from)
{
    if (size >= copy_from)
        frame_copy(to, from, size);
    else
        memcpy(to, from, size);
}

#endif /* BINDINGS_FRAME_COPY_H */
