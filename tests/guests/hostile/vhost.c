/* SPDX-License-Identifier: ISC */
/*
 * vhost: attacks on the host's kernel by the queues of its network (ext_abi.h: NET_VHOST). The
 * bindings have begun with them; nothing that they do afterwards has to work.
 */
#include "hvt.h"

#include "ext_abi.h"

#define NET 2
#define MTU 1500
#define FRAME 64
#define DESC_NEXT 1
#define DESC_INDIRECT 4

static struct ext_vhost *queues(void)
{
    const struct ext_info *info = (const struct ext_info *)EXT_INFO_BASE;

    if (info->magic != EXT_MAGIC || !(info->features & EXT_F_NET_VHOST))
        FAIL("no vhost");
    return (struct ext_vhost *)(uintptr_t)info->net_vhost;
}

static void kick(void)
{
    cpu_kick(NET);
}

/* Let the host have a look. */
static void rest(void)
{
    cpu_hypercall(HVT_HYPERCALL_POLL,
            (uint32_t)(uintptr_t)OPAQUE((&(struct hvt_hc_poll){.timeout_nsecs = 20000000})));
}

/* Make the descriptor ID available, as if it were the next one. */
static void offer(struct ext_vring *q, uint16_t id)
{
    q->avail.ring[q->avail.idx % EXT_VRING_SLOTS] = id;
    __atomic_store_n(&q->avail.idx, (uint16_t)(q->avail.idx + 1), __ATOMIC_RELEASE);
    kick();
}

/* A descriptor, then whatever the host does with it, then what is right. */
static void try(struct ext_vring *q, struct ext_vring_desc bad)
{
    static const uint8_t frame[FRAME];

    q->desc[0] = bad;
    offer(q, 0);
    rest();
    q->desc[0] = (struct ext_vring_desc){.addr = (uintptr_t)frame, .len = FRAME};
}

static void wild_addresses(void)
{
    const uint64_t part = (uintptr_t)queues(), end = part + EXT_VHOST_SIZE(MTU);
    const uint64_t wild[] = {0, 1, 0x1000, 0x10000, 0x20000, 0x100000,
            (uintptr_t)solo5_app_main, part - 1, part - FRAME, end - FRAME + 1, end, mem_size,
            mem_size - 1, UINT64_C(1) << 32, UINT64_C(1) << 47, UINT64_C(1) << 63, UINT64_MAX,
            UINT64_MAX - FRAME + 1};

    for (size_t i = 0; i < COUNT(wild); i++) {
        try(&queues()->transmit, (struct ext_vring_desc){.addr = wild[i], .len = FRAME});
        try(&queues()->receive,
                (struct ext_vring_desc){
                        .addr = wild[i], .len = FRAME, .flags = EXT_VRING_DESC_F_WRITE});
    }
}

/* Where no frame that comes may go: memory that is the guest's, but not of the queues. */
static void outside_the_part(void)
{
    static uint8_t mine[4096] __attribute__((aligned(4096)));
    struct ext_vring *q = &queues()->receive;

    memset(mine, 0xa5, sizeof mine);
    for (unsigned i = 0; i < EXT_VRING_SLOTS; i++)
        q->desc[i] = (struct ext_vring_desc){.addr = (uintptr_t)OPAQUE(&mine[0]),
                .len = sizeof mine,
                .flags = EXT_VRING_DESC_F_WRITE};
    kick();
    put("listening\n");
    for (unsigned i = 0; i < 50; i++)
        rest();
    for (size_t i = 0; i < sizeof mine; i++)
        CHECK(mine[i] == 0xa5);
}

static void lengths(void)
{
    const uint64_t part = (uintptr_t)queues() + EXT_VHOST_FRAMES;
    const uint32_t wild[] = {0, 1, 11, 12, 13, 25, 0x7fffffff, 0x80000000, UINT32_MAX};

    for (size_t i = 0; i < COUNT(wild); i++) {
        try(&queues()->transmit, (struct ext_vring_desc){.addr = part, .len = wild[i]});
        try(&queues()->receive,
                (struct ext_vring_desc){
                        .addr = part, .len = wild[i], .flags = EXT_VRING_DESC_F_WRITE});
    }
}

