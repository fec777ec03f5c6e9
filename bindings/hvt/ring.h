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

#include "frame_copy.h"
#include "hvt_abi.h"

#define RING_WINDOW 64
#define RING_FRAME_MAX 1536

/* The ring that a tender offers, NULL if it has none. Any tender's information. */
struct hvt_ring *ring_offered(const struct hvt_boot_info *info);

/* For the functions below: the frames' buffers, and the index that has the first of them. */
extern struct ring_frames {
    uint8_t frame[RING_WINDOW][RING_FRAME_MAX];
    uint32_t first; /* of a frame that found the ring empty */
} ring_frames;

/* What the tender has taken it does not read again. */
static inline uint32_t ring_under_way(const struct hvt_ring *ring)
{
    return ring->ent_tail - __atomic_load_n(&ring->ent_head, __ATOMIC_ACQUIRE);
}

/* Has the tender taken all frames? */
static inline bool ring_is_empty(const struct hvt_ring *ring)
{
    return ring_under_way(ring) == 0;
}

/* Is there a buffer for a frame? */
static inline bool ring_has_room(const struct hvt_ring *ring)
{
    return ring_under_way(ring) < RING_WINDOW;
}

/* True: kick the tender. */
static inline bool ring_put_entry(struct hvt_ring *ring, struct hvt_ring_entry entry)
{
    uint32_t tail = ring->ent_tail;

    ring->entries[tail % HVT_RING_SLOTS] = entry;
    __atomic_store_n(&ring->ent_tail, tail + 1, __ATOMIC_RELEASE);
    /* The tender looks at ent_tail after it has set needs_kick. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&ring->needs_kick, __ATOMIC_RELAXED) != 0;
}

/* Queue a frame of at most RING_FRAME_MAX bytes if there is room. True: kick the tender. */
static inline bool ring_put(struct hvt_ring *ring, solo5_handle_t handle, const uint8_t *frame,
        size_t size)
{
    uint32_t tail = ring->ent_tail;

    if (ring_is_empty(ring))
        ring_frames.first = tail;
    uint32_t n = tail - ring_frames.first;
    uint8_t *own = ring_frames.frame[n % RING_WINDOW];

    frame_put(own, frame, size, frame_copy_from(n));
    return ring_put_entry(ring,
            (struct hvt_ring_entry){.operation = HVT_RING_NET_WRITE,
                    .handle = (uint32_t)handle,
                    .data = (uintptr_t)own,
                    .len = (uint32_t)size,
                    .id = tail});
}

/*
 * Queue a kick of HANDLE's queues (ext_abi.h: NET_VHOST). True: kick the tender. Few are ever under
 * way: there is one for each time that the host's kernel went to sleep.
 */
static inline bool ring_put_kick(struct hvt_ring *ring, solo5_handle_t handle)
{
    return ring_put_entry(ring,
            (struct hvt_ring_entry){
                    .operation = EXT_RING_NET_KICK, .handle = (uint32_t)handle});
}

#endif /* BINDINGS_RING_H */
