/* SPDX-License-Identifier: ISC */
/*
 * ring.h: the net ring as the bindings of Solo5 0.12 use it: reads and writes go
 * through it, a read's answer is waited for by looking, a frame that is sent is copied
 * to a buffer of its slot.
 */
#ifndef RAW_RING_H
#define RAW_RING_H

#include "hvt.h"

#define RING_FRAME_MAX 2048

static struct hvt_ring *ring;

/* The ring of the boot information, NULL if there is none: a test of two parts. */
static inline struct hvt_ring *ring_find(const struct hvt_boot_info *bi)
{
    if (!(bi->host_features & HVT_FEATURE_RING_IO) || bi->net_ring == 0)
        return NULL;
    return (struct hvt_ring *)bi->net_ring;
}

static inline uint32_t ring_load(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

static inline void ring_store(uint32_t *index, uint32_t value)
{
    __atomic_store_n(index, value, __ATOMIC_RELEASE);
}

static inline void ring_kick_if_needed(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (ring_load(&ring->needs_kick))
        cpu_ring_kick();
}

static inline void ring_wait_room(void)
{
    while (ring->ent_tail - ring_load(&ring->ent_head) >= HVT_RING_SLOTS - 1)
        continue;
}

/* All entries are taken. */
static inline void ring_wait_empty(void)
{
    while (ring_load(&ring->ent_head) != ring->ent_tail)
        continue;
}

static inline void ring_submit(uint32_t operation, uint64_t handle, uint64_t data, uint64_t len)
{
    uint32_t tail = ring->ent_tail;

    ring->entries[tail % HVT_RING_SLOTS] = (struct hvt_ring_entry){.operation = operation,
            .handle = (uint32_t)handle,
            .data = data,
            .len = (uint32_t)len,
            .id = tail};
    ring_store(&ring->ent_tail, tail + 1);
    ring_kick_if_needed();
}

static inline void ring_write(uint64_t handle, const uint8_t *frame, uint64_t len)
{
    static uint8_t buf[HVT_RING_SLOTS][RING_FRAME_MAX];

    ring_wait_room();
    uint8_t *to = buf[ring->ent_tail % HVT_RING_SLOTS];
    for (uint64_t i = 0; i < len; i++)
        to[i] = frame[i];
    ring_submit(HVT_RING_NET_WRITE, handle, (uintptr_t)to, len);
}

/* The answer to entry ID. */
static inline int32_t ring_answer(uint32_t id, uint64_t *len)
{
    while (ring_load(&ring->com_tail) == ring->com_head)
        continue;
    const struct hvt_ring_commit *c = &ring->commits[ring->com_head % HVT_RING_SLOTS];
    int32_t ret = c->ret;
    raw_check("the answer's id", c->id == id);
    *len = c->len;
    ring_store(&ring->com_head, ring->com_head + 1);
    return ret;
}

static inline int32_t ring_read(uint64_t handle, void *buf, uint64_t *len)
{
    uint32_t id = ring->ent_tail;

    ring_wait_room();
    ring_submit(HVT_RING_NET_READ, handle, (uintptr_t)buf, *len);
    return ring_answer(id, len);
}

/* Hypercalls do the same. */
static inline int32_t call_write(uint64_t handle, const void *frame, uint64_t len)
{
    volatile struct hvt_hc_net_write r = {
            .handle = handle, .data = (uintptr_t)frame, .len = len, .ret = -1};

    hypercall(HVT_HYPERCALL_NET_WRITE, &r);
    return r.ret;
}

static inline int32_t call_read(uint64_t handle, void *buf, uint64_t *len)
{
    volatile struct hvt_hc_net_read r = {
            .handle = handle, .data = (uintptr_t)buf, .len = *len, .ret = -1};

    hypercall(HVT_HYPERCALL_NET_READ, &r);
    *len = r.ret == 0 ? r.len : 0;
    return r.ret;
}

#endif /* RAW_RING_H */