static void all_desc(struct ext_vring *q, uint16_t flags, uint16_t step)
{
    for (unsigned i = 0; i < EXT_VRING_SLOTS; i++)
        q->desc[i] = (struct ext_vring_desc){.addr = (uintptr_t)queues() + EXT_VHOST_FRAMES,
                .len = 4096,
                .flags = flags,
                .next = (uint16_t)(i + step)};
}

/* Chains without an end, out of the table, and tables within. */
static void chains(void)
{
    static const uint16_t steps[] = {0, 1, 63, 64, UINT16_MAX};
    static const uint16_t flags[] = {DESC_NEXT, DESC_NEXT | EXT_VRING_DESC_F_WRITE,
            DESC_INDIRECT, DESC_INDIRECT | DESC_NEXT, UINT16_MAX};
    struct ext_vhost *v = queues();

    for (size_t s = 0; s < COUNT(steps); s++)
        for (size_t f = 0; f < COUNT(flags); f++) {
            all_desc(&v->transmit, flags[f], steps[s]);
            all_desc(&v->receive, flags[f] | EXT_VRING_DESC_F_WRITE, steps[s]);
            offer(&v->transmit, 0);
            offer(&v->receive, 0);
            rest();
        }
}

static void indices(void)
{
    static const uint16_t wild[] = {1, 63, 64, 65, 1000, 0x7fff, 0x8000, UINT16_MAX};
    struct ext_vhost *v = queues();

    for (size_t i = 0; i < COUNT(wild); i++) {
        offer(&v->transmit, wild[i]);
        offer(&v->receive, wild[i]);
        rest();
        v->transmit.avail.idx = (uint16_t)(v->transmit.avail.idx + wild[i]);
        v->receive.avail.idx = (uint16_t)(v->receive.avail.idx + wild[i]);
        kick();
        rest();
        v->transmit.used.idx = v->receive.used.idx = wild[i];
        v->transmit.used.avail_event = v->receive.used.avail_event = wild[i];
        kick();
        rest();
    }
}

static void gone(void)
{
    static struct hvt_hc_net_write req = {.handle = NET, .len = FRAME};

    req.data = 0x200000;
    cpu_hypercall(HVT_HYPERCALL_NET_WRITE, (uint32_t)(uintptr_t)&req);
}

/* The tender is not to read or write there for it. */
static void buffer_in_queue(void)
{
    static struct hvt_hc_puts req = {.len = 1};

    req.data = (uintptr_t)queues();
    cpu_hypercall(HVT_HYPERCALL_PUTS, (uint32_t)(uintptr_t)&req);
}

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    *x ^= *x << 17;
    return *x;
}

/* All of it, again and again, with whatever comes. */
static void scribble_for(uint64_t rounds)
{
    uint64_t x = 88172645463325252, *word = (uint64_t *)queues();

    for (uint64_t r = 0; r < rounds; r++) {
        for (size_t i = 0; i < sizeof(struct ext_vhost) / 8; i++)
            __atomic_store_n(&word[i], next_random(&x), __ATOMIC_RELAXED);
        kick();
        if (r % 16 == 0)
            rest();
    }
}

static void scribble(void)
{
    scribble_for(2000);
}

static void scribble_on(void)
{
    put("waiting\n");
    scribble_for(UINT64_MAX);
}

static void kick_storm(void)
{
    put("waiting\n");
    for (;;)
        kick();
}

/* Frames as fast as the queue takes them, right ones. */
static void send_storm(void)
{
    static uint8_t frame[FRAME] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    put("waiting\n");
    for (;;)
        solo5_net_write(NET, frame, sizeof frame);
}

const struct attack vhost_attacks[] = {
        {"vhost-addresses", wild_addresses},
        {"vhost-outside", outside_the_part},
        {"vhost-lengths", lengths},
        {"vhost-chains", chains},
        {"vhost-indices", indices},
        {"vhost-gone", gone},
        {"vhost-buffer", buffer_in_queue},
        {"vhost-scribble", scribble},
        {"vhost-scribble-on", scribble_on},
        {"vhost-kick-storm", kick_storm},
        {"vhost-send-storm", send_storm},
        {NULL, NULL},
};
