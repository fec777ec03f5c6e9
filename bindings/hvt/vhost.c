/* SPDX-License-Identifier: ISC */
#include "vhost.h"

#include "frame_copy.h"

/*
 * How many buffers are given back at once: so often the host's look at them costs a barrier. The
 * others are enough for what comes meanwhile.
 */
#define GIVE_BACK 16

/* A queue as far as the guest has come; indices run freely, as those in memory do. */
struct queue {
    struct ext_vring *ring;
    uint16_t filled; /* descriptors made available */
    uint16_t shown;  /* those of them that the host was shown: avail.idx */
    uint16_t used;   /* those that were taken back */
};

static struct net {
    struct queue receive, transmit;
    uint8_t *buffers; /* of the receive queue, then of the other */
    uint64_t slot;
    uint16_t fresh; /* transmit buffers that were ever in use */
} nets[MFT_MAX_ENTRIES];

static solo5_handle_set_t devices;

static uint8_t *frame_at(const struct net *n, unsigned buffer)
{
    return n->buffers + buffer * n->slot + 4 + EXT_VHOST_HEADER;
}

/* How many the host has used and the guest not taken back; what is in them is seen (2.7.14). */
static unsigned used(const struct queue *q)
{
    return (uint16_t)(__atomic_load_n(&q->ring->used.idx, __ATOMIC_ACQUIRE) - q->used);
}

/* Its index is the host's word, and trusted no more than this. */
static unsigned take_back(struct queue *q, uint32_t *len)
{
    const struct ext_vring_used *u = &q->ring->used.ring[q->used++ % EXT_VRING_SLOTS];

    *len = u->len;
    return u->id % EXT_VRING_SLOTS;
}

static void fill(struct queue *q, unsigned id)
{
    q->ring->avail.ring[q->filled++ % EXT_VRING_SLOTS] = (uint16_t)id;
}

/*
 * Show the host what was filled, and see whether it wants to hear of it (2.7.13.3, 2.7.10). It
 * writes avail_event and then looks at idx, the guest the other way round.
 */
static bool show(struct queue *q)
{
    uint16_t before = q->shown, now = q->filled;

    __atomic_store_n(&q->ring->avail.idx, now, __ATOMIC_RELEASE);
    q->shown = now;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    uint16_t event = __atomic_load_n(&q->ring->used.avail_event, __ATOMIC_RELAXED);
    return (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

/* To be told when it has used the descriptor EVENT (2.7.8). The caller looks at idx then. */
static void listen_at(struct queue *q, uint16_t event)
{
    __atomic_store_n(&q->ring->avail.used_event, event, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void describe(const struct net *n, struct queue *q, unsigned id, unsigned buffer,
        uint16_t flags, uint64_t size)
{
    q->ring->desc[id] = (struct ext_vring_desc){
            .addr = (uintptr_t)frame_at(n, buffer) - EXT_VHOST_HEADER,
            .len = (uint32_t)(EXT_VHOST_HEADER + size),
            .flags = flags};
}

/* All receive buffers are the host's at first. */
static void start_one(struct net *n, struct ext_vhost *at, uint64_t mtu)
{
    n->receive.ring = &at->receive;
    n->transmit.ring = &at->transmit;
    n->buffers = (uint8_t *)at + EXT_VHOST_FRAMES;
    n->slot = EXT_VHOST_SLOT(mtu);
    for (unsigned i = 0; i < EXT_VRING_SLOTS; i++) {
        describe(n, &n->receive, i, i, EXT_VRING_DESC_F_WRITE,
                mtu + SOLO5_NET_HLEN + EXT_VHOST_TAGS);
        describe(n, &n->transmit, i, EXT_VRING_SLOTS + i, 0, 0);
        fill(&n->receive, i);
    }
    show(&n->receive);
}

solo5_handle_set_t vhost_start(const struct mft *m, uint64_t at)
{
    for (uint32_t i = 0; i < m->entries && i < MFT_MAX_ENTRIES; i++) {
        if (m->e[i].type != MFT_DEV_NET_BASIC || !m->e[i].attached)
            continue;
        uint64_t mtu = m->e[i].u.net_basic.mtu;
        start_one(&nets[i], (struct ext_vhost *)(uintptr_t)at, mtu);
        devices |= UINT64_C(1) << i;
        at += EXT_VHOST_SIZE(mtu);
    }
    return devices;
}

/* The lowest of *LEFT, which loses it. */
static unsigned next_of(solo5_handle_set_t *left)
{
    unsigned handle = (unsigned)__builtin_ctzll(*left);

    *left &= *left - 1;
    return handle;
}

solo5_handle_set_t vhost_ready(void)
{
    solo5_handle_set_t ready = 0;

    for (solo5_handle_set_t left = devices; left != 0;) {
        unsigned handle = next_of(&left);
        if (used(&nets[handle].receive) > 0)
            ready |= UINT64_C(1) << handle;
    }
    return ready;
}

void vhost_listen(void)
{
    for (solo5_handle_set_t left = devices; left != 0;) {
        struct queue *q = &nets[next_of(&left)].receive;
        listen_at(q, q->used);
    }
}

int32_t vhost_take(solo5_handle_t handle, uint8_t *buf, size_t size, size_t *read_size,
        bool *kick)
{
    struct net *n = &nets[handle];
    struct queue *q = &n->receive;
    unsigned here = used(q);
    uint32_t len;

    *kick = false;
    if (here == 0)
        return SOLO5_R_AGAIN;
    unsigned id = take_back(q, &len);
    size_t frame = len > EXT_VHOST_HEADER ? len - EXT_VHOST_HEADER : 0;
    if (frame > n->slot - 4 - EXT_VHOST_HEADER)
        frame = n->slot - 4 - EXT_VHOST_HEADER;
    *read_size = size < frame ? size : frame;
    frame_put(buf, frame_at(n, id), *read_size, frame_copy_from(here));
    fill(q, id);
    if (q->filled % GIVE_BACK == 0)
        *kick = show(q);
    return SOLO5_R_OK;
}

/* A buffer that was used before, if there is one: less memory is touched. */
static bool find_buffer(struct net *n, unsigned *id)
{
    uint32_t ignored;

    if (used(&n->transmit) > 0)
        *id = take_back(&n->transmit, &ignored);
    else if (n->fresh < EXT_VRING_SLOTS)
        *id = n->fresh++;
    else
        return false;
    return true;
}

bool vhost_put(solo5_handle_t handle, const uint8_t *frame, size_t size, bool *kick)
{
    struct net *n = &nets[handle];
    struct queue *q = &n->transmit;
    unsigned id;

    *kick = false;
    if (!find_buffer(n, &id))
        return false;
    frame_put(frame_at(n, EXT_VRING_SLOTS + id), frame, size,
            frame_copy_from(vhost_under_way(handle)));
    q->ring->desc[id].len = (uint32_t)(EXT_VHOST_HEADER + size);
    fill(q, id);
    *kick = show(q);
    return true;
}

unsigned vhost_under_way(solo5_handle_t handle)
{
    const struct queue *q = &nets[handle].transmit;

    return (uint16_t)(q->filled - __atomic_load_n(&q->ring->used.idx, __ATOMIC_ACQUIRE));
}

void vhost_listen_sent(solo5_handle_t handle, unsigned left)
{
    struct queue *q = &nets[handle].transmit;

    listen_at(q, (uint16_t)(q->filled - left - 1));
}
