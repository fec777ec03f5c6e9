/* SPDX-License-Identifier: ISC */
#include "ring.h"

static uint8_t buffer[RING_WINDOW][RING_FRAME_MAX];

/* The index that has the first buffer: of a frame that found the ring empty. */
static uint32_t first;

/* A slot and its buffer follow from the index. */
_Static_assert(HVT_RING_SLOTS % RING_WINDOW == 0, "indices wrap around for both alike");

/*
 * Tenders up to release 0.10.1 know nothing of it. Of their boot information, the
 * beginning of the manifest is here: its version 1 looks like the feature, the name of
 * its first entry, which is empty, like no ring.
 */
struct hvt_ring *ring_offered(const struct hvt_boot_info *info)
{
    if (!(info->host_features & HVT_FEATURE_RING_IO) || info->net_ring == 0)
        return NULL;
    return (struct hvt_ring *)(uintptr_t)info->net_ring;
}

/* What the tender has taken it does not read again. */
static uint32_t under_way(const struct hvt_ring *ring)
{
    return ring->ent_tail - __atomic_load_n(&ring->ent_head, __ATOMIC_ACQUIRE);
}

bool ring_is_empty(const struct hvt_ring *ring)
{
    return under_way(ring) == 0;
}

bool ring_has_room(const struct hvt_ring *ring)
{
    return under_way(ring) < RING_WINDOW;
}

bool ring_put(struct hvt_ring *ring, solo5_handle_t handle, const uint8_t *frame,
        size_t size)
{
    uint32_t tail = ring->ent_tail;

    if (ring_is_empty(ring))
        first = tail;
    uint8_t *own = buffer[(tail - first) % RING_WINDOW];

    memcpy(own, frame, size);
    ring->entries[tail % HVT_RING_SLOTS] = (struct hvt_ring_entry){
            .operation = HVT_RING_NET_WRITE,
            .handle = (uint32_t)handle,
            .data = (uintptr_t)own,
            .len = (uint32_t)size,
            .id = tail};
    __atomic_store_n(&ring->ent_tail, tail + 1, __ATOMIC_RELEASE);
    /* The tender looks at ent_tail after it has set needs_kick. */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return __atomic_load_n(&ring->needs_kick, __ATOMIC_RELAXED) != 0;
}
