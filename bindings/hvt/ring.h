/* SPDX-License-Identifier: ISC */
/*
 * ring.h: frames for the tender, through memory (hvt_abi.h: struct hvt_ring). The
 * tender's thread sends them while the guest goes on.
 *
 * A frame is copied into a buffer of the ring's, so the caller's is free at once. There
 * are RING_WINDOW of them, for frames that the tender has not yet taken. Memory is touched for as
 * many as were ever under way at the same time.
 */
#ifndef BINDINGS_RING_H
#define BINDINGS_RING_H

#include "../bindings.h"
#include "hvt_abi.h"

#define RING_WINDOW 64
#define RING_FRAME_MAX 1536

/* The ring that a tender offers, NULL if it has none. Any tender's information. */
struct hvt_ring *ring_offered(const struct hvt_boot_info *info);

/* Has the tender taken all frames? */
bool ring_is_empty(const struct hvt_ring *ring);

/* Is there a buffer for a frame? */
bool ring_has_room(const struct hvt_ring *ring);

/* Queue a frame of at most RING_FRAME_MAX bytes if there is room. True: kick the tender. */
bool ring_put(struct hvt_ring *ring, solo5_handle_t handle, const uint8_t *frame,
        size_t size);

#endif /* BINDINGS_RING_H */
