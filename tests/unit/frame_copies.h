/* SPDX-License-Identifier: ISC */
/* frame_copies.h: frame_copy() of the bindings, for this machine, and how often it was called. */
#ifndef FRAME_COPIES_H
#define FRAME_COPIES_H

#include "unit.h"

#include "../../bindings/hvt/frame_copy.h"

static unsigned copies;

void frame_copy(void *to, const void *from, size_t size)
{
    assert_true(size >= FRAME_COPY_MIN);
    copies++;
    memcpy(to, from, size);
}

#endif /* FRAME_COPIES_H */
